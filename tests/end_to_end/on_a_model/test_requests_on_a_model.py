"""The sample requests through a language model that asks for tools, and what everybody hears of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from tests.support.daemon import Daemon, Message
from tests.support.following import is_in_order
from tests.support.model_replies import Call, Reply, Tokens, called, said
from tests.support.requested_work import AGENTS, calls, check_changes, in_the_store, orders
from tests.support.samples import SAMPLE_ITEMS, SAMPLE_REQUESTS
from tests.support.scripted_model import Scripted, ask, kinds, results, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("A6", "A8", "C1")]


PRICES: Final = """
[prices]
"claude-sonnet-5-5" = { input = 3, output = 5, cache_write = 7, cache_read = 11 }
"claude-haiku-5-5" = { input = 0.5, output = 2, cache_write = 0, cache_read = 0 }
"""
FILES: Final = {"config.toml": PRICES}
SORTING_USD: Final = (12 * 0.5 + 34 * 2) / 1e6
TURN: Final = Tokens(input=1000, output=100, cache_write=10, cache_read=1)
TURN_USD: Final = (1000 * 3 + 100 * 5 + 10 * 7 + 1 * 11) / 1e6

ORDER: Final = orders("( content)+")


def check_events(events: Sequence[Message], told: Sequence[Message], intent: str) -> None:
    """What everybody hears is what the requester is told of it, and the end sums it up."""
    work = [response for response in told if "item_id" in response]
    assert [(event["event_type"], event["item_id"]) for event in events] == [
        (response["type"], response["item_id"]) for response in work
    ]
    assert {event["agent_id"] for event in events} <= {AGENTS[intent]}
    assert {event["run_id"] for event in events} <= {told[0]["run_id"]}
    summary = told[-1]["data"]
    assert summary["added"] == [event["item_id"] for event in events if event["event_type"] == "item_added"]
    assert summary["removed"] == [
        event["item_id"] for event in events if event["event_type"] == "item_removed"
    ]
    assert set(summary["changed"]) == {
        event["item_id"] for event in events if event["event_type"] in ("field_changed", "item_updated")
    }


async def check_row(daemon: Daemon, workspace: str, model: Scripted, row: Mapping[str, Any]) -> None:
    expected = row["expect"]
    intent = expected.get("intent", "general")
    wanted = list(calls(expected))
    answer = f"So it is. {' '.join(expected.get('reply_mentions', ['Done']))}."
    replies: list[Reply] = [called(*wanted, text=("I ", "see. "), tokens=TURN)] if wanted else []
    model.says(*replies, said(*re.findall(r"\S+\s*", answer), tokens=TURN), intent=intent)
    async with daemon.client(workspace=workspace) as asking, daemon.client(workspace=workspace) as watching:
        await asking.ask(type="bulk", operation="add_multiple", items=SAMPLE_ITEMS)
        before = await in_the_store(asking)
        await asking.heard(len(before))
        known = len(asking.events)
        told = await ask(asking, row["say"], context=row.get("context", {}))
        after = await in_the_store(asking)
        check_changes(before, after, expected)
        top = (await asking.ask(type="list_items", limit=1))["seq"]
        await asking.heard(top)
        await watching.heard(top)
        assert watching.events == asking.events
        assert watching.items == asking.items == after
        assert is_in_order(told)
        if "context" in row:
            assert (told[0]["model"], told[-1]["model"]) == ("offline", "offline")
            assert not model.api.requests, "what the context says needs no model"
            assert "usage" not in told[-1]["data"]
            return
        check_events(asking.events[known:], told, intent)
    assert kinds(told)[:2] == ["start", "intent_analysis"]
    assert told[1]["intent"]["primary_intent"] == intent
    assert ORDER[intent].fullmatch(" ".join(kinds(told)[2:])), kinds(told)
    assert (told[0]["model"], told[-1]["model"]) == ("claude-sonnet-5-5", "claude-sonnet-5-5")
    assert text(told).endswith(answer)
    assert told[-1]["message"]
    if not wanted:
        assert told[-1]["message"] == answer, "the message of the end is the answer"
    check_asked(model, row, wanted)
    turns = 1 + len(replies)
    assert told[-1]["data"]["usage"] == {
        "input_tokens": 12 + 1000 * turns,
        "output_tokens": 34 + 100 * turns,
        "cache_write_tokens": 10 * turns,
        "cache_read_tokens": turns,
        "cost_usd": pytest.approx(SORTING_USD + TURN_USD * turns, abs=1e-6),
        "estimated": False,
    }


def check_asked(model: Scripted, row: Mapping[str, Any], wanted: Sequence[Call]) -> None:
    (sorting,) = model.sorted
    assert sorting.body["model"] == "claude-haiku-5-5"
    assert sorting.words == row["say"]
    assert row["say"] in model.asked[0].words
    for asked in model.asked:
        first = asked.body["messages"][0]["content"][0]["text"]
        assert first == model.asked[0].words
        assert asked.body["model"] == "claude-sonnet-5-5"
        assert "reorder_point" in asked.body["system"][0]["text"], "fields of the item types"
        assert "low_stock" in asked.body["system"][0]["text"], "and their criteria"
        assert {tool["name"] for tool in asked.body["tools"]} >= {"add_items", "change_items", "remove_items"}
        assert "tool_choice" not in asked.body
    if wanted:
        for call, result in zip(wanted, results(model.asked[1]), strict=True):
            assert result["tool_use_id"] == call.tool_use_id
            assert not result["is_error"]
        assert model.asked[1].body["messages"][-2]["content"][-1]["name"] == wanted[-1].name


@pytest.mark.parametrize("row", SAMPLE_REQUESTS, ids=lambda row: row["say"])
async def test_a_sample_request_does_through_a_model_what_the_file_says(
    daemon: Daemon, workspace: str, model: Scripted, row: Mapping[str, Any]
) -> None:
    await check_row(daemon, workspace, model, row)
