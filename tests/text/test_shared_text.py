import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.analysis import Period
from streamd.language import English
from streamd.text.calendar_names import month_number
from streamd.text.letter_case import capitalised, decapitalised
from streamd.text.lists import listed, listing
from streamd.text.number_words import CARDINALS, cardinal_of, counted_in_words
from streamd.text.plurals import counted, plural_of, singular_of
from streamd.text.time_words import DAYS_IN, DAYS_PER_MONTH, MONTHS
from streamd.writing.trip import trip_of


def test_a_month_a_quarter_and_a_year_have_one_length_everywhere() -> None:
    assert pytest.approx(30.4375) == DAYS_PER_MONTH
    assert DAYS_IN["quarter"] == 3 * DAYS_IN["month"]
    assert DAYS_IN["year"] == 12 * DAYS_IN["month"] == 365.25
    assert [Period(months=months).length_days for months in (1, 3, 12)] == [30.4375, 91.3125, 365.25]


@pytest.mark.parametrize("letters", [3, 4, 9])
def test_a_month_is_known_by_how_its_name_begins(letters: int) -> None:
    assert [month_number(month[:letters].title()) for month in MONTHS] == list(range(1, 13))


@pytest.mark.parametrize(
    ("name", "number"),
    [("März", 3), ("Mrz", 3), ("août", 8), ("Dezember", 12), ("enero", 1), ("gennaio", 1), ("fev", 2), ("mei", 5), ("listopada", 11),
     ("juin", 6), ("jul", 7)],
)  # fmt: skip
def test_a_month_is_known_in_the_languages_of_spreadsheets(name: str, number: int) -> None:
    assert month_number(name) == number


@pytest.mark.parametrize("name", ["", "ma", "mayonnaise", "mayor", "septs", "marx", "jui"])
def test_what_only_resembles_a_month_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no month"):
        month_number(name)


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("what runs out within a month?", 30),
        ("what runs out in the next three months?", 91),
        ("what runs out within a quarter?", 91),
        ("what will run out over the next year?", 365),
        ("what runs out within six weeks?", 42),
        ("what runs out within a fortnight?", 14),
        ("what runs out?", None),
    ],
)
def test_a_question_about_stockouts_looks_as_many_days_ahead_as_it_says(
    question: str, days: int | None
) -> None:
    assert English().days_ahead(question) == days


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), ("a", 1), ("an", 1), ("zero", 0), ("seven", 7), ("fifteen", 15), ("twenty-four", 24), ("thirty six", 36),
        ("ninety", 90), ("few", None), ("twenty-ten", None), ("two-three", None), ("²", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_is_read_from_digits_articles_and_words(text: str, number: int | None) -> None:
    assert cardinal_of(text) == number


@given(st.sampled_from(sorted(CARDINALS)))
def test_every_number_word_is_read_as_its_number(word: str) -> None:
    assert cardinal_of(word) == CARDINALS[word]


def test_a_number_and_its_noun_agree() -> None:
    assert [counted(number, "day") for number in (0, 1, 1.04, 4.5, 1250)] == [
        "0 days",
        "1 day",
        "1 day",
        "4.5 days",
        "1,250 days",
    ]
    assert counted(2, "inventory category") == "2 inventory categories"
    assert [counted_in_words(number, "day") for number in (0, 1, 5, 12)] == [
        "no days",
        "one day",
        "five days",
        "12 days",
    ]


def test_the_plural_follows_the_ending_and_the_singular_leads_back() -> None:
    assert [plural_of(noun) for noun in ("supplier", "category", "day", "box", "batch")] == [
        "suppliers",
        "categories",
        "days",
        "boxes",
        "batches",
    ]
    assert [singular_of(noun) for noun in ("suppliers", "categories", "days", "glass", "gas", "ties")] == [
        "supplier",
        "category",
        "day",
        "glass",
        "gas",
        "tie",
    ]


def test_a_list_ends_with_and_or_with_how_many_more_there_are() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing(["a", "b", "c", "d"]) == "a, b, c and 1 more"


def test_names_that_begin_small_or_look_like_names_keep_their_case() -> None:
    assert [capitalised(text) for text in ("bolt", "iPhone", "")] == ["Bolt", "iPhone", ""]
    assert [decapitalised(text) for text in ("Bolts last", "I see", "NASA knows")] == [
        "bolts last",
        "I see",
        "NASA knows",
    ]


@pytest.mark.parametrize(("length", "days"), [("several", 3), ("fifteen", 15), ("a few", 3), ("twenty", 20)])
def test_a_trip_counts_its_days_with_the_same_words(length: str, days: int) -> None:
    assert trip_of(f"{length} days in Rome", {}).days == days
