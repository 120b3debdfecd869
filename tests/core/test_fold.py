"""Whatever several writers do to each other, everybody who folds the events holds what the server holds."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.change import Change
from streamd.core.decide import Decision
from streamd.core.event import ITEM_EVENT_TYPES, Event, fold
from streamd.core.item import Item
from tests.support.hall import COMMON, Hall, as_json, histories
from tests.support.reducer import Screen

pytestmark = [pytest.mark.soak, pytest.mark.requirement("A4", "A5")]


def folded(events: Sequence[Event], items: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    for event in events:
        fold(items, event.event_type, event.item_id, event.data)
    return items


@given(histories())
def test_all_events_fold_to_the_servers_items(history: tuple[Hall, object]) -> None:
    hall, _ = history

    assert as_json(folded(hall.told, {})) == as_json(hall.items())


@given(histories(), st.data())
def test_a_snapshot_and_the_events_after_it_fold_to_the_same_as_all_events(
    history: tuple[Hall, object], data: st.DataObject
) -> None:
    hall, _ = history
    middle = data.draw(st.integers(0, hall.top))
    snapshot = folded(hall.told[:middle], {})

    assert as_json(folded(hall.told[middle:], snapshot)) == as_json(hall.items())


@given(histories())
def test_the_reducer_of_the_frontend_shows_the_servers_items(history: tuple[Hall, object]) -> None:
    hall, _ = history
    screen = Screen()

    for event in hall.told:
        screen.hear({"event_type": event.event_type, "item_id": event.item_id, "data": dict(event.data)})

    shown = screen.flat()
    assert as_json(shown) == as_json(hall.items())
    assert len(screen.items) == len(shown)


@given(histories())
def test_events_have_the_shapes_that_clients_merge(
    history: tuple[Hall, Sequence[tuple[Change, object]]],
) -> None:
    hall, done = history
    for _, decision in done:
        if not isinstance(decision, Decision):
            continue
        kinds = [event.event_type for event in decision.events]
        assert kinds in (
            [], ["told"], ["item_added"], ["item_removed"],
            ["item_updated"], ["field_changed"], ["item_updated", "field_changed"],
        )  # fmt: skip
        for event in decision.events:
            match event.event_type:
                case "item_added":
                    assert isinstance(decision.after, Item)
                    assert event.data == decision.after.flat()
                    assert None not in event.data.values()
                case "item_removed":
                    assert event.data.keys() == {"reason"}
                    assert event.data["reason"]
                case "item_updated":
                    assert event.data
                    assert event.data.keys() <= set(COMMON)
                case "field_changed":
                    assert event.data
                    assert event.data.keys().isdisjoint({"id", *COMMON})
                case _:
                    assert event.event_type == "told"
    assert all(None not in item.values() for item in hall.items().values())


@given(histories())
def test_every_event_changes_something_and_keeps_the_item_before(history: tuple[Hall, object]) -> None:
    hall, _ = history
    items: dict[str, dict[str, object]] = {}
    for event in hall.told:
        if event.event_type not in ITEM_EVENT_TYPES:
            continue
        assert event.item_id is not None
        before = dict(items.get(event.item_id, {}))
        fold(items, event.event_type, event.item_id, event.data)
        assert as_json(before) != as_json(items.get(event.item_id, {}))
        assert event.before == (None if event.event_type == "item_added" else before)


def test_custom_events_and_events_about_unknown_items_change_nothing() -> None:
    items: dict[str, dict[str, object]] = {"a": {"id": "a"}}

    fold(items, "delivery_announced", "a", {"name": "no"})
    fold(items, "delivery_announced", None, {"name": "no"})
    fold(items, "field_changed", "b", {"stock": 1})
    fold(items, "item_removed", "b", {"reason": "no"})

    assert items == {"a": {"id": "a"}}


def test_a_fold_does_not_reach_into_the_event_it_was_given() -> None:
    items: dict[str, dict[str, object]] = {}
    data: dict[str, object] = {"id": "a", "stock": 1}

    fold(items, "item_added", "a", data)
    fold(items, "field_changed", "a", {"stock": 2})

    assert data == {"id": "a", "stock": 1}
