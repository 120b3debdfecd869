"""Phrases of agents: when a request means an agent, and when it means items all the same."""

from typing import Final

import pytest

from streamd.core.item import item_of
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import AddItems, RemoveItems, Understanding
from streamd.language import understand

PHRASES: Final = {
    "stock_count": ("count the stock", "take stock", "walk the shelves"),
    "restocking": ("restock the shelves", "walk the shelves of spare parts"),
}
ITEMS: Final = [
    item_of({"id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 4}),
    item_of({"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 90}),
]


def meant(text: str, types: ItemTypes, **context: object) -> Understanding:
    return understand(text, context, ITEMS, types, PHRASES)


@pytest.mark.parametrize(
    "text",
    [
        "Count the stock",
        "count our stock!",
        "Please count the stock, thanks",
        "Could you please count the stocks now?",
        "We have to count the stocks today",
        "TAKE STOCK.",
        "Hello team, walk the shelves for me",
    ],
)
def test_a_request_that_says_a_phrase_and_nothing_else_means_its_agent(text: str, types: ItemTypes) -> None:
    found = meant(text, types)

    assert found.intent.primary_intent == "stock_count"
    assert found.plan == ("stock_count",)
    assert (found.calls, found.reply, found.refusal) == ((), "", "")


@pytest.mark.parametrize(
    "text",
    [
        "Count the stock of Copper Wire",
        "How often must we take stock?",
        "Show me what is low on stock",
        "Walk the shelves and remove Copper Wire",
        "Remove Copper Wire and walk the shelves",
        "Add 2 suppliers, then take stock",
        "Does the policy say who may count the stock?",
    ],
)
def test_no_phrase_swallows_what_a_request_says_besides(text: str, types: ItemTypes) -> None:
    with_phrases, without = meant(text, types), understand(text, {}, ITEMS, types)

    assert with_phrases == without


def test_a_request_that_goes_on_behind_a_phrase_means_its_agent_where_it_says_nothing_of_items(
    types: ItemTypes,
) -> None:
    found = meant("Please walk the shelves in hall B before Tuesday", types)

    assert found.intent.primary_intent == "stock_count"
    assert found.intent.confidence == 0.8


def test_the_longer_of_two_phrases_is_meant(types: ItemTypes) -> None:
    assert meant("Walk the shelves of spare parts", types).intent.primary_intent == "restocking"
    assert meant("Walk the shelves of spare parts in hall B", types).intent.primary_intent == "restocking"


def test_a_phrase_that_is_an_order_to_the_rules_changes_nothing_by_itself(types: ItemTypes) -> None:
    phrases = {"cleaning": ("remove all items",)}
    found = understand("Remove all items", {}, ITEMS, types, phrases)

    assert (found.intent.primary_intent, found.calls) == ("cleaning", ())
    assert isinstance(understand("Remove all items", {}, ITEMS, types).calls[0], RemoveItems)


def test_several_parts_make_a_plan_of_agents_and_domains_in_the_order_asked(types: ItemTypes) -> None:
    found = meant("Walk the shelves, then forecast the demand and restock the shelves", types)

    assert found.plan == ("stock_count", "forecasting", "restocking")
    assert (found.calls, found.refusal) == ((), "")


def test_a_context_that_says_what_to_do_wins_over_any_phrase(types: ItemTypes) -> None:
    found = meant("Count the stock", types, operation="add", items=[{"type": "note", "name": "One"}])

    assert isinstance(found.calls[0], AddItems)
    assert found.intent.primary_intent != "stock_count"


def test_a_preference_beside_a_phrase_is_noted(types: ItemTypes) -> None:
    found = meant("I prefer suppliers from Europe. Count the stock", types)

    assert found.preference is not None
    assert found.intent.primary_intent == "stock_count"


def test_a_page_of_text_is_no_call_for_an_agent(types: ItemTypes) -> None:
    page = "Take stock of what follows. " + "The hall is large and has many doors. " * 50

    assert meant(page, types).intent.primary_intent != "stock_count"
