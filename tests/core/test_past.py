"""Past changes in what undo needs of them come to the same as all of them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.event import ITEM_EVENT_TYPES, Event
from streamd.core.item import Item, ItemId, Seq
from streamd.core.undo import Past, PastChange, items_before
from tests.support.hall import Hall, histories

pytestmark = [pytest.mark.soak]


def past_of(events: Sequence[Event], after: int) -> list[PastChange]:
    """Changes as the journal has them, from a position on."""
    return [
        PastChange(
            Seq(after + number),
            event.event_type,
            ItemId(str(event.item_id)),
            event.data,
            _before(event),
            event.place,
        )
        for number, event in enumerate(events, 1)
        if event.event_type in ITEM_EVENT_TYPES
    ]


def _before(event: Event) -> dict[str, object] | None:
    if event.before is None or event.event_type == "item_removed":
        return None if event.before is None else dict(event.before)
    return {name: event.before.get(name) for name in event.data}


@given(histories(), st.data())
def test_items_before_some_changes_are_found_from_fewer(
    history: tuple[Hall, object], data: st.DataObject
) -> None:
    hall, _ = history
    middle = data.draw(st.integers(0, hall.top))
    items = [item for item in hall.known.values() if isinstance(item, Item)]
    changes = past_of(hall.told[middle:], middle)

    past = Past(changes)
    assert items_before(items, past.shortened(), {}) == items_before(items, changes, {})
    assert sorted(past.seqs) == [change.seq for change in changes]
