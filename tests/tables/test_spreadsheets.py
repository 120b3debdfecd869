"""Files that a spreadsheet, or somebody in a hurry, has had in between."""

import csv
import io
import re
import tomllib
from datetime import date

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.import_options import ImportOptions
from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.tables import TableImport, read_table, write_table


def read(content: str, types: ItemTypes, **said: object) -> TableImport:
    return read_table(content, types=types, options=ImportOptions(**said))  # type: ignore[arg-type]


def column(table: TableImport, field: str) -> list[Value | None]:
    return [item.fields.get(field) for item in table.items]


def refused(table: TableImport) -> list[tuple[int, str]]:
    return [(row.row, row.why) for row in table.report.refused]


# ── our own export, saved by a spreadsheet ───────────────────────────────────────────────────────────────────────────

EXPORTED = [
    item_of({
        "id": "inventory-a", "type": "inventory", "name": "A", "sku": "00123", "unit_cost": 1.125, "current_stock": 1250,
        "service_level": 97.5, "weight": 0.125, "rating": 4.5, "boxes": 12, "batch": "007",
    }),
    item_of({
        "id": "inventory-b", "type": "inventory", "name": "B", "sku": "B-1", "unit_cost": 12.5, "current_stock": 3,
        "weight": 1.375, "note": "N/A",
    }),
    item_of({
        "id": "order-1", "type": "order", "name": "PO 1", "order_number": "1", "order_date": "2026-04-03",
        "expected_delivery": "2026-04-25", "total_amount": 1234.5,
    }),
]  # fmt: skip


def saved(items: list[Item], types: ItemTypes, *, delimiter: str, comma: bool, dates: str) -> str:
    """The export as a spreadsheet of a country saves it: numbers and dates in its own way, text as it is."""
    rows = list(csv.reader(io.StringIO("".join(write_table(items, types)))))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_saved(cell, comma=comma, dates=dates) for cell in row])
    return out.getvalue()


def _saved(cell: str, *, comma: bool, dates: str) -> str:
    if re.fullmatch(r"-?[0-9]+[.][0-9]+", cell):
        return cell.replace(".", ",") if comma else cell
    return date.fromisoformat(cell).strftime(dates) if re.fullmatch(r"[0-9-]{10}", cell) else cell


@pytest.mark.parametrize(
    ("delimiter", "comma", "dates"),
    [(",", False, "%Y-%m-%d"), (";", True, "%d.%m.%Y"), (",", False, "%d/%m/%Y"), (",", False, "%m/%d/%Y"),
     (";", False, "%d/%m/%Y"), ("\t", True, "%d.%m.%Y")],
)  # fmt: skip
def test_an_export_that_a_spreadsheet_has_saved_is_read_as_the_same_items(
    delimiter: str, comma: bool, dates: str, types: ItemTypes
) -> None:
    text = saved(EXPORTED, types, delimiter=delimiter, comma=comma, dates=dates)
    table = read(text, types)
    assert [item.flat() for item in table.items] == [item.flat() for item in EXPORTED]


# ── decimals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("delimiter", "cells", "numbers"),
    [
        (",", ['"0,125"'], [0.125]),
        (",", ['"0,125"', '"1,250"'], [0.125, 1.25]),
        (",", ["0.125", "1.250"], [0.125, 1.25]),
        (",", ["1.250"], [1.25]),
        (",", ['"1,250"'], [1250]),
        (";", ["1.250"], [1250]),
        (";", ["1,250"], [1.25]),
        (";", ["1.250", "12.5", "0.75"], [1.25, 12.5, 0.75]),
        ("\t", ["1,250", "1,5"], [1.25, 1.5]),
        ("\t", ["1,250", "1.5"], [1250, 1.5]),
        ("\t", ["1234,567", "1,250"], [1234.567, 1.25]),
        ("\t", ["1.234.567", "1,250"], [1234567, 1.25]),
        ("|", ["1 250", "7"], [1250, 7]),
    ],
)
def test_decimals_are_found_by_the_column_and_else_by_the_delimiter(
    delimiter: str, cells: list[str], numbers: list[float], types: ItemTypes
) -> None:
    rows = "".join(f"A{number}{delimiter}{cell}\n" for number, cell in enumerate(cells))
    assert column(read(f"SKU{delimiter}Unit Cost\n{rows}", types), "unit_cost") == numbers


def test_each_column_has_its_own_decimals(types: ItemTypes) -> None:
    table = read("SKU\tUnit Cost\tStock\nA\t1,25\t1,250.5\nB\t1,250\t2,000\n", types)
    assert (column(table, "unit_cost"), column(table, "current_stock")) == ([1.25, 1.25], [1250.5, 2000])
    judged = {one["field"]: one.get("decimal") for one in table.report.judgement["columns"]}
    assert (judged["unit_cost"], judged["current_stock"]) == ("comma", "point")


@pytest.mark.parametrize(
    "text",
    [
        "SKU\tUnit Cost\nA\t1,250\n",  # nothing tells
        "SKU|Stock\nA|1.250\n",
        'SKU,Stock,Unit Cost\nA,"1,5","1,250"\n',  # the delimiter says one thing, the other column another
        "SKU;Stock;Unit Cost\nA;1.5;1.250\n",
        "SKU\tUnit Cost\nA\t1,250\nB\t1,5\nC\t2.5\n",  # as many cells say one thing as the other
    ],
)
def test_decimals_that_cannot_be_told_are_asked(text: str, types: ItemTypes) -> None:
    with pytest.raises(
        InvalidMessageError, match=r"1[.,]250 may have .*: say decimal, point or comma"
    ) as caught:
        read(text, types)
    assert caught.value.path == "decimal"
    assert read(text, types, decimal="comma").report.refused == ()


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("PO;Order Date\n1;03/04/2026\n", ["2026-04-03"]),
        ("PO,Order Date\n1,03/04/2026\n2,25/04/2026\n", ["2026-04-03", "2026-04-25"]),
        ("PO,Order Date\n1,03/04/2026\n2,04/25/2026\n", ["2026-03-04", "2026-04-25"]),
        ("PO,Order Date\n1,03/03/2026\n", ["2026-03-03"]),
        ("PO,Order Date\n1,03.04.2026\n", ["2026-04-03"]),
        ("PO,Order Date\n1,46115\n2,46116\n", ["2026-04-03", "2026-04-04"]),
        ("PO,Order Date\n1,31/12/99\n2,31/12/26\n3,31/12/68\n", ["1999-12-31", "2026-12-31", "2068-12-31"]),
        ("PO,Order Date,Due\n1,03/04/2026,25/04/2026\n", ["2026-04-03"]),
    ],
)
def test_dates_are_found_by_the_column_the_others_and_the_delimiter(
    text: str, dates: list[str], types: ItemTypes
) -> None:
    assert column(read(text, types, type_name="order", columns={"PO": "order_number"}), "order_date") == dates


@pytest.mark.parametrize(
    "text",
    [
        "Order Number,Order Date\n1,03/04/2026\n",
        "Order Number,Order Date\n1,03-04-26\n",
        "Order Number,Order Date,Due\n1,03/04/2026,25/04/2026\n2,03/04/2026,04/25/2026\n",
    ],
)
def test_dates_that_cannot_be_told_are_asked(text: str, types: ItemTypes) -> None:
    with pytest.raises(
        InvalidMessageError, match=r"Order Date such as 03.04.* say dates, dmy or mdy"
    ) as caught:
        read(text, types)
    assert caught.value.path == "dates"
    assert column(read(text, types, dates="dmy"), "order_date")[0] == "2026-04-03"


def test_numbers_that_are_taken_for_dates_are_told(types: ItemTypes) -> None:
    table = read("Order Number,Order Date\n1,46115\n", types)
    assert (
        "numbers in Order Date are taken as spreadsheets keep dates: days since 1899-12-30"
        in table.report.notes
    )


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cell", ['"=""00123"""', "'00123", "00123"])
def test_a_code_keeps_its_zeros_however_a_spreadsheet_was_told(cell: str, types: ItemTypes) -> None:
    table = read(f"SKU,Stock,Route\n{cell},5,{cell}\n", types)
    assert (column(table, "sku"), column(table, "route")) == (["00123"], ["00123"])
    assert [item.id for item in table.items] == ["inventory-00123"]


@pytest.mark.parametrize("text", ["90.750", "1.10", "1E2", "00123", "1,5", "+5", "1.0e3", ".5", "5."])
def test_a_number_that_would_be_written_otherwise_stays_text(text: str, types: ItemTypes) -> None:
    table = read(f'SKU,Stock,Extra\nA,1,"{text}"\nB,2,7\n', types)
    assert column(table, "extra") == [text, "7"]
    again = read_table("".join(write_table(table.items, types)), types=types)
    assert column(again, "extra") == [text, "7"]


@pytest.mark.parametrize("nothing", ["N/A", "n/a", "-", "none", "NULL", "", "  ", "#N/A", "nan"])
def test_words_for_nothing_are_nothing_in_any_column(nothing: str, types: ItemTypes) -> None:
    table = read(f"SKU,Supplier,Stock,Extra,Tags\nA,{nothing},{nothing},{nothing},x\nB,Acme,2,3,y\n", types)
    assert table.report.refused == ()
    assert dict(table.items[0].fields) == {"type": "inventory", "name": "A", "sku": "A", "tags": "x"}
    assert column(table, "extra") == [None, 3], "they do not make a column of numbers one of texts"


# ── rows that are no items ───────────────────────────────────────────────────────────────────────────────────────────


def test_titles_totals_and_a_header_in_the_middle_are_no_items(types: ItemTypes) -> None:
    text = (
        "Stock list,,\nPrinted,30/11/2026,\n,,\nSKU,Name,Stock\nA,Nut,1\nSubtotal:,,1\n,,\nSKU,Name,Stock\nB,Bolt,2\n"
        "Total,,3\n"
    )
    table = read(text, types)
    assert [item.id for item in table.items] == ["inventory-A", "inventory-B"]
    assert refused(table) == [
        (6, "it is a row of totals"),
        (8, "it repeats the header"),
        (10, "it is a row of totals"),
    ]
    assert table.report.judgement["header_row"] == 4


@pytest.mark.parametrize(
    ("footer", "why"),
    [
        ("Total,,", "it is a row of totals"),
        ("Total items: 2,,11", "it is a row of totals"),
        (",Total,11", "it is a row of totals"),
        ("Report generated 03/04/2024,,", "it is a footer of the table"),
        ("Generated on: 2024-04-03 12:00,,", "it is a footer of the table"),
        ("Page 1 of 1", "it is a footer of the table"),
        ("Printed by: J. Smith,,", "it is a footer of the table"),
        ("(2 rows),,", "it is a footer of the table"),
    ],
)
def test_what_stands_below_the_rows_is_no_item(footer: str, why: str, types: ItemTypes) -> None:
    table = read(f"Name,SKU,Stock\nNut,A,5\nBolt,B,6\n{footer}\n", types)
    assert [item.name for item in table.items] == ["Nut", "Bolt"]
    assert refused(table) == [(4, why)]


@pytest.mark.parametrize("title", ["Inventory", "Stock list", "Location: North", "Items,,", "Acme Ltd,2026"])
def test_a_title_above_the_header_is_passed_over(title: str, types: ItemTypes) -> None:
    table = read(f"{title}\nSKU,Name,Stock\nA,Nut,1\n", types)
    assert ([item.name for item in table.items], table.report.judgement["header_row"]) == (["Nut"], 2)


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        ("Warehouse,Berlin\nDate,2024-01-31\n", 3),
        ("Warehouse,Berlin,Date,31.01.2024\n\n", 3),
        ("Location: North,Supplier\n", 2),
    ],
)
def test_titles_of_several_cells_above_the_header_are_passed_over(
    titles: str, row: int, types: ItemTypes
) -> None:
    table = read(f"{titles}SKU,Name,Stock,Reorder Point,Cost\nA,Nut,1,2,3\n", types)
    assert ([item.name for item in table.items], table.report.judgement["header_row"]) == (["Nut"], row)


@pytest.mark.parametrize("title", ["# from StockMaster 3.1", "Bestand, Filiale Nord", '"Stock, 1.2.2026"'])
def test_a_title_does_not_tell_the_delimiter(title: str, types: ItemTypes) -> None:
    table = read(f"{title}\nSKU;Name;Cost\nA;Nut;0,05\nB;Bolt;1,20\n", types, type_name="inventory")
    assert column(table, "unit_cost") == [0.05, 1.2]


@pytest.mark.parametrize("text", ["Name\nStock\nSKU\n", "Name,Extra\nStock,Price\n"])
def test_the_first_row_is_the_header_where_it_names_a_field(text: str, types: ItemTypes) -> None:
    assert read(text, types, type_name="inventory").report.judgement["header_row"] == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Name,Stock\nTotal Station,1\nSum,two\n", ["Total Station"]),
        ("SKU,Name,Stock\nT1,Total,1\n", ["Total"]),
        ("Name,Supplier\nTotal,Acme\n", ["Total"]),
        ("Name,Supplier\nPage 1 of 1,Acme\nReport cover,\n", ["Page 1 of 1", "Report cover"]),
        ("Name\nTotal\nPage 1\n", ["Total", "Page 1"]),
    ],
)
def test_what_only_looks_like_totals_is_an_item(text: str, names: list[str], types: ItemTypes) -> None:
    assert [item.name for item in read(text, types, type_name="inventory").items] == names


def test_an_export_has_no_rows_that_are_no_items(types: ItemTypes) -> None:
    items = (item_of({"id": "x", "type": "inventory", "name": "Total", "current_stock": 5}),)
    assert read("".join(write_table(items, types)), types).items == items


# ── two columns, units, currencies ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "cost", "kept"),
    [
        ("Price,Cost", 2, {"price": 1}),
        ("Cost,Price", 1, {"price": 2}),
        ("Price,Purchase Price", 2, {"price": 1}),
        ("Cost,Unit Cost", 2, {"cost": 1}),
        ("Unit Price,unit_cost", 2, {"unit_price": 1}),
        ("Cost (EUR),Cost (USD)", 1, {"cost_usd": 2}),
    ],
)
def test_of_two_columns_the_cost_is_the_cost_and_the_other_is_kept(
    header: str, cost: int, kept: dict[str, int], types: ItemTypes
) -> None:
    (item,) = read(f"SKU,Stock,{header}\nA,5,1,2\n", types).items
    assert item.fields["unit_cost"] == cost
    assert {name: item.fields[name] for name in kept} == kept


def test_of_two_stocks_the_later_one_is_the_stock(types: ItemTypes) -> None:
    (item,) = read("SKU,Opening Stock,Closing Stock\nA,5,1\n", types).items
    assert (item.fields["current_stock"], item.fields["opening_stock"]) == (1, 5)


@pytest.mark.parametrize(
    ("title", "cell", "field", "value"),
    [
        ("Lead Time (weeks)", "3", "lead_time", 21),
        ("lead_time_weeks", "1.5", "lead_time", 10.5),
        ("Lead Time in Weeks", "2", "lead_time", 14),
        ("Lead Time", "2 weeks", "lead_time", 14),
        ("Lead Time (weeks)", "10 days", "lead_time", 10),
        ("Lead Time (hours)", "48", "lead_time", 2),
        ("Lead Time (days)", "7", "lead_time", 7),
        ("Unit Cost (cents)", "1999", "unit_cost", 19.99),
        ("Unit Cost", "50¢", "unit_cost", 0.5),
        ("Unit Cost (per dozen)", "6", "unit_cost", 0.5),
        ("Stock (dozens)", "3", "current_stock", 36),
        ("Stock", "3 dozen", "current_stock", 36),
        ("Stock (pcs)", "3", "current_stock", 3),
        ("Daily Demand (per week)", "14", "average_daily_demand", 2),
    ],
)
def test_units_are_converted_where_it_is_known_how(
    title: str, cell: str, field: str, value: float, types: ItemTypes
) -> None:
    table = read(f"SKU,Reorder Point,{title}\nA,5,{cell}\n", types)
    assert column(table, field) == [value]


def test_a_converted_column_and_another_measure_are_told(types: ItemTypes) -> None:
    notes = read("SKU,Stock (kg),Lead Time (weeks)\nA,5,2\n", types).report.notes
    assert notes == (
        "Stock (kg) is taken as it stands, in kg",
        "Lead Time (weeks) is converted from weeks into days",
    )


@pytest.mark.parametrize("title", ["Lead Time (months)", "Lead Time (kg)", "lead_time_months"])
def test_a_unit_that_cannot_be_converted_is_asked(title: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="cannot be converted into days: convert it") as caught:
        read(f"SKU,Stock,{title}\nA,5,2\n", types)
    assert caught.value.path == "columns"
    assert column(
        read(f"SKU,Stock,{title}\nA,5,2\n", types, columns={title: "lead_months"}), "lead_months"
    ) == [2]


def test_a_cell_in_a_unit_that_cannot_be_converted_is_refused(types: ItemTypes) -> None:
    table = read("SKU,Stock,Lead Time\nA,5,2 months\nB,5,3\n", types)
    assert refused(table) == [(2, "is in months, which cannot be converted into days")]


@pytest.mark.parametrize("cells", [("$5", "€6"), ("5 USD", "6 EUR"), ("£5", "CHF 6")])
def test_currencies_in_one_column_are_not_mixed(cells: tuple[str, str], types: ItemTypes) -> None:
    text = f"SKU,Stock,Unit Cost\nA,1,{cells[0]}\nB,2,{cells[1]}\n"
    with pytest.raises(InvalidMessageError, match="which are not to be mixed: part the file") as caught:
        read(text, types)
    assert caught.value.path == "columns"
    table = read(text, types, columns={"Unit Cost": "cost_as_written"})
    assert column(table, "cost_as_written") == list(cells)


@pytest.mark.parametrize(
    "text",
    [
        "SKU,Stock,Cost ($)\nA,5,€3\nB,5,3\n",
        "SKU,Stock,Cost (EUR)\nA,5,$3\n",
        "Order Number,Total,Currency\n1,$5,USD\n2,6,EUR\n",
        "Order Number,Total (£),Currency\n1,5,USD\n",
    ],
)
def test_a_currency_that_contradicts_another_is_asked(text: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match=r"currency|not to be mixed") as caught:
        read(text, types)
    assert caught.value.path == "columns"


@pytest.mark.parametrize(
    "text",
    [
        "SKU,Stock,Cost (CAD)\nA,5,$3\n",
        "SKU,Stock,Cost ($)\nA,5,3 USD\n",
        "Order Number,Total,Currency\n1,$5,USD\n",
    ],
)
def test_a_sign_of_several_currencies_is_any_of_them(text: str, types: ItemTypes) -> None:
    assert read(text, types).report.accepted == 1


@pytest.mark.parametrize("cells", [("0.95", "95 %"), ("0.95", "95"), ("0.95", "0.5"), ("0,5", "40%")])
def test_shares_that_may_be_percentages_are_asked(cells: tuple[str, str], types: ItemTypes) -> None:
    rows = "".join(f"S{number}|{cell}\n" for number, cell in enumerate(cells))
    with pytest.raises(InvalidMessageError, match=r"say it in its title, On Time Rate \(%\)"):
        read(f"Supplier Name|On Time Rate\n{rows}", types, type_name="supplier")


@pytest.mark.parametrize(
    ("title", "cells", "numbers"),
    [
        ("On Time Rate (%)", ("0.95", "95"), [0.95, 95]),
        ("On Time Rate (share)", ("0.95", "95 %"), [95, 95]),
        ("On Time Rate (ratio)", ("0.5", "1"), [50, 100]),
        ("On Time Rate", ("0.2", "4.9"), [0.2, 4.9]),
        ("On Time Rate", ("0.5 %", "95 %"), [0.5, 95]),
        ("On Time Rate", ("95", "100"), [95, 100]),
    ],
)
def test_percentages_are_read_where_they_are_told(
    title: str, cells: tuple[str, str], numbers: list[float], types: ItemTypes
) -> None:
    rows = "".join(f"S{number}|{cell}\n" for number, cell in enumerate(cells))
    table = read(f"Supplier Name|{title}\n{rows}", types, type_name="supplier")
    assert column(table, "on_time_rate") == numbers


@pytest.mark.parametrize("key", ["4.00638E+12", "4,01E+12", "5E+11"])
def test_a_key_that_a_spreadsheet_shortened_is_refused(key: str, types: ItemTypes) -> None:
    table = read(f"SKU|Stock\n{key}|5\n1E5|6\n", types)
    assert [item.id for item in table.items] == ["inventory-1E5"]
    assert "shortened" in refused(table)[0][1]


def test_another_number_that_a_spreadsheet_shortened_is_told(types: ItemTypes) -> None:
    table = read("SKU,Stock,Barcode\nA,5,4.00638E+12\n", types)
    assert column(table, "barcode") == ["4.00638E+12"]
    assert "Barcode has numbers that a spreadsheet shortened, such as 4.00638E+12" in table.report.notes[0]


def test_amounts_beside_a_column_of_currencies_are_told(types: ItemTypes) -> None:
    table = read("Order Number,Total,Currency\n1,5,USD\n2,6,EUR\n", types)
    assert column(table, "currency") == ["USD", "EUR"]
    assert table.report.notes == (
        "amounts are in several currencies (EUR, USD), as Currency says of each row",
    )


def test_pieces_are_no_currency(types: ItemTypes) -> None:
    assert column(read("SKU,Stock\nA,5 PCS\nB,6 EA\n", types), "current_stock") == [5, 6]


def test_what_is_said_holds_also_for_an_empty_column(types: ItemTypes) -> None:
    table = read("SKU,Stock,Bin,Location\nA,1,,North\n", types, columns={"Bin": "location"})
    assert (column(table, "location"), column(table, "location_4")) == ([None], ["North"])


def test_a_number_that_is_too_large_when_converted_is_refused(types: ItemTypes) -> None:
    table = read("SKU,Stock,Lead Time (weeks)\nA,5,1.5e308\n", types)
    assert [row.row for row in table.report.refused] == [2]


def test_units_of_declared_types_are_converted_too() -> None:
    declared = tomllib.loads(
        '[sack]\n[sack.fields]\nweight = { type = "number", unit = "kg" }\nage = { type = "number", unit = "weeks" }\n'
    )
    types = item_types_from(declared)
    table = read("Name,Weight (g),Age (days)\nFlour,2500,14\n", types, type_name="sack")
    assert dict(table.items[0].fields) == {"type": "sack", "name": "Flour", "weight": 2.5, "age": 2}
