import pytest

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables import ImportedDemand, TableImport, read_table


def read(text: str, types: ItemTypes, type_name: str | None = None) -> TableImport:
    return read_table(text, type_name=type_name, types=types)


@pytest.mark.parametrize(
    "header",
    ["item_id,date,quantity", "SKU,Month,Units Sold", "Product Name,Period,Demand", "name,Date,Sales"],
)
def test_item_date_and_quantity_make_demand_rows(header: str, types: ItemTypes) -> None:
    table = read(f"{header}\nA,2024-01-01,5\nA,2024-02,7.5\n", types)
    assert table.demand == (ImportedDemand("A", "2024-01-01", 5), ImportedDemand("A", "2024-02-01", 7.5))
    assert table.items == ()
    assert table.report.type == "demand"


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2024-W05", "2024-01-29"),
        ("2024-Q2", "2024-04-01"),
        ("Q2 2024", "2024-04-01"),
        ("Jan 2024", "2024-01-01"),
        ("Jan-24", "2024-01-01"),
        ("03/2024", "2024-03-01"),
        ("31.01.2024", "2024-01-31"),
    ],
)
def test_a_period_is_known_by_its_first_day(period: str, day: str, types: ItemTypes) -> None:
    assert read(f"sku,period,demand\nA,{period},5\n", types).demand == (ImportedDemand("A", day, 5),)


def test_the_wide_form_has_a_column_a_period(types: ItemTypes) -> None:
    table = read("Item,Category,Jan 2024,Feb 2024,Mar 2024\nA,x,1,,3\n", types)
    assert table.demand == (ImportedDemand("A", "2024-01-01", 1), ImportedDemand("A", "2024-03-01", 3))
    assert table.report.skipped == {"Category": "it is neither item, date nor quantity"}


def test_several_sales_of_a_day_are_added_up_and_the_report_says_so(types: ItemTypes) -> None:
    table = read("sku,date,qty\nA,2024-01-01,5\nA,2024-01-01,2\n", types)
    assert table.demand == (ImportedDemand("A", "2024-01-01", 7),)
    assert table.report.notes == ("1 quantities were added to others of the same item and date",)


def test_bad_rows_are_refused_one_by_one(types: ItemTypes) -> None:
    table = read(
        "sku,date,qty\n,2024-01-01,5\nA,someday,5\nA,2024-01-01,many\nA,2024-01-01,-1e16\nB,2024-01-01,1\n",
        types,
    )
    assert [(row.row, row.column, row.why) for row in table.report.refused] == [
        (2, "sku", "it does not say which item"),
        (3, "date", "is not a date or a month"),
        (4, "qty", "is not a number"),
        (5, "qty", "a demand is at most 1e15, a return at least -1e15"),
    ]
    assert table.demand == (ImportedDemand("B", "2024-01-01", 1),)


def test_quantities_below_0_are_returns_and_the_report_says_so(types: ItemTypes) -> None:
    table = read("sku,date,qty\nA,2024-01-01,5\nA,2024-01-01,-2\nA,2024-01-02,-1\n", types)
    assert table.demand == (ImportedDemand("A", "2024-01-01", 3), ImportedDemand("A", "2024-01-02", -1))
    assert table.report.notes[-1] == (
        "2 quantities below 0 are taken for returns, which reduce the demand of their period and before"
    )


def test_the_day_stands_first_when_one_date_proves_it(types: ItemTypes) -> None:
    table = read("sku,date,qty\nA,03/04/2024,1\nA,25/04/2024,1\n", types)
    assert [row.date for row in table.demand] == ["2024-04-03", "2024-04-25"]


def test_said_to_be_demand_without_its_columns_is_refused_until_they_are_named(types: ItemTypes) -> None:
    text = "Artikel,Tag,Menge\nA,2024-01-05,3\n"
    with pytest.raises(InvalidMessageError, match="say which columns"):
        read(text, types, "demand")
    columns = {"Artikel": "item", "Tag": "date", "Menge": "quantity"}
    table = read_table(text, types=types, options=ImportOptions("demand", columns=columns))
    assert [(one.item, one.date, one.quantity) for one in table.demand] == [("A", "2024-01-05", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "SKU,Name,Quantity,Location,Date\nA,a,5,Oslo,2024-01-01\nB,b,5,Oslo,2024-01-01\n",
        "Product,Order Date,Quantity,Supplier,Unit Price,Status\nA,2024-01-01,5,Acme,2,open\n",
        "Name,Quantity,Date\nA,5,2024-01-01\nB,6,2024-01-01\n",
    ],
)
def test_what_may_be_a_list_with_dates_is_asked_for_its_type(text: str, types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="say the type") as caught:
        read(text, types)
    assert caught.value.path == "item_type"
    assert read(text, types, "demand").demand
    assert read(text, types, "inventory").report.type == "inventory"


def test_dates_of_a_header_are_asked_or_read_as_said(types: ItemTypes) -> None:
    text = "SKU;01/01/2024;01/02/2024;01/03/2024\nA;1;2;3\n"
    with pytest.raises(InvalidMessageError, match="say dates, dmy or mdy"):
        read(text, types)
    for order, days in (("dmy", ["01-01", "02-01", "03-01"]), ("mdy", ["01-01", "01-02", "01-03"])):
        table = read_table(text, types=types, options=ImportOptions(dates=order))  # type: ignore[arg-type]
        assert [one.date for one in table.demand] == [f"2024-{day}" for day in days]
    proven = read("SKU;01/02/2024;08/02/2024;15/02/2024\nA;1;2;3\n", types)
    assert [one.date for one in proven.demand] == ["2024-02-01", "2024-02-08", "2024-02-15"]


def test_a_month_with_a_number_that_may_be_the_day_is_refused(types: ItemTypes) -> None:
    with pytest.raises(InvalidMessageError, match="a day or a year"):
        read("SKU,Jan 01,Jan 08,Jan 15\nA,1,2,3\n", types)
    table = read("SKU,Nov 23,Dec 23,Jan 24\nA,1,2,3\n", types)
    assert [one.date for one in table.demand] == ["2023-11-01", "2023-12-01", "2024-01-01"]


@pytest.mark.parametrize(
    "text", ["SKU,Jan 08,Feb 08,Mar 08\nA,1,2,3\n", "SKU,Date,Sales\nA,Jan 08,1\nA,Feb 08,2\nA,Mar 08,3\n"]
)
def test_months_with_one_number_are_taken_for_those_of_a_year_and_that_is_told(
    text: str, types: ItemTypes
) -> None:
    table = read(text, types)
    assert [one.date for one in table.demand] == ["2008-01-01", "2008-02-01", "2008-03-01"]
    assert any("such as «Jan 08» are read as months of 2008" in note for note in table.report.notes)
    assert not any(
        "read as months" in note
        for note in read("SKU,Jan 2008,Feb 2008,Mar 2008\nA,1,2,3\n", types).report.notes
    )


@pytest.mark.parametrize("dates", [["Jan 08"], ["Jan 08", "Jan 15"], ["Jan. 31", "Feb 30"], ["März 08"]])
def test_a_date_of_a_month_and_a_number_is_asked_where_it_may_be_a_day(
    dates: list[str], types: ItemTypes
) -> None:
    rows = "".join(f"A,{day},3\n" for day in dates)
    with pytest.raises(InvalidMessageError, match=f"number in {dates[0]} may be a day or a year"):
        read(f"SKU,Date,Sales\n{rows}", types)


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["Nov 23", "Dec 23", "Jan 24"], ["2023-11-01", "2023-12-01", "2024-01-01"]),
        (["Jan 99"], ["1999-01-01"]),
        (["Jan-08"], ["2008-01-01"]),
        (["Jan '08"], ["2008-01-01"]),
    ],
)
def test_years_of_two_digits_are_years_where_that_is_proven(
    dates: list[str], days: list[str], types: ItemTypes
) -> None:
    rows = "".join(f"A,{day},3\n" for day in dates)
    assert [one.date for one in read(f"SKU,Date,Sales\n{rows}", types).demand] == days


def test_a_quantity_that_says_nothing_is_no_0_and_told(types: ItemTypes) -> None:
    table = read("sku,date,qty\nA,2024-01-01,-\nA,2024-02-01,\nA,2024-03-01,n/a\nA,2024-04-01,5 pcs\n", types)
    assert table.demand == (ImportedDemand("A", "2024-04-01", 5),)
    assert table.report.refused == ()
    assert table.report.notes[-1].startswith("3 rows have no quantity")
    wide = read("Item,Jan 2024,Feb 2024,Mar 2024\nA,1,-,2 dozen\nB,5 %,1,1\n", types)
    assert [one.quantity for one in wide.demand] == [1, 24]
    assert [row.why for row in wide.report.refused] == ["is in %, which cannot be converted into units"]


def test_a_table_of_items_is_not_taken_for_demand(types: ItemTypes) -> None:
    assert read("sku,Name,Quantity,Min Stock,Max Stock,Location,Date\nA,a,1,2,3,x,2024-01-01\n", types).items
