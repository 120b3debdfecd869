# ruff: noqa: RUF001 - texts of many languages
import io
from collections.abc import Sequence
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item import Item, ItemId, item_of
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables import (
    ChosenIds,
    ImportedRow,
    RefusedRow,
    TableFile,
    TableImport,
    TableReader,
    judge,
    read_table,
)


def read(content: str | bytes, types: ItemTypes, **said: object) -> TableImport:
    return read_table(content, types=types, options=ImportOptions(**said))  # type: ignore[arg-type]


def refused(table: TableImport) -> list[tuple[int, str]]:
    return [(row.row, row.why) for row in table.report.refused]


# ── the whole file ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [0, 1500, 2999])
def test_one_clear_number_and_one_clear_date_anywhere_decide_for_every_row(at: int, types: ItemTypes) -> None:
    rows = ["PO-{};1.250;03/04/2026"] * 3000
    rows[at] = "PO-{};12,5;25/04/2026"
    text = "Order Number;Total;Order Date\n" + "\n".join(row.format(n) for n, row in enumerate(rows))
    table = read(text.replace(";", "|"), types)
    found = {(item.fields["total_amount"], item.fields["order_date"]) for item in table.items}
    assert found == {(1250, "2026-04-03"), (12.5, "2026-04-25")}


def test_a_further_column_is_of_one_kind_in_the_whole_file(types: ItemTypes) -> None:
    rows = [f"S{number},1,{number}" for number in range(2000)]
    rows[1999] = "S1999,1,12a"
    table = read("sku,stock,shelf\n" + "\n".join(rows), types)
    assert {type(item.fields["shelf"]) for item in table.items} == {str}


def test_a_file_is_read_alike_however_it_comes(types: ItemTypes) -> None:
    text = 'ID;Name;Stock\r\n1;"A\r\nB";1,5\r\n2;Größe;2.000\r\n'

    class Drops(io.BytesIO):
        """Gives a byte at a time."""

        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1 if size is None or size > 0 else size)

        def read1(self, size: int | None = -1, /) -> bytes:
            return self.read(size)

    file = TableFile(cast("BinaryIO", Drops(text.encode())))
    reader = TableReader(file, judge(file, ImportOptions(), types), types)
    found: list[Item] = []
    while (block := reader.block(1)) is not None:
        found += [row.item for row in block]
    assert tuple(found) == read(text, types).items
    assert [item.fields["current_stock"] for item in found] == [1.5, 2000]


@pytest.mark.parametrize(
    "word", ["supplier", " Supplier ", "'supplier", "'supplier ", "vendors", "=x", "'=x", "", " ", "'"]
)
def test_a_type_is_judged_by_the_cell_as_it_is_read(word: str, types: ItemTypes) -> None:
    for header in ("Type|Name|Reliability", "Item ID|Type|Name"):
        row = f"{word}|Acme|90" if header.startswith("Type") else f"a|{word}|Acme"
        table = read(f"{header}\n{row}\n", types, type_name="supplier", delimiter="|")
        assert table.report.accepted + table.report.refused_count == 1


def test_a_column_of_many_words_is_no_type_and_an_export_of_many_types_is_refused(types: ItemTypes) -> None:
    spare = "".join(f"|spare {number}" for number in range(400))
    rows = [f"kind {number}|n{number}|5" for number in range(600)]
    table = read(f"Type|Name|Stock{spare}\n" + "\n".join(rows), types)
    assert table.report.kept == {"Type": "inventory_type"}
    assert len(table.items) == 600
    with pytest.raises(InvalidMessageError, match="too many types"):
        read(f"Type|Item ID|Stock{spare}\n" + "\n".join(rows), types)


# ── what whoever imports says ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_of_a_file_is_believed(types: ItemTypes) -> None:
    text = "Nr;Was;Menge, ca.;Stand\nA1;Müller;1.250;03/04/2026\n"
    said = {
        "type_name": "inventory", "columns": {"Nr": "sku", "Menge, ca.": "current_stock", "Stand": "", "Was": "name"},
        "key": "Nr", "delimiter": ";", "decimal": "point", "dates": "dmy", "encoding": "cp850",
    }  # fmt: skip
    table = read(text.encode("cp850"), types, **said)
    assert [item.flat() for item in table.items] == [
        {"id": "inventory-A1", "type": "inventory", "name": "Müller", "sku": "A1", "current_stock": 1.25}
    ]
    assert table.report.skipped == {"Stand": "as you said"}
    assert table.report.judgement["keys"] == {"inventory": "sku"}
    assert (
        read(text.encode("cp850"), types, **{**said, "decimal": "comma"}).items[0].fields["current_stock"]
        == 1250
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"columns": {"Colour": "colour"}}, "has no column Colour; it has: ID, Name, Stock"),
        ({"key": "colour"}, "no column of the file holds colour"),
        ({"encoding": "klingon"}, "encoding is not known"),
        ({"encoding": "base64"}, "encoding is not known"),
        ({"type_name": "spaceship"}, "no item type"),
    ],
)
def test_what_cannot_be_is_refused_and_the_choices_are_told(said: dict[str, str], why: str) -> None:
    types = ItemTypes(accept_undeclared=False)
    with pytest.raises(InvalidMessageError, match=why):
        read(
            "ID,Name,Stock\n1,A,5\n",
            types if "type_name" in said else ItemTypes(),
            **{"type_name": "x", **said},
        )


@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_an_order_of_dates_holds_for_the_ambiguous_ones(order: str, types: ItemTypes) -> None:
    table = read("Order Number,Order Date\n1,03/04/2026\n2,25/04/2026\n", types, dates=order)
    first = "2026-04-03" if order == "dmy" else "2026-03-04"
    assert [item.fields["order_date"] for item in table.items] == [first, "2026-04-25"]


@pytest.mark.parametrize(
    ("header", "cells", "path"),
    [
        ("Order Number|Order Date", ["13/04/2024", "13/05/2024", "04/13/2024", "03/04/2024"], "dates"),
        ("Order Number|Total", ["1.234,5", "1,234.5", "1,234.5", "1.250"], "decimal"),
        ("Order Number|Order Date", ["24/04/03", "24/05/13"], "dates"),
        ("Order Number|Total (k€)", ["5"], "columns"),
        ("Order Number|Total (in thousands)", ["5"], "columns"),
        ("SKU|Stock (x1000)", ["5"], "columns"),
        ("SKU|Unit Cost (per 100)", ["5"], "columns"),
        ("SKU|Lead Time (working days)", ["5"], "columns"),
        ("SKU|Lead Time|Lead Time Unit", ["5|days", "2|weeks"], "columns"),
    ],
)
def test_what_may_be_read_in_two_ways_is_asked(
    header: str, cells: Sequence[str], path: str, types: ItemTypes
) -> None:
    text = header + "\n" + "".join(f"A{number}|{cell}\n" for number, cell in enumerate(cells))
    with pytest.raises(InvalidMessageError) as caught:
        read(text, types)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Order Number,Order Date\n1,25/04/26\n2,01/04/26\n", "2026-04-25"),
        ("Order Number,Order Date\n1,25.04.26\n", "2026-04-25"),
        ("SKU,Lead Time,Lead Time Unit\n1,5,days\n", 5),
        ("SKU,Unit Cost (per 1)\n1,5\n", 5),
    ],
)
def test_what_is_proven_is_not_asked(text: str, value: object, types: ItemTypes) -> None:
    assert value in read(text, types).items[0].fields.values()


def test_that_nothing_but_the_delimiter_tells_decimals_is_told(types: ItemTypes) -> None:
    table = read("SKU;Stock\nA;1.250\n", types)
    assert table.items[0].fields["current_stock"] == 1250
    assert "say decimal, point, where that is wrong" in table.report.notes[0]
    assert read("SKU;Stock\nA;1.250\n", types, decimal="comma").report.notes == ()
    assert read("SKU;Stock\nA;1.250\nB;0,5\n", types).report.notes == ()
    assert "say decimal, comma, where that is wrong" in read("SKU,Stock\nA,1.250\n", types).report.notes[0]


# ── encodings ────────────────────────────────────────────────────────────────────────────────────────────────────────

WESTERN = "Name,Stock,Place\nMüller & Söhne,5,Zürich\nCafé crème,6,Orléans\nSmørrebrød,7,Århus\nPreis 3 € – „gut“,8,Köln\n"
CZECH = "Name,Stock\n" + "".join(
    f"{name},{number}\n"
    for number, name in enumerate(
        ("Šroub žlutý velký", "Matice šestihranná", "Podložka pružná", "Kladívko příklepové", "Hřebík stavební",
         "Vrták do železa a oceli", "Klíč nástrčný sada", "Kleště štípací boční", "Pilník kulatý střední")
    )
)  # fmt: skip
JAPANESE = "Name,Stock\nボルト六角,5\nナット大,6\n座金小,7\nネジ十字,8\n"
RUSSIAN = "Name,Stock\nБолт шестигранный оцинкованный,5\nГайка большая,6\nШайба пружинная,7\nГвоздь строительный,8\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (WESTERN, encoding)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
        ),
        (CZECH, "cp1250"),
        ("SKU;Název;Stock\n1;Křížový šroubovák;5\n2;Žehlička;7\n", "cp1250"),
        ("Kod;Name;Stock\n1;Zakład Łódź;5\n2;Wąż żółty;7\n", "cp1250"),
        (JAPANESE, "shift_jis"),
        ("Name,Stock\nボルト六角,5\nナット大,6\n", "shift_jis"),
        (RUSSIAN, "cp1251"),
        ("Name,Stock\nMüller,5\n", "cp1252"),
        ("Name,Stock\nA,5\n", "ascii"),
    ],
)
def test_the_encoding_of_a_file_is_found(text: str, encoding: str, types: ItemTypes) -> None:
    assert read(text.encode(encoding), types).items == read(text, types).items


@pytest.mark.parametrize("text", ["SKU;Stock;Price\nA;5;3,50 €\nB;6;1,20 €\n", "SKU;Stock;Price\nA;5;£3.5\n"])
def test_text_whose_only_signs_are_no_letters_is_western(text: str, types: ItemTypes) -> None:
    table = read(text.encode("cp1252"), types)
    assert table.items == read(text, types).items
    assert "taken for cp1252" in table.report.notes[0]


def test_western_is_among_the_candidates_wherever_it_may_be(types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match=r"say it \(such as cp1252, .*cp850"):
        read("Name,Stock\nKöln,5\nMünchen,6\n".encode("cp850"), types)


def test_an_encoding_that_cannot_be_told_is_asked_with_the_candidates(types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match=r"say it \(such as .*cp1253") as caught:
        read("Name,Stock\nΒίδα,5\n".encode("cp1253"), types)
    assert caught.value.path == "encoding"
    assert read("Name,Stock\nΒίδα,5\n".encode("cp1253"), types, encoding="cp1253").items[0].name == "Βίδα"


@pytest.mark.parametrize("broken", [b"\xff", b"\xc3", b"\xe2\x82", b"\x00"])
@pytest.mark.parametrize("at", [2, 500, 1000])
def test_a_broken_byte_costs_its_row_and_no_other(broken: bytes, at: int, types: ItemTypes) -> None:
    rows = [f"{number},Größe {number},5".encode() for number in range(2, 1002)]
    rows[at - 2] = rows[at - 2].replace("ö".encode(), broken)
    table = read(b"ID,Name,Stock\n" + b"\n".join(rows), types)
    assert refused(table) == [(at, "it has bytes that are not utf-8 text")]
    assert (len(table.items), table.report.rows) == (999, 1000)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_politely(content: bytes) -> None:
    try:
        table = read(content, ItemTypes(), type_name="thing")
    except InvalidMessageError as error:
        told = error.message
    else:
        assert table.report.accepted + table.report.refused_count == table.report.rows
        told = "\n".join(table.report.lines())
    assert told


# ── rows that cannot be read ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_stray_quote_takes_no_rows_with_it_in_silence(types: ItemTypes) -> None:
    rows = [f"{number},Bolt,5" for number in range(1, 11)]
    rows[2] = '3,"8 inch pipe,5'
    rows[6] = '7,"6 inch" pipe,5'
    table = read("ID,Name,Stock\n" + "\n".join(rows), types)
    told = {row for row, _ in refused(table)}
    assert told == {4}
    assert "quote" in refused(table)[0][1]
    # What the quote swallowed is the refused record; all after it are there, and every row is accounted for.
    assert [item.fields["source_id"] for item in table.items] == ["1", "2", "8", "9", "10"]
    assert table.report.rows == len(table.items) + 1


def test_a_stray_quote_within_a_line_stays_in_its_cell_or_its_row_is_refused(types: ItemTypes) -> None:
    rows = ['1,"8 inch pipe,5,"x"', '2,"6" pipe,6,"z"', '3,"A, Inc","5" x,1', '4,"A, Inc",4,y']
    table = read("SKU,Name,Stock,Shelf\n" + "\n".join(rows), types)
    assert [row for row, _ in refused(table)] == [2, 4]
    assert [(item.name, item.fields["shelf"]) for item in table.items] == [('"6" pipe', "z"), ("A, Inc", "y")]


def test_rows_that_ran_into_one_cell_are_refused(types: ItemTypes) -> None:
    table = read('SKU,Name,Stock\n1,"8 inch,5\n2,Nut,6"\n3,"A\nB",7\n', types)
    assert [item.name for item in table.items] == ["A\nB"]
    assert "several lines" in refused(table)[0][1]


@pytest.mark.parametrize(
    "text", ["SKU,Name,Stock,\nA,Bolt,1,250\n", "SKU,Name,Stock,Place,\nA,Bolt,1,250,Shelf 3\n"]
)
def test_a_number_that_its_comma_cut_in_two_is_refused(text: str, types: ItemTypes) -> None:
    table = read(text, types)
    assert table.items == ()
    assert "may be one with a comma" in refused(table)[0][1]


def test_a_row_that_is_refused_is_in_no_sum_over_places(types: ItemTypes) -> None:
    text = "SKU,Name,Location,Stock,\nA,Bolt,Oslo,5,\nA,Bolt,Bergen,1,250\nB,Nut,Oslo,3,\nB,Nut,Bergen,4,\n"
    table = read(text, types)
    assert [(item.name, item.fields["current_stock"]) for item in table.items] == [("Nut", 7)]
    assert [row for row, _ in refused(table)] == [2, 3]


def test_a_quote_that_is_never_closed_is_refused_with_its_row(types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="opened in row 3 and never closed"):
        read('ID,Name,Stock\n1,A,5\n2,"B,5\n3,C,5\n', types)


def test_lines_in_quotes_are_one_cell_where_all_quotes_are_in_order(types: ItemTypes) -> None:
    table = read('ID,Name,Stock\n1,"A\nB",5\n2,C,6\n', types)
    assert ([item.name for item in table.items], refused(table)) == (["A\nB", "C"], [])


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def ids(table: TableImport) -> list[str]:
    return [item.id for item in table.items]


def test_a_double_key_is_refused_and_no_other_row_gets_another_id(types: ItemTypes) -> None:
    rows = [f"S{number},Bolt {number},5" for number in range(5)]
    before = read("SKU,Name,Stock\n" + "\n".join(rows), types)
    after = read("SKU,Name,Stock\n" + "\n".join([*rows, "S2,Bolt 2,7", "S5,Bolt 5,5"]), types)
    assert ids(after) == [*ids(before), "inventory-S5"]
    assert refused(after) == [(7, "an earlier row has the same id: inventory-S2")]


@pytest.mark.parametrize(
    "names",
    [("C", "C++", "C#", "c -+"), ("1.5 mm", "1,5 mm", "1/5 mm", "1 5 mm"), ("A & B", "A + B", "A B"),
     ("x" * 250, "x" * 251, "x" * 250 + "y")],
)  # fmt: skip
def test_names_that_differ_only_in_signs_are_different_items(names: Sequence[str], types: ItemTypes) -> None:
    text = "Name|Stock\n" + "".join(f"{name}|1\n" for name in names)
    table = read(text, types)
    assert [item.name for item in table.items] == list(names)
    assert len({item.id for item in table.items}) == len(names)
    for name in names:
        assert ids(read(f"Name|Stock\n{name}|1\n", types)) == [
            item.id for item in table.items if item.name == name
        ]


def row(number: int, name: str) -> ImportedRow:
    found = TableFile.of(f"Name|Stock\n{name}|1\n")
    types = ItemTypes()
    (made,) = TableReader(found, judge(found, ImportOptions("thing"), types), types).block(1) or ()
    return ImportedRow(number, made.item, made.ids)


def chosen(stored: dict[str, str], *names: str) -> list[str]:
    there = {ItemId(one): item_of({"id": one, "type": "thing", "name": name}) for one, name in stored.items()}
    choice = ChosenIds()
    found = [choice.choose(row(number, name), there) for number, name in enumerate(names)]
    return ["refused" if isinstance(one, RefusedRow) else one.id for one in found]


def test_an_item_that_an_older_streamd_named_is_found_again_under_its_id() -> None:
    fresh = chosen({}, "C", "C++")
    assert fresh[0] == "thing-c"
    assert fresh[1].startswith("thing-c-")
    assert chosen({"thing-c": "C++"}, "C++") == ["thing-c"]
    both = chosen({"thing-c": "C++"}, "C", "C++")
    assert both[1] == "thing-c"
    assert both[0] not in ("thing-c", fresh[1])
    assert chosen({"thing-c": "C", fresh[1]: "C++"}, "C", "C++") == fresh
    assert chosen({"thing-c": "renamed"}, "C") == ["thing-c"], "an item that was renamed is still the same"


def test_the_key_of_earlier_imports_is_kept_where_the_file_has_it(types: ItemTypes) -> None:
    file = TableFile.of("ID,SKU,Name,Stock\n1,A,Bolt,5\n")
    assert judge(file, ImportOptions(), types).keys == {"inventory": "source_id"}
    for key in ("sku", "name", "source_id"):
        assert judge(file, ImportOptions(), types, keys={"inventory": key}).keys == {"inventory": key}
    without = TableFile.of("Name,Stock\nBolt,5\n")
    with pytest.raises(InvalidMessageError, match=r"went by sku.*say key, such as name") as caught:
        judge(without, ImportOptions(), types, keys={"inventory": "sku"})
    assert caught.value.path == "key"
    assert judge(without, ImportOptions(key="name"), types, keys={"inventory": "sku"}).keys == {
        "inventory": "name"
    }
    unnamed = TableFile.of("SKU,Stock\nA,5\n")
    with pytest.raises(InvalidMessageError, match=r"went by name.*such as sku"):
        judge(unnamed, ImportOptions(), types, keys={"inventory": "name"})


def test_a_key_that_is_said_stays_where_the_file_has_the_one_before(types: ItemTypes) -> None:
    known = {"inventory": "sku"}
    both = judge(TableFile.of("SKU,Name,Stock\nA,Bolt,5\n"), ImportOptions(key="name"), types, keys=known)
    assert both.lasting_keys == {"inventory": "name"}
    assert "from now on imports of inventory go by name, and not by sku" in both.types["inventory"].notes[0]
    once = judge(TableFile.of("Name,Stock\nBolt,5\n"), ImportOptions(key="name"), types, keys=known)
    assert once.lasting_keys == {}
    assert "later ones of inventory again by sku" in once.types["inventory"].notes[0]


def test_a_row_without_the_key_that_was_named_is_refused(types: ItemTypes) -> None:
    table = read("SKU,Name,Stock\nA,Bolt,1\n,Nut,2\n", types, key="SKU")
    assert ids(table) == ["inventory-A"]
    assert refused(table) == [(3, "it has no sku, which identifies the rows")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Customer ID,Order Number,Total\nC1,PO-1,5\nC1,PO-2,6\n", "order_number"),
        ("Shipment ID,Tracking Number,Carrier\nS1,T1,UPS\n", "shipment_id"),
        ("Tracking Number,Carrier,Origin\nT1,UPS,Oslo\n", "tracking_number"),
        ("Name,Stock\nBolt,5\n", "name"),
        ("Item ID,Name,Stock\ninv-1,Bolt,5\n", "id"),
    ],
)
def test_the_key_is_chosen_by_what_it_is(text: str, key: str, types: ItemTypes) -> None:
    (judged,) = read(text, types).report.judgement["keys"].values()
    assert judged == key
