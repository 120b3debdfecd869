import pytest

from streamd.core.item_type import ItemTypes
from streamd.tables import TableImport, read_table, write_table
from tests.support.samples import DATA


def read(name: str, types: ItemTypes) -> TableImport:
    return read_table((DATA / name).read_text(encoding="utf-8"), types=types)


@pytest.mark.parametrize(
    ("name", "type_name", "first", "count"),
    [
        ("inventory.csv", "inventory", "inventory-0001", 3),
        ("suppliers.csv", "supplier", "supplier-0001", 3),
        ("orders.csv", "order", "order-0001", 3),
        ("logistics.csv", "shipment", "shipment-0001", 3),
        ("supply_chain_100_skus.csv", "inventory", "inventory-SKU0", 100),
    ],
)
def test_every_row_is_taken_as_the_right_type_and_comes_back_from_an_export(
    name: str, type_name: str, first: str, count: int, types: ItemTypes
) -> None:
    table = read(name, types)
    assert (table.report.type, table.items[0].id, len(table.items)) == (type_name, first, count)
    assert table.report.refused == ()
    assert read_table("".join(write_table(table.items, types)), types=types).items == table.items


def test_the_small_files_leave_no_column_unknown(types: ItemTypes) -> None:
    for name in ("inventory.csv", "suppliers.csv", "orders.csv", "logistics.csv"):
        assert read(name, types).report.kept == {}


def test_values_have_the_kinds_of_their_fields(types: ItemTypes) -> None:
    supplier, order = read("suppliers.csv", types).items[0], read("orders.csv", types).items[0]
    assert supplier.fields["certifications"] == ["ISO 9001", "FDA Certified"]
    assert (supplier.fields["reliability_score"], supplier.fields["source_id"]) == (95, "0001")
    assert (order.fields["order_date"], order.fields["total_amount"]) == ("2024-01-15", 12500)
    assert order.fields["items_ordered"] == ["Product A", "Product B"]


def test_a_table_with_other_peoples_columns_is_mapped_as_far_as_it_goes(types: ItemTypes) -> None:
    report = read("supply_chain_100_skus.csv", types).report
    assert report.mapped == {
        "sku": "sku",
        "product_type": "category",
        "price": "unit_cost",
        "lead_time": "lead_time",
        "supplier_name": "supplier",
        "location": "location",
        "avg_daily_sales": "average_daily_demand",
        "stock": "current_stock",
    }
    assert report.kept["revenue"] == "revenue"
    assert report.kept["lead_times"] == "lead_times"
