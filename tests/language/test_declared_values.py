"""Values in requests are read as the declared field holds them: dates, lists and items that others refer to."""

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import item_of
from tests.language.harness import Outcome, outcome_of

TYPES = item_types_from(
    {
        "supplier": {
            "fields": {"rating": {"type": "integer"}},
            "criteria": {"low": {"where": [["rating", "<", 20]]}},
        },
        "part": {
            "fields": {
                "stock": {"type": "integer"},
                "price": {"type": "decimal", "places": 2},
                "expires": {"type": "date"},
                "checked": {"type": "datetime"},
                "tags": {"type": "list", "of": "string"},
                "maker": {"type": "reference", "refers_to": "supplier"},
            },
            "criteria": {"low": {"where": [["stock", "<", 10]]}},
        },
    }
)
ITEMS = [
    item_of({"id": "s1", "type": "supplier", "name": "Acme", "rating": 90}),
    item_of({"id": "s2", "type": "supplier", "name": "Lonely", "rating": 10}),
    item_of({"id": "s3", "type": "supplier", "name": "Twin"}),
    item_of({"id": "s4", "type": "supplier", "name": "Twin"}),
    item_of({"id": "p1", "type": "part", "name": "P1", "stock": 5, "price": 1.5, "expires": "2027-02-01",
             "checked": "2026-02-28T10:00:00.000000Z", "tags": ["raw"], "maker": "Acme"}),
    item_of({"id": "p2", "type": "part", "name": "P2", "stock": 50, "expires": "2027-05-31", "maker": "s3"}),
    item_of({"id": "p3", "type": "part", "name": "P3", "stock": "many", "expires": "2026-05-10"}),
]  # fmt: skip


def told(text: str) -> Outcome:
    return outcome_of(text, ITEMS, TYPES)


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("that expire before 3 March 2027", ["p1", "p3"]),
        ("that expire before 2027-02-01", ["p3"]),
        ("that expire until 2027-02", ["p1", "p3"]),
        ("expiring after May 2026", ["p1", "p2"]),
        ("that expire after 30 May 2027", ["p2"]),
        ("that expire in May 2027", ["p2"]),
        ("whose expires is 1 February 2027", ["p1"]),
        ("that expire between May 2026 and February 2027", ["p1", "p3"]),
        ("checked before 1 March 2026", ["p1"]),
        ("with price below 2", ["p1"]),
        ("with tag raw", ["p1"]),
        ("of Acme", ["p1"]),
        ("from supplier Acme", ["p1"]),
        ("of s3", ["p2"]),
    ],
)
def test_a_condition_means_the_same_whatever_is_done_with_the_items(condition: str, ids: list[str]) -> None:
    assert list(told(f"Show parts {condition}").understanding.matched) == ids
    assert list(told(f"How many parts {condition}?").understanding.matched) == ids
    assert list(told(f"Remove all parts {condition}").removed) == ids
    assert sorted(told(f"Set the stock of all parts {condition} to 7").changed) == ids


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Remove parts older than 2026-05", "which date"),
        ("Show parts older than 2026-05", "which date"),
        ("Show parts that expire next week", "days from today"),
        ("Show parts that expire before 3 March", "with its year"),
        ("Show parts that expire before 03/04/2027", "with its year"),
        ("Show parts that expire after 30 February 2027", "calendar"),
        ("Set the expires of P1 to March 2027", "no day"),
        ("Set the expires of P1 to 30 February 2027", "calendar"),
        ("Set the checked of P1 to 2026-03-01", "an instant such as"),
        ("Set the maker of P1 to Zorro", "no supplier called «Zorro»; there are Acme, Lonely, Twin"),
        ("Set the maker of P1 to Nobody", "no supplier called «Nobody»"),
        ("Set the maker of P1 to Twin", "s3"),
        ("Add a part named X from supplier Zorro", "no supplier called «Zorro»"),
        ("Add a part named X with maker Twin", "s4"),
        ("Show parts of Twin", "s3, s4"),
        ("Remove all parts from supplier Zorro", "no supplier called «Zorro»"),
        ("Show parts from Zorro", "«from Zorro»"),
        ("Show low gadgets", "«gadgets»"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(text: str, why: str) -> None:
    outcome = told(text)
    assert outcome.nothing
    assert not outcome.understanding.matched
    assert why in outcome.words


@pytest.mark.parametrize(
    ("text", "item_id", "field", "value"),
    [
        ("Set the expires of P1 to 3 March 2027", "p1", "expires", "2027-03-03"),
        ("Set the price of P1 to 2.75", "p1", "price", 2.75),
        ("Set the tags of P1 to a, b and c", "p1", "tags", ["a", "b", "c"]),
        ("Set the maker of P3 to lonely", "p3", "maker", "s2"),
        ("Set the maker of P3 to s4", "p3", "maker", "s4"),
        ("Set the maker of P1 to nobody", "p1", "maker", None),
    ],
)
def test_a_value_is_stored_as_the_field_holds_it(text: str, item_id: str, field: str, value: object) -> None:
    assert told(text).changed == {item_id: {field: value}}


def test_what_is_so_already_is_said() -> None:
    assert "is Acme already" in told("Set the maker of P1 to Acme").words
    assert "P3 has no maker" in told("Set the maker of P3 to nobody").words


@pytest.mark.parametrize("origin", ["from supplier Acme", "from Acme", "with maker Acme"])
def test_a_new_item_refers_to_the_one_that_is_named(origin: str) -> None:
    assert told(f"Add a part named X {origin}").added[0]["maker"] == "s1"


def test_items_are_told_apart_by_whether_others_refer_to_them() -> None:
    assert told("Which supplier has no parts?").understanding.matched == ("s2", "s4")
    assert told("Which suppliers have parts?").understanding.matched == ("s1", "s3")
    assert told("Remove all suppliers without parts").removed == ("s2", "s4")


def test_a_criterion_that_several_types_declare_means_items_of_each() -> None:
    assert told("Show low items").understanding.matched == ("s2", "p1")
    assert told("Show low parts").understanding.matched == ("p1",)


@pytest.mark.parametrize("text", ["Show low parts", "How many low parts are there?", "Remove all low parts",
                                  "Show parts with stock below 10"])  # fmt: skip
def test_items_that_cannot_be_judged_are_counted_with_the_reason(text: str) -> None:
    words = told(text).words
    assert "could not judge 1 part" in words
    assert "P3 has stock «many»" in words
