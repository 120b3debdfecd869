"""Whether the context alone says what to do, so that the words need not be read."""

from collections.abc import Mapping, Sequence

import pytest

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.language import is_structured

from .harness import outcome_of

pytestmark = pytest.mark.requirement("A7")

SUFFICIENT: tuple[Mapping[str, object], ...] = (
    {"item_type": "supplier", "count": 2},
    {"item_type": "inventory", "item_name": "Gear"},
    {"action": "remove", "item_id": "inv-a"},
    {"action": "remove", "criteria": "low_stock"},
    {"action": "add", "item_name": "Gear"},
    {"operation": "add_multiple", "items": [{"type": "inventory", "name": "Gear"}]},
    {"operation": "remove_multiple", "items": ["inv-a"]},
    {"operation": "update_multiple", "items": [{"id": "inv-a", "current_stock": 1}]},
)
INSUFFICIENT: tuple[Mapping[str, object], ...] = (
    {},
    {"context": "Q1 planning"},
    {"item_type": "supplier"},
    {"count": 3},
    {"action": ""},
    {"action": 7},
    {"action": "analyze"},
    {"action": "recommend"},
    {"historical_data": [{"id": "a", "historical_demand": [1, 2, 3]}]},
    {"forecast_periods": 12},
)


@pytest.mark.parametrize("context", SUFFICIENT, ids=str)
def test_what_the_context_says_in_full_is_done_whatever_the_words_are(
    context: Mapping[str, object], items: Sequence[Item], types: ItemTypes
) -> None:
    assert is_structured(context)
    assert not outcome_of("Forecast demand", items, types, context).nothing


@pytest.mark.parametrize("context", INSUFFICIENT, ids=str)
def test_where_the_context_leaves_it_to_the_words_they_count(
    context: Mapping[str, object], items: Sequence[Item], types: ItemTypes
) -> None:
    assert not is_structured(context)
    assert outcome_of("Remove Product A", items, types, context).removed == ("inv-a",)


def test_an_action_nobody_knows_needs_no_words_to_be_refused(items: Sequence[Item], types: ItemTypes) -> None:
    context = {"action": "frobnicate"}

    assert is_structured(context)
    assert outcome_of("Remove Product A", items, types, context).understanding.refusal
