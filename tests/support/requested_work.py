"""What a request in words may bring about, and in which order it is told."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.daemon import Client
from tests.support.model_replies import Call

AGENTS: Final = {
    "inventory_management": "inventory_agent",
    "supplier_management": "supplier_agent",
    "forecasting": "forecasting_agent",
    "general": "general_agent",
}


def orders(last_words: str) -> Mapping[str, re.Pattern[str]]:
    """By intent: the types of responses in their order, from behind the intent on. Work ends with `last_words`."""
    work = (
        "( content)*"
        "( item_creation( item_added| progress)*"
        "| item_removal( item_removed| progress)*"
        "| item_update( item_updated| field_changed| progress)*)*" + last_words
    )
    return {
        "inventory_management": re.compile(f"inventory_analysis analysis_results{work} complete"),
        "supplier_management": re.compile(f"supplier_analysis supplier_results{work} complete"),
        "forecasting": re.compile(f"forecasting_analysis forecast_results{work} complete"),
        "general": re.compile(f"general_processing{work} general_complete complete"),
    }


async def in_the_store(client: Client) -> dict[str, dict[str, object]]:
    listed = await client.ask(type="list_items", limit=1000)
    assert not listed["more"]
    return {item["id"]: item for item in listed["items"]}


def check_changes(
    before: Mapping[str, Mapping[str, object]],
    after: Mapping[str, Mapping[str, object]],
    expected: Mapping[str, Any],
) -> None:
    """That just what was asked for was added, removed and changed."""
    new = [item for item_id, item in after.items() if item_id not in before]
    for wanted in expected.get("added", []):
        fields = {"type": wanted["type"], **wanted.get("fields", {})}
        for _ in range(wanted["count"]):
            new.remove(next(item for item in new if fields.items() <= item.items()))
    assert not new, "more was added than was asked for"
    assert sorted(set(before) - set(after)) == sorted(expected.get("removed", []))
    changed = {
        item_id: {
            name: after[item_id].get(name)
            for name in {*item, *after[item_id]}
            if item.get(name) != after[item_id].get(name)
        }
        for item_id, item in before.items()
        if item_id in after and item != after[item_id]
    }
    assert changed == expected.get("changed", {})


def calls(expected: Mapping[str, Any]) -> Iterator[Call]:
    """The tools that a model asks for who has understood the request."""
    if added := expected.get("added"):
        items = [
            {"type": wanted["type"], "name": f"Telling name {number}", **wanted.get("fields", {})}
            for wanted in added
            for number in range(wanted["count"])
        ]
        yield Call("add_items", {"items": items}, "toolu_a")
    if removed := expected.get("removed"):
        yield Call("remove_items", {"item_ids": removed, "reason": "as asked"}, "toolu_r")
    if changed := expected.get("changed"):
        edits = [{"item_id": item_id, "set": fields} for item_id, fields in changed.items()]
        yield Call("change_items", {"edits": edits}, "toolu_c")
