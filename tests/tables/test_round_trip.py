import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import MAX_INTEGER, Value
from streamd.errors import InvalidMessageError, TooLargeError
from streamd.tables import cell_of, read_table, write_table

pytestmark = pytest.mark.requirement("A12")

TYPES = ItemTypes(
    {
        "thing": ItemType(
            "thing",
            title="thing",
            fields={
                "sku": FieldSpec("sku", "string", title="sku", aliases=("code",)),
                "stock": FieldSpec("stock", "number", title="stock", aliases=("quantity",)),
                "count": FieldSpec("count", "integer", title="count"),
                "active": FieldSpec("active", "boolean", title="active"),
                "tags": FieldSpec("tags", "array", title="tags"),
                "size": FieldSpec("size", "object", title="size"),
                "due": FieldSpec("due", "date", title="due"),
            },
        ),
        "maker": ItemType(
            "maker", title="maker", fields={"quality": FieldSpec("quality", "string", title="stock")}
        ),
    }
)

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
) | st.sampled_from(
    ["", " ", "'", "''", "'=x", "=1+1", "-5", "+a", "@b", "\t", "007", "1e5", "true", "[1]", "{}", "'90s", "a;b", "a, b",
     "N/A", "2024-01-02", "\r\n", '"', "\ufeff", "'5", "''5", "-", "[", "nan"]
)  # fmt: skip
NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not (abs(number) > MAX_INTEGER and number.is_integer() and abs(number) < 1e21)
)
JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS: st.SearchStrategy[dict[str, object]] = st.dictionaries(TEXTS, JSON, max_size=3)
ANYTHING: st.SearchStrategy[Value] = st.booleans() | NUMBERS | TEXTS | st.lists(JSON, max_size=3) | OBJECTS
NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).filter(
    lambda name: name.isprintable() and name not in {"id", "type", "name", "subtitle", "source_id"}
) | st.sampled_from(
    ["code", "Stock", "quantity", "fooBar", "foo_bar", "Item ID", "a;b", "[x]", "company", "title"]
)
TEXT_LISTS: st.SearchStrategy[list[object]] = st.lists(TEXTS, max_size=4)
TAGS: st.SearchStrategy[Value] = TEXT_LISTS | st.lists(JSON, max_size=3)
Fields = dict[str, st.SearchStrategy[Value]]
NEEDED: Fields = {"name": TEXTS.filter(lambda text: text.strip() != "")}
THING_FIELDS: Fields = {
    "subtitle": TEXTS,
    "source_id": ANYTHING,
    "sku": TEXTS,
    "stock": NUMBERS,
    "count": st.integers(-MAX_INTEGER, MAX_INTEGER),
    "active": st.booleans(),
    "tags": TAGS,
    "size": OBJECTS,
    "due": st.dates().map(str) | st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
}
MAKER_FIELDS: Fields = {"quality": TEXTS, "stock": TEXTS}
THING = st.fixed_dictionaries({"type": st.just("thing"), **NEEDED}, optional=THING_FIELDS)
MAKER = st.fixed_dictionaries({"type": st.just("maker"), **NEEDED}, optional=MAKER_FIELDS)
OTHER = st.fixed_dictionaries({"type": st.sampled_from(["thing x", "project", "Maker", " a", "7"]), **NEEDED})
DECLARED = {"sku", "stock", "count", "active", "tags", "size", "due", "quality"}


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    ids = draw(
        st.lists(TEXTS.filter(lambda text: bool(text) and text.isprintable()), max_size=4, unique=True)
    )
    made = []
    for item_id in ids:
        fields = draw(THING | MAKER | OTHER)
        extra = draw(st.dictionaries(NAMES.filter(lambda name: name not in DECLARED), ANYTHING, max_size=3))
        made.append(item_of({"id": item_id, **extra, **fields}))
    return made


@given(items())
def test_what_is_exported_is_imported_as_the_same_items(exported: list[Item]) -> None:
    text = "".join(write_table(exported, TYPES))
    table = read_table(text, type_name="thing", types=TYPES)
    assert table.report.refused == ()
    assert [item.flat() for item in table.items] == [item.flat() for item in exported]
    assert [[type(v) for v in i.fields.values()] for i in table.items] == [
        [type(exported[n].fields[k]) for k in i.fields] for n, i in enumerate(table.items)
    ]


@given(items())
def test_no_exported_text_starts_a_formula(exported: list[Item]) -> None:
    rows = list(csv.reader(io.StringIO("".join(write_table(exported, TYPES)), newline="")))
    for row in rows:
        for cell in row:
            assert cell[:1] not in ("=", "+", "@", "\t", "\r")
            if cell.startswith("-"):
                float(cell)


@given(st.text(max_size=200))
@example('a,b\n"')
@example("\ufeff\ufeff,\n,")
@example("sep=;")
@example('""\n')
@example("[]\n[type]\n")
@example("[id],[type],[name]\nx,y,z\n")
def test_any_text_is_read_or_refused_politely(text: str) -> None:
    for type_name in (None, "thing", "demand"):
        try:
            table = read_table(text, type_name=type_name, types=TYPES)
        except (InvalidMessageError, TooLargeError) as error:
            told = error.message
        else:
            assert table.report.accepted + table.report.refused_count == table.report.rows
            told = "\n".join(table.report.lines())
        assert told


CELLS = st.lists(TEXTS, min_size=1, max_size=5)


@given(CELLS, st.lists(CELLS, max_size=5), st.sampled_from(",;\t|"))
@example([";"], [["", "\r"]], "\t")
@example([","], [["a", '"']], "|")
def test_any_grid_is_read_or_refused_politely(
    header: list[str], rows: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([["Name", *header], *rows])
    table = read_table(out.getvalue(), type_name="thing", types=TYPES)
    again = read_table("".join(write_table(table.items, TYPES)), types=TYPES) if table.items else table
    assert [item.flat() for item in again.items] == [item.flat() for item in table.items]


def test_an_export_can_be_limited_to_one_type_and_names_its_columns_plainly() -> None:
    thing = item_of({"id": "t", "type": "thing", "name": "T", "tags": ["a", "b"], "colour": "red"})
    maker = item_of({"id": "m", "type": "maker", "name": "M"})
    assert "".join(write_table([thing, maker], TYPES, "thing")) == (
        'Item ID,Type,Name,Tags,Colour\nt,thing,T,"a; b",red\n'
    )


def test_an_export_of_nothing_is_a_header() -> None:
    assert "".join(write_table([], TYPES)) == "Item ID,Type,Name\n"


@given(st.dictionaries(st.sampled_from(sorted(TYPES.declared["thing"].fields)), ANYTHING, max_size=7))
def test_what_does_not_fit_its_field_is_read_or_recognised(fields: dict[str, Value]) -> None:
    item = item_of({"id": "t", "type": "thing", "name": "T", **fields})
    table = read_table("".join(write_table([item], TYPES)), types=TYPES)
    (read,) = table.items
    for name, value in read.fields.items():
        was = item.fields[name]
        assert value == was or table.cells[item.id][name] == cell_of(was, name, TYPES.get("thing"))
