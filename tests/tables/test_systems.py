"""Files as 36 systems for shops and warehouses write them, with values of our own."""

import pytest

from streamd.core.item_type import ItemTypes
from streamd.tables import TableImport, read_table, write_table
from tests.support.samples import DATA

SYSTEMS = DATA / "systems"
FIRST = {
    "amazon_fba": {"sku": "PEN-BLK", "name": "Gel Pen Black", "current_stock": 114},
    "amazon_seller": {"sku": "RUL-30", "name": "Steel Ruler", "current_stock": 75, "unit_cost": 6.49},
    "bigcommerce": {
        "sku": "SLL-07",
        "current_stock": 33,
        "unit_cost": 21.8,
        "price": "49.00",
        "reorder_point": 6,
        "barcode": "0850000000019",
    },
    "business_central": {
        "sku": "1896-S",
        "current_stock": 14,
        "unit_cost": 506.6,
        "reorder_point": 5,
        "max_stock": 20,
        "location": "BLUE",
    },
    "cin7_core": {
        "sku": "AP-RED",
        "current_stock": 31,
        "unit_cost": 8.9,
        "reorder_point": 12,
        "location": "Unit 4",
        "barcode": "9300000000011",
    },
    "erpnext": {
        "sku": "BRG-6204",
        "name": "Ball Bearing 6204",
        "current_stock": 75,
        "unit_cost": 2.85,
        "min_stock": 20,
        "lead_time": 10,
        "barcode": "4052899000018",
    },
    "erpnext_stock_balance": {
        "name": "Ball Bearing 6204",
        "current_stock": 75,
        "reorder_point": 30,
        "unit_cost": 2.85,
    },
    "fishbowl": {
        "sku": "GEAR-24T",
        "name": "Gear 24 teeth",
        "current_stock": 18,
        "unit_cost": 12.75,
        "location": "Main-A12",
    },
    "grocy": {"source_id": "7", "name": "Rolled Oats", "current_stock": 5, "min_stock": 2},
    "homebox": {
        "sku": "000-017",
        "name": "Cordless Drill",
        "current_stock": 1,
        "unit_cost": 129.95,
        "location": "Garage",
    },
    "inflow": {
        "sku": "PR-9",
        "current_stock": 72,
        "unit_cost": 3.6,
        "reorder_point": 24,
        "location": "Depot",
        "supplier": "Coatex",
        "barcode": "0071497000018",
    },
    "inventree_parts": {
        "sku": "RES-0041",
        "current_stock": 4200,
        "min_stock": 500,
        "on_order": 1000,
        "location": "Drawer 7",
    },
    "inventree_stock": {
        "name": "R_10K_0402_1%",
        "current_stock": 2200,
        "unit_cost": 0.0041,
        "location": "Drawer 7",
    },
    "katana": {
        "sku": "WLT-TAN",
        "current_stock": 25,
        "unit_cost": 17.35,
        "min_stock": 8,
        "location": "Studio",
        "supplier": "Hide House",
    },
    "lightspeed_retail": {
        "sku": "BK-TUBE",
        "name": "Inner Tube 700C",
        "current_stock": 58,
        "unit_cost": 3.15,
        "price": "8.00",
        "reorder_point": 20,
        "reorder_level": 60,
        "barcode": "036000291452",
    },
    "loyverse": {
        "sku": "10017",
        "current_stock": 48,
        "unit_cost": 1.2,
        "reorder_point": 12,
        "barcode": "4000000000013",
    },
    "magento": {
        "sku": "MH01-XS",
        "current_stock": 18,
        "unit_cost": 24.7,
        "price": "52.00",
        "reorder_point": 5,
    },
    "mrpeasy": {
        "sku": "A-00017",
        "current_stock": 9,
        "available": 4,
        "unit_cost": 148,
        "reorder_point": 6,
        "lead_time": 21,
        "location": "Rack F1",
    },
    "netsuite": {
        "name": "WID-100",
        "current_stock": 1420,
        "on_order": 300,
        "unit_cost": 18.64,
        "reorder_point": 400,
        "max_stock": 2000,
        "barcode": "0885370000014",
        "location": "East DC",
    },
    "odoo": {"sku": "FURN_0789", "current_stock": 26, "unit_cost": 31.2, "barcode": "5901234123457"},
    "odoo_technical": {"sku": "E-COM11", "current_stock": 8, "unit_cost": 132.4, "barcode": "5449000000996"},
    "prestashop": {
        "sku": "demo_6",
        "name": "Affiche encadrée",
        "current_stock": 285,
        "unit_cost": 5.49,
        "price_tax_excl": "29,00",
        "barcode": "3760000000012",
    },
    "quickbooks": {
        "sku": "GH-20",
        "name": "Garden Hose 20 m",
        "current_stock": 44,
        "unit_cost": 15.75,
        "reorder_point": 15,
    },
    "sage_50": {
        "sku": "ELE-014",
        "current_stock": 37,
        "unit_cost": 6.85,
        "reorder_point": 10,
        "location": "Bay 3",
    },
    "sap_mb52": {
        "sku": "000000000010023411",
        "name": "Hydraulic Seal 40 mm",
        "current_stock": 1250,
        "location": "0001",
    },
    "shopify_inventory": {"sku": "MUG-S", "name": "Oak Mug", "current_stock": 13, "on_order": 2},
    "shopify_products": {
        "sku": "LMP-1",
        "current_stock": 14,
        "unit_cost": 21.5,
        "variant_price": "49.90",
        "supplier": "Nordlicht",
        "barcode": "04012345678901",
    },
    "snipe_it_assets": {
        "sku": "AT-00917",
        "name": "Front Desk PC",
        "unit_cost": 742,
        "location": "Lisbon Office",
    },
    "snipe_it_consumables": {
        "sku": "CON-311",
        "current_stock": 13,
        "total": 20,
        "unit_cost": 58.4,
        "min_stock": 4,
        "location": "Porto Office",
    },
    "sortly": {
        "name": "Safety Goggles",
        "current_stock": 34,
        "unit_cost": 11.9,
        "min_stock": 15,
        "location": "Site Container",
    },
    "square": {
        "sku": "CB-500",
        "current_stock": 36,
        "unit_cost": 6.2,
        "price": "14.50",
        "reorder_point": 12,
        "supplier": "Bean Works",
        "barcode": "00850012345018",
    },
    "unleashed": {
        "sku": "HNY-350",
        "name": "Clover Honey 350 g",
        "current_stock": 88,
        "unit_cost": 4.15,
        "reorder_point": 30,
        "max_stock": 120,
        "location": "W1",
    },
    "vend": {
        "sku": "YM-01",
        "current_stock": 23,
        "unit_cost": 11.4,
        "retail_price": "29.00",
        "reorder_point": 8,
    },
    "woocommerce": {
        "sku": "TEA-G",
        "current_stock": 42,
        "in_stock": 1,
        "reorder_point": 10,
        "barcode": "0614141000012",
    },
    "xero": {"sku": "CND-LAV", "name": "Lavender Candle", "current_stock": 63, "unit_cost": 4.35},
    "zoho_inventory": {
        "sku": "CS-2",
        "current_stock": 22,
        "unit_cost": 41.3,
        "reorder_point": 10,
        "location": "Depot West",
        "supplier": "Trailhead",
        "barcode": "4260000000012",
    },
}
"""By file, what its first item has among other things."""


def read(system: str, types: ItemTypes) -> TableImport:
    return read_table((SYSTEMS / f"{system}.csv").read_bytes(), types=types)


def test_each_file_is_expected_to_be_something() -> None:
    assert {path.stem for path in SYSTEMS.iterdir()} == FIRST.keys()


@pytest.mark.parametrize("system", sorted(FIRST))
def test_a_file_of_a_system_is_read_written_and_read_again(system: str, types: ItemTypes) -> None:
    table = read(system, types)
    first = table.items[0]
    assert first.type == "inventory"
    assert {name: first.fields.get(name) for name in FIRST[system]} == FIRST[system]
    assert [one.why for one in table.report.refused] == (
        ["it is a row of totals"] if system == "sage_50" else []
    )
    written = "".join(write_table(table.items, types))
    again = read_table(written, types=types)
    assert again.report.refused == ()
    assert [item.flat() for item in again.items] == [item.flat() for item in table.items]
    assert "".join(write_table(again.items, types)) == written


@pytest.mark.parametrize("system", sorted(FIRST))
def test_no_filled_column_is_dropped(system: str, types: ItemTypes) -> None:
    report = read(system, types).report
    assert all(why == "it is empty" or "and is kept as" in why for why in report.skipped.values()), (
        report.skipped
    )


def test_rows_a_place_are_one_item_and_the_report_says_so(types: ItemTypes) -> None:
    table = read("shopify_inventory", types)
    assert [item.id for item in table.items] == ["inventory-MUG-S", "inventory-MUG-L"]
    small = table.items[0].fields
    assert small["by_location"] == {
        "Main Hall": {
            "current_stock": 10, "on_order": 0, "bin_name": "A-1", "committed_not_editable": 1, "available_not_editable": 9,
        },
        "Harbour Shop": {
            "current_stock": 3, "on_order": 2, "bin_name": "S-4", "committed_not_editable": 0, "available_not_editable": 3,
        },
    }  # fmt: skip
    assert "location" not in small
    assert table.report.accepted == 4
    assert (
        "rows with the same sku and another location are one item: quantities are summed up, and by_location says what "
        "differs there"
    ) in table.report.notes


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        (
            "A,Nut,1,North\nA,Nut,2,South\nA,Nut,4,North\n",
            "an earlier row is about inventory-A at North, too",
        ),
        (
            "A,Nut,1,North\nA,Nut,2,South\nA,Nut,4,\n",
            "other rows of this item are each about a place, and this one says none",
        ),
    ],
)
def test_a_place_counts_once(rows: str, refused: str, types: ItemTypes) -> None:
    table = read_table(f"SKU,Name,Stock,Location\n{rows}", types=types)
    assert [(one.row, one.why) for one in table.report.refused] == [(4, refused)]
    (item,) = table.items
    assert item.fields["current_stock"] == 3
    assert item.fields["by_location"] == {"North": {"current_stock": 1}, "South": {"current_stock": 2}}


def test_an_item_with_a_place_that_cannot_be_read_is_refused_as_a_whole(types: ItemTypes) -> None:
    rows = "A,Nut,1,North\nA,Nut,2,South\nA,Nut,lots,West\nB,Bolt,1,North\n"
    table = read_table(f"SKU,Name,Stock,Location\n{rows}", types=types)
    assert [item.name for item in table.items] == ["Bolt"]
    other = "row 4 is about the same item and cannot be read, so that the whole is not known"
    assert [(one.row, one.why) for one in table.report.refused] == [
        (2, other), (3, other), (4, "is not a number"),
    ]  # fmt: skip


def test_a_double_row_at_the_same_place_is_a_double_row(types: ItemTypes) -> None:
    table = read_table("SKU,Name,Stock,Location\nA,Nut,1,North\nA,Nut,2,North\n", types=types)
    assert [one.why for one in table.report.refused] == ["an earlier row has the same id: inventory-A"]


@pytest.mark.parametrize("more", [1, 10, 60])
def test_the_type_is_told_by_what_is_there_and_not_by_how_much_else(more: int, types: ItemTypes) -> None:
    others = [f"Attribute {number}" for number in range(more)]
    table = read_table(f"Name,Stock,{','.join(others)}\nNut,5,{','.join('x' * more)}\n", types=types)
    assert table.report.type == "inventory"


@pytest.mark.parametrize(
    "header",
    [
        "In stock [Kiosk],In stock [Bar],Low stock [Kiosk],Low stock [Bar]",
        "Kiosk - Quantity on Hand,Bar - Quantity on Hand,Kiosk - Reorder Point,Bar - Reorder Point",
        "Stock [Kiosk],Stock [Bar],Reorder Point [Kiosk],Reorder Point [Bar]",
    ],
)
def test_columns_a_place_are_summed_up_and_the_report_says_so(header: str, types: ItemTypes) -> None:
    table = read_table(
        f"SKU,Name,Default Cost,{header}\nA,Nut,1,3,4,1,2\nB,Bolt,1,,4,,\nC,Cog,1,x,4,,\n", types=types
    )
    first, second = table.items
    assert (first.fields["current_stock"], first.fields["reorder_point"]) == (7, 3)
    assert first.fields["by_location"] == {
        "Kiosk": {"current_stock": 3, "reorder_point": 1},
        "Bar": {"current_stock": 4, "reorder_point": 2},
    }
    assert (second.fields["current_stock"], "reorder_point" in second.fields) == (4, False)
    assert [(one.row, one.value) for one in table.report.refused] == [(4, "x")]
    assert "columns of several places are summed up, and by_location says what is where" in table.report.notes


def test_a_column_of_one_place_is_the_stock(types: ItemTypes) -> None:
    (item,) = read_table("SKU,Stock [Kiosk]\nA,3\n", types=types).items
    assert (item.fields["current_stock"], "by_location" in item.fields) == (3, False)


def test_a_sum_over_places_that_no_number_is_is_refused(types: ItemTypes) -> None:
    rows = "A,Nut,1.5e308,North\nA,Nut,1.5e308,South\n"
    table = read_table(f"SKU,Name,Stock,Location\n{rows}", types=types)
    assert table.items == ()
    assert "the sum over its places is too large" in {one.why for one in table.report.refused}
