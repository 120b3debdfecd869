import pytest

from streamd.core.values import Value
from streamd.tables.cells import BadCellError, CellKind, CellStyle, read_cell, write_cell

EUROPEAN = CellStyle(decimal_comma=True, day_first=True)


def read(text: str, kind: CellKind, style: CellStyle | None = None, unit: str = "") -> Value | None:
    return read_cell(text, kind, style=style or CellStyle(), unit=unit)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("150", 150),
        ("25.99", 25.99),
        ("1,250", 1250),
        ("1,234,567.89", 1234567.89),
        ("12,34,567", 1234567),
        ("$1,250.00", 1250.0),
        ("€ 12.50", 12.5),
        ("12.50 EUR", 12.5),
        ("USD 3", 3),
        ("95%", 95),
        ("-5", -5),
        ("+5", 5),
        ("\u22125", -5),
        ("(1,200)", -1200),
        ("1 250", 1250),
        ("1\u202f250,5", 1250.5),
        ("1'250.5", 1250.5),
        ("12,5", 12.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("0012", 12),
        ("12-", -12),
        ("1,250.50-", -1250.5),
        ("12\u2212 €", -12),
        ("3,-", 3),
        ("EUR 1.234,--", 1234),
        ("5.\u2013 CHF", 5),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert read(text, "number") == number


@pytest.mark.parametrize(
    ("text", "number"), [("1.250,75 €", 1250.75), ("1.250", 1250), ("12,5", 12.5), ("12.50", 12.5), ("7", 7)]
)
def test_with_a_decimal_comma_points_part_thousands(text: str, number: float) -> None:
    assert read(text, "number", EUROPEAN) == number


def test_a_percentage_is_no_number_of_anything_else() -> None:
    for unit in ("", "percent", "percent of the value per year", "%"):
        assert read("95 %", "number", unit=unit) == 95
    for unit in ("units", "money per unit", "days"):
        with pytest.raises(BadCellError, match="is in %"):
            read("95 %", "number", unit=unit)


@pytest.mark.parametrize("text", ["7 days", "7 day", "7days", "7 Days"])
def test_the_unit_of_a_field_may_follow_the_number(text: str) -> None:
    assert read(text, "number", unit="days") == 7


@pytest.mark.parametrize(
    "text",
    [
        "12 CTN",
        "6 MOS",
        "TBC 5",
        "12 APR",
        "lots",
        "7 months",
        "1,2,3",
        "1.2.3",
        "--5",
        "1e999",
        "9" * 500,
        "٣",
        "0x10",
        "1_000",
        "$",
        "inf",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadCellError):
        read(text, "number", unit="days")


@pytest.mark.parametrize("text", ["", "  ", "N/A", "-", "null", "#N/A", "unknown"])
def test_words_for_nothing_are_no_number(text: str) -> None:
    assert read(text, "number") is None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-01-20", "2024-01-20"),
        ("2024/1/5", "2024-01-05"),
        ("20240120", "2024-01-20"),
        ("01/20/2024", "2024-01-20"),
        ("20/01/2024", "2024-01-20"),
        ("03/04/2024", "2024-03-04"),
        ("03.04.2024", "2024-04-03"),
        ("20 Jan 2024", "2024-01-20"),
        ("Jan 20, 2024", "2024-01-20"),
        ("20-Jan-24", "2024-01-20"),
        ("September 3rd, 2024", "2024-09-03"),
        ("3. März 2024", "2024-03-03"),
        ("03-Dez-24", "2024-12-03"),
        ("1er août 2024", "2024-08-01"),
        ("3 de marzo de 2024", "2024-03-03"),
        ("3 października 2024", "2024-10-03"),
        ("Sonntag, 3. März 2024", "2024-03-03"),
        ("Monday, March 4, 2024", "2024-03-04"),
        ("Mo. 04.03.2024", "2024-03-04"),
        ("segunda-feira, 4 de março de 2024", "2024-03-04"),
        ("45000", "2023-03-15"),
        ("45000.5", "2023-03-15T12:00:00Z"),
        ("45000,75", "2023-03-15T18:00:00Z"),
        ("2024-01-20 00:00:00", "2024-01-20"),
        ("2024-01-20 14:30", "2024-01-20T14:30:00Z"),
        ("1/20/2024 2:30 PM", "2024-01-20T14:30:00Z"),
        ("2024-01-20T14:30:00+02:00", "2024-01-20T14:30:00+02:00"),
        ("2024-01-20T14:30:00.123Z", "2024-01-20T14:30:00.123Z"),
    ],
)
def test_dates_become_iso_dates(text: str, iso: str) -> None:
    assert read(text, "date") == iso


def test_the_day_stands_first_where_the_table_says_so() -> None:
    assert read("03/04/2024", "date", EUROPEAN) == "2024-04-03"


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2024-02-30",
        "13/13/2024",
        "2024",
        "20 Foo 2024",
        "3 Jui 2024",
        "Tuesday, March 4, 2024",
        "ca. 4 March 2024",
        "2024-01-20 25:00",
        "12.5",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadCellError):
        read(text, "date")


@pytest.mark.parametrize(
    ("text", "truth"), [("Yes", True), ("TRUE", True), ("1", True), ("no", False), ("off", False)]
)
def test_truths_are_read(text: str, truth: bool) -> None:
    assert read(text, "boolean") is truth


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("ISO 9001; FDA Certified", ["ISO 9001", "FDA Certified"]),
        ("Steel, Aluminum", ["Steel", "Aluminum"]),
        ("Bolts, steel; Nuts", ["Bolts, steel", "Nuts"]),
        ("one", ["one"]),
        ("a;;b;", ["a", "b"]),
        ('["a;b", 2]', ["a;b", 2]),
    ],
)
def test_lists_are_parted_at_semicolons_or_else_commas(text: str, members: list[object]) -> None:
    assert read(text, "array") == members


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_written_as_text_and_read_back(text: str) -> None:
    for kind in ("string", "any"):
        written = write_cell(text, kind)
        assert written == f"'{text}"
        assert read(written, kind) == text


def test_an_apostrophe_that_guards_nothing_stays() -> None:
    assert read("'90s music", "string") == "'90s music"
    assert write_cell("'90s music", "string") == "'90s music"


def test_numbers_are_written_bare_even_when_negative() -> None:
    assert write_cell(-5, "number") == "-5"
    assert write_cell(2.5, "any") == "2.5"


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    assert write_cell("0.5", "any") == "'0.5"
    assert read("'0.5", "any") == "0.5"


def test_objects_are_json() -> None:
    assert write_cell({"a": [1, None]}, "any") == '{"a": [1, null]}'
    assert read('{"a": [1, null]}', "object") == {"a": [1, None]}
    with pytest.raises(BadCellError):
        read("[1]", "object")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000, "[NaN]", "9" * 20, "1e400"])
def test_hostile_json_is_text(text: str) -> None:
    assert read(text, "any") == text
