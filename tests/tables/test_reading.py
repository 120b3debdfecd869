from itertools import chain, repeat

import pytest

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.declared.import_options import ImportOptions
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import Value
from streamd.errors import InvalidMessageError, TooLargeError
from streamd.tables import MAX_ROWS, TableImport, read_table
from streamd.tables._evidence import evidence_of
from streamd.tables.files import Row


def flats(table: TableImport) -> list[dict[str, Value]]:
    return [item.flat() for item in table.items]


def whys(table: TableImport) -> list[tuple[int, str]]:
    return [(row.row, row.why) for row in table.report.refused]


def test_a_row_becomes_an_item_whose_id_says_its_type_and_its_own_id(types: ItemTypes) -> None:
    table = read_table("ID,Name,Current Stock,Unit Cost\n0001,Product A,150,25.99\n", types=types)
    assert flats(table) == [
        {
            "id": "inventory-0001",
            "type": "inventory",
            "name": "Product A",
            "source_id": "0001",
            "current_stock": 150,
            "unit_cost": 25.99,
        }
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n  \n"])
def test_delimiter_line_end_bom_and_blank_lines_do_not_matter(
    delimiter: str, line_end: str, start: str, types: ItemTypes
) -> None:
    rows = [["ID", "Name", "Stock"], ["1", '"A, B; C | D"', "5"], ["2", '"say ""hi"""', "6"]]
    text = start + line_end.join(delimiter.join(row) for row in rows)
    assert [(item.name, item.fields["current_stock"]) for item in read_table(text, types=types).items] == [
        ("A, B; C | D", 5),
        ('say "hi"', 6),
    ]


def test_a_line_that_names_the_separator_is_believed(types: ItemTypes) -> None:
    table = read_table("sep=;\nName;Stock\nA;5\n", types=types)
    assert table.items[0].fields["current_stock"] == 5


@pytest.mark.parametrize(
    "header",
    [
        "Reorder Point",
        "reorder_point",
        "REORDER-POINT",
        "reorderPoint",
        "ReorderPoint",
        "reorder points",
        "Reorder Level",
        "Reorder Point (units)",
        " reorder point ",
        "reorderpoint",
    ],
)
def test_a_column_is_known_however_its_name_is_written(header: str, types: ItemTypes) -> None:
    table = read_table(f"sku,{header}\nS,7\n", type_name="inventory", types=types)
    assert table.items[0].fields["reorder_point"] == 7
    assert table.report.mapped[header.strip()] == "reorder_point"


def test_the_exact_name_of_a_field_is_believed_before_another_word_for_it(types: ItemTypes) -> None:
    table = read_table("sku,lead_times,lead_time\nA,7,29\nB,7,\n", type_name="inventory", types=types)
    assert [item.fields.get("lead_time") for item in table.items] == [29, None]
    assert [item.fields["lead_times"] for item in table.items] == [7, 7]
    assert table.report.kept == {"lead_times": "lead_times"}


def test_of_equal_columns_the_first_that_is_not_empty_wins(types: ItemTypes) -> None:
    table = read_table("ID,Name,Name,Stock\n1,,Second,1\n2,First,Other,2\n", types=types)
    assert [item.name for item in table.items] == ["Second", "First"]
    assert [item.fields.get("inventory_name") for item in table.items] == [None, "Other"]
    assert table.report.skipped == {
        "Name (column 3)": "name comes from Name (column 2); this is used where that is empty, "
        "and is kept as inventory_name where it says something else"
    }


def test_unknown_columns_are_kept_under_a_plain_name_and_the_report_says_so(types: ItemTypes) -> None:
    table = read_table(
        "sku,stock,Shelf Colour,routeNo,Note (old),ID Type\nA,1,red,0012,12,x\n",
        type_name="inventory",
        types=types,
    )
    assert dict(table.items[0].fields) == {
        "type": "inventory",
        "name": "A",
        "sku": "A",
        "current_stock": 1,
        "shelf_colour": "red",
        "route_no": "0012",
        "note_old": 12,
        "id_type": "x",
    }
    assert table.report.kept == {
        "Shelf Colour": "shelf_colour",
        "routeNo": "route_no",
        "Note (old)": "note_old",
        "ID Type": "id_type",
    }


def test_a_further_column_holds_numbers_only_if_all_its_cells_are_numbers(types: ItemTypes) -> None:
    table = read_table("sku,stock,rating,code\nA,1,4.5,512\nB,2,3,A12\n", types=types)
    assert [(item.fields["rating"], item.fields["code"]) for item in table.items] == [
        (4.5, "512"),
        (3, "A12"),
    ]


def test_a_type_without_other_fields_skips_unknown_columns() -> None:
    strict = ItemTypes(
        {"bolt": ItemType("bolt", fields={"size": FieldSpec("size", "number")}, other_fields=False)}
    )
    table = read_table("Name,Size,Colour\nM8,8,red\n", type_name="bolt", types=strict)
    assert dict(table.items[0].fields) == {"type": "bolt", "name": "M8", "size": 8}
    assert table.report.skipped == {"Colour": "items of type bolt have no such field"}


def test_empty_and_nameless_columns_are_told_apart(types: ItemTypes) -> None:
    table = read_table("sku,stock,Spare,,\nA,1,,5,\n", types=types)
    assert table.report.skipped == {"Spare": "it is empty", "(no title) (column 4)": "it has no name"}


def test_a_row_that_breaks_a_rule_is_refused_and_the_rest_goes_on(types: ItemTypes) -> None:
    table = read_table("ID,Name,Current Stock\n1,A,5\n2,B,-3\n3,C,lots\n4,D,8\n", types=types)
    assert [item.name for item in table.items] == ["A", "D"]
    assert table.report.as_data()["refused"] == [
        {
            "row": 3,
            "column": "Current Stock",
            "value": "-3",
            "why": "current_stock must be at least 0, not -3",
        },
        {"row": 4, "column": "Current Stock", "value": "lots", "why": "is not a number"},
    ]
    assert (table.report.rows, table.report.accepted, table.report.refused_count) == (4, 2, 2)


def test_short_rows_lack_fields_and_long_ones_are_refused(types: ItemTypes) -> None:
    table = read_table("ID,Name,Stock\n1,A\n2,B,5,,\n3,C,5,6\n", types=types)
    assert [item.name for item in table.items] == ["A", "B"]
    assert "current_stock" not in table.items[0].fields
    assert whys(table) == [(4, "it has 4 cells, the header 3")]


def test_an_empty_cell_is_a_field_the_item_does_not_have(types: ItemTypes) -> None:
    assert "current_stock" not in read_table("ID,Name,Stock\n1,A, \n", types=types).items[0].fields


def test_the_second_row_with_an_id_is_refused(types: ItemTypes) -> None:
    table = read_table("ID,Name,Stock\n1,A,1\n\n1,B,2\n", types=types)
    assert whys(table) == [(4, "an earlier row has the same id: inventory-1")]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("SKU,Name,Stock\nX-1,A,1\nX-2,B,2\n", ["inventory-X-1", "inventory-X-2"]),
        ("SKU,Name,Stock\nX,Red bolt,1\nX,Blue bolt,2\n", ["inventory-X"]),
        ("Name,Stock\nSteel Bolt M8,1\n", ["inventory-steel-bolt-m8"]),
        ("Item ID,Name,Stock\ninv-a,A,1\n", ["inv-a"]),
        ("Item ID,Name,Stock\n0001,A,1\n", ["inventory-0001"]),
        ("Item ID,ID,Name,Stock\ninv-a,7,A,1\n", ["inv-a"]),
        ("Product ID,Name,Stock\n7,A,1\n", ["inventory-7"]),
        ("Order Number,Total\nPO-1,5\n", ["order-PO-1"]),
        ("Shipment ID,Carrier\nSHIP-1,UPS\n", ["shipment-SHIP-1"]),
    ],
)
def test_an_id_comes_from_what_the_table_has(text: str, ids: list[str], types: ItemTypes) -> None:
    assert [item.id for item in read_table(text, types=types).items] == ids


def test_the_files_own_id_stays_with_the_item(types: ItemTypes) -> None:
    for title in ("ID", "Item ID", "Product ID"):
        table = read_table(f"{title},Name,Stock\n0001,A,1\n", types=types)
        assert table.items[0].fields["source_id"] == "0001"
    assert "source_id" not in read_table("Item ID,Name,Stock\ninv-a,A,1\n", types=types).items[0].fields


def test_a_row_with_neither_name_nor_id_is_refused(types: ItemTypes) -> None:
    assert whys(read_table("ID,Name,Stock\n,,5\n", types=types)) == [(2, "it has neither a name nor an id")]


def test_an_item_without_a_name_is_called_by_its_key_or_its_id(types: ItemTypes) -> None:
    assert read_table("sku,stock\nX-1,1\n", types=types).items[0].name == "X-1"
    assert read_table("ID,Stock\n7,1\n", types=types).items[0].name == "inventory item 7"


@pytest.mark.parametrize(
    ("text", "type_name", "name"),
    [
        ("SKU,Description,Stock\nA,Washer,1\n", "inventory", "Washer"),
        ("SKU,Product,Stock\nA,Mug,1\n", "inventory", "Mug"),
        ("Part,Description,Stock\n10-2,Bearing,1\n", "inventory", "Bearing"),
        ("Article no.,Article,Stock\n4711,Cup,1\n", "inventory", "Cup"),
        ("Company,Asset Name,Asset Tag,Stock\nIT,Laptop,7,1\n", "inventory", "Laptop"),
        ("Supplier,Defect Rate\nAcme,1\n", "supplier", "Acme"),
        ("Company,Defect Rate\nAcme,1\n", "supplier", "Acme"),
        ("PO,Vendor,Due\n77,Acme,2024-04-01\n", "order", "77"),
        ("PO Number,Description\n77,Tools\n", "order", "77"),
    ],
)
def test_an_item_is_named_by_the_column_that_people_call_it_by(
    text: str, type_name: str, name: str, types: ItemTypes
) -> None:
    assert read_table(text, types=types, options=ImportOptions(type_name=type_name)).items[0].name == name


@pytest.mark.parametrize(
    ("header", "file_name", "type_name"),
    [
        ("Shipment ID,Carrier", "", "shipment"),
        ("Order Number,Supplier,Status", "", "order"),
        ("Company Name,Reliability", "", "supplier"),
        ("sku,stock", "", "inventory"),
        ("Name,Location,Status", "exports/Suppliers 2024.csv", "supplier"),
        ("Name,Status", "logistics.csv", "shipment"),
        ("Name,Text", "", "note"),
    ],
)
def test_the_type_is_told_by_the_columns_and_the_name_of_the_file(
    header: str, file_name: str, type_name: str, types: ItemTypes
) -> None:
    row = ",".join(["x"] * len(header.split(",")))
    assert read_table(f"{header}\n{row}\n", types=types, file_name=file_name).report.type == type_name


@pytest.mark.parametrize(
    "header",
    ["Name", "Name,Status,Location", "Foo,Bar", "Customer ID,Customer Name,Email", "Name,Email,Phone,Country",
     "Employee,Department,Email"],
)  # fmt: skip
def test_a_type_that_cannot_be_told_is_asked_for(header: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="name"):
        read_table(f"{header}\n1,2,3\n", types=types)


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Invoice No,Item Code,Qty,Unit Price", "1,A,5,3\n1,B,6,2\n2,A,3,3\n"),
        ("Order #,SKU,Quantity", "1,A,5\n2,A,3\n"),
        ("Order,Product,Units", "1,A,5\n2,A,3\n"),
        ("Order Number,SKU,Qty Sold", "1,A,5\n2,B,3\n"),
        ("Order ID,Product,Quantity Ordered,Price", "1,A,5,2\n"),
    ],
)
def test_lines_of_orders_are_asked_about(header: str, rows: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="lines of orders") as caught:
        read_table(f"{header}\n{rows}", types=types)
    assert caught.value.path == "item_type"
    assert read_table(f"{header}\n{rows}", types=types, type_name="note").report.type == "note"


def test_sales_beside_a_stock_by_place_are_no_orders(types: ItemTypes) -> None:
    table = read_table("SKU,Location,Quantity,Sales\nA,x,5,7\nA,y,6,8\n", types=types)
    assert [item.fields["current_stock"] for item in table.items] == [11]


def test_a_list_of_items_with_the_orders_that_they_came_with_is_one(types: ItemTypes) -> None:
    table = read_table(
        "Order Number,SKU,Quantity,Location\n1,A,5,x\n1,B,6,x\n", types=types, type_name="inventory"
    )
    assert table.report.accepted == 2


def test_contacts_count_for_a_type_that_is_named(types: ItemTypes) -> None:
    assert read_table("Supplier Name,Email,Phone\nA,a@b,1\n", types=types).report.type == "supplier"


@pytest.mark.parametrize("said", ["supplier", "Suppliers", "vendors"])
def test_a_type_may_be_said_by_any_of_its_names(said: str, types: ItemTypes) -> None:
    assert read_table("Name\nAcme\n", type_name=said, types=types).items[0].type == "supplier"


def test_an_undeclared_type_is_taken_or_refused_as_configured() -> None:
    table = read_table("Name,Price\nA,5\n", type_name="project", types=ItemTypes())
    assert flats(table) == [{"id": "project-a", "type": "project", "name": "A", "price": 5}]
    with pytest.raises(InvalidMessageError, match="no item type"):
        read_table("Name\nA\n", type_name="project", types=ItemTypes(accept_undeclared=False))


def test_a_type_column_gives_each_row_its_type(types: ItemTypes) -> None:
    table = read_table("Type,Name,Stock,Reliability\nProduct,A,5,\nsupplier,B,,90\n,C,,\n", types=types)
    assert [(item.id, item.type) for item in table.items] == [
        ("inventory-a", "inventory"),
        ("supplier-b", "supplier"),
    ]
    assert whys(table) == [(4, "it does not say the type of the item")]


def test_a_type_column_of_something_else_is_kept_under_another_name(types: ItemTypes) -> None:
    table = read_table("Name,Stock,Type\nA,5,fragile\n", types=types)
    assert table.items[0].fields["inventory_type"] == "fragile"
    assert table.items[0].type == "inventory"


def test_reading_twice_gives_the_same_items(types: ItemTypes) -> None:
    text = "sku,Name,Stock,Extra\nA,a,1,x\nA,b,2,y\n,c,3,z\n"
    assert read_table(text, types=types) == read_table(text, types=types)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("1,2,3\n4,5,6\n", "header"),
        ("PK\x03\x04\x14\x00\x06", "save it as CSV"),
        ("Name,Stock\x00\nA,1\n", "binary"),
        ('Name,Stock\n"A,1\nB,2\n', "never closed"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(text: str, why: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match=why):
        read_table(text, types=types)


def test_a_cell_may_be_as_long_as_a_value_and_no_longer(types: ItemTypes) -> None:
    assert read_table(f"Name,Stock\n{'x' * 65_536},1\n", types=types).items[0].name == "x" * 65_536
    for size in (65_538, 200_000):
        table = read_table(f"Name,Stock\n{'x' * size},1\nA,2\n", types=types)
        assert whys(table) == [(2, "a cell in it holds more than 65,536 bytes")]
        assert [item.name for item in table.items] == ["A"]


def test_more_rows_than_the_limit_are_refused() -> None:
    header, row = Row(1, ("Name", "Stock")), Row(2, ("", ""), "it cannot be read")
    assert evidence_of(chain([header], repeat(row, 5_000)), most_rows=5_000)[0].rows == 5_000
    with pytest.raises(TooLargeError, match="at most 5,000 rows"):
        evidence_of(chain([header], repeat(row, 5_001)), most_rows=5_000)
    assert MAX_ROWS == 10_000_000


def test_text_after_a_closing_quote_is_read_leniently(types: ItemTypes) -> None:
    assert read_table('Name,Stock\n"A" b,1\n5" pipe,2\n', types=types).items[1].name == '5" pipe'


def test_a_header_alone_is_an_empty_import(types: ItemTypes) -> None:
    table = read_table("sku,stock\n", types=types)
    assert (table.items, table.report.rows, table.report.type) == ((), 0, "inventory")


def test_a_report_tells_people_what_happened(types: ItemTypes) -> None:
    table = read_table("ID,Name,Stock,Colour\n1,A,5,red\n2,B,-1,blue\n", types=types)
    assert list(table.report.lines()) == [
        "1 of 2 rows taken as inventory (guessed from Stock)",
        "mapped: ID -> source_id, Name -> name, Stock -> current_stock",
        "kept as further fields: Colour -> colour",
        "read as utf-8, commas between cells, decimals after a point, rows known by source_id",
        "refused row 3, Stock: '-1': current_stock must be at least 0, not -1",
    ]


def test_an_id_in_two_spellings_of_unicode_is_one(types: ItemTypes) -> None:
    table = read_table("name,sku,stock\nA,\u00c9,1\nB,E\u0301,2\n", type_name="inventory", types=types)
    assert [item.name for item in table.items] == ["A"]
    assert [one.row for one in table.report.refused] == [3]
