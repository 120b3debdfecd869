"""Dates without a year are read from the day of the request, by what their field is about, or refused and named."""

from collections.abc import Mapping
from datetime import date

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import Item, item_of
from streamd.core.tool_calls import ChangeItems, RequestSetting, Understanding
from streamd.core.values import Value
from streamd.language import understand

pytestmark = pytest.mark.requirement("A6")

TYPES = item_types_from(
    {
        "part": {
            "aliases": ["item"],
            "fields": {
                "due_date": {"type": "date", "aliases": ["due"]},
                "received_on": {"type": "date", "aliases": ["received"]},
                "expiry_date": {"type": "date", "aliases": ["expires", "expired"]},
                "checked_on": {"type": "date", "aliases": ["checked"]},
            },
        }
    }
)
TODAY = date(2026, 11, 30)
GIVEN: list[Mapping[str, Value]] = [
    {"id": "a", "type": "part", "name": "Axle", "due_date": "2026-12-05", "received_on": "2026-11-05", "expiry_date": "2026-12-01"},
    {"id": "b", "type": "part", "name": "Brake", "due_date": "2027-03-05", "received_on": "2026-10-31", "expiry_date": "2026-03-01"},
    {"id": "c", "type": "part", "name": "Chain", "due_date": "2027-12-05", "received_on": "2025-11-05", "expiry_date": "2027-02-03"},
]  # fmt: skip
ITEMS: list[Item] = [item_of(one) for one in GIVEN]


def said(text: str, today: date | None = TODAY) -> Understanding:
    return understand(text, {}, ITEMS, TYPES, setting=RequestSetting(today))


@pytest.mark.parametrize(
    ("text", "matched", "day"),
    [
        ("Which items are due by March 5?", {"a", "b"}, "2027-03-05"),
        ("Show items due before the 6th of December", {"a"}, "2026-12-06"),
        ("Which items are due after Nov 30?", {"a", "b", "c"}, "2026-11-30"),
        ("Which items were received after Oct 31?", {"a"}, "2026-10-31"),
        ("Show items received on 5 November", {"a"}, "2026-11-05"),
        ("Show items whose due date is before 25/12", {"a"}, "2026-12-25"),
    ],
)
def test_a_date_is_the_nearest_in_the_direction_of_its_field_and_told(
    text: str, matched: set[str], day: str
) -> None:
    found = said(text)
    assert set(found.matched) == matched
    assert f"to be {day}." in found.reply


def test_a_changed_field_gets_it_too() -> None:
    found = said("Set the due date of Axle to January 7")
    (call,) = found.calls
    assert isinstance(call, ChangeItems)
    assert call.edits[0].set == {"due_date": "2027-01-07"}
    assert found.reply == "I took «January 7» to be 2027-01-07."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Which items were received on 12/03?", "«12/03» may be two dates"),
        ("Which items are due by 3/12?", "2026-03-12 or 2026-12-03"),
        ("Which items were checked before March 5?", "«March 5»"),
        ("Which items were received after March 5?", "«March 5»"),
        ("Which items are due by November 1?", "«November 1»"),
        ("Which items expired before March 5?", "«March 5»"),
        ("Which items are due by February 30?", "There is no date «February 30»"),
        ("Which items are due by tomorrow?", "tomorrow"),
        ("Set the due date of Axle to 12/03", "«12/03» may be two dates"),
    ],
)
def test_what_is_not_certain_is_refused_and_named(text: str, named: str) -> None:
    found = said(text)
    assert not found.calls
    assert not found.matched
    assert named in f"{found.reply} {found.refusal}"


def test_without_a_day_of_the_request_nothing_is_taken_to_be_near() -> None:
    found = said("Which items are due by March 5?", today=None)
    assert not found.matched
    assert "«March 5»" in f"{found.reply} {found.refusal}"
