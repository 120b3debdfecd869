"""What people say, said to the real daemon, does what they mean; and who asked hears of it all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import is_in_order
from tests.support.requested_work import AGENTS, check_changes, in_the_store, orders
from tests.support.samples import SAMPLE_ITEMS, SAMPLE_REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("A6", "A8")]


GIVEN: Final[Sequence[Mapping[str, object]]] = [
    {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 5, "reorder_point": 10, "max_stock": 50},
    {"id": "nut", "type": "inventory", "name": "Nut", "current_stock": 40, "reorder_point": 10, "max_stock": 50},
    {"id": "acme", "type": "supplier", "name": "Acme", "reliability_score": 90},
    {"id": "memo", "type": "note", "name": "Memo", "text": "call Acme"},
]  # fmt: skip
OURS: Final[Sequence[Mapping[str, Any]]] = [
    {"say": "Add two suppliers", "expect": {"added": [{"type": "supplier", "count": 2}], "intent": "supplier_management"}},
    {"say": "Remove all low stock items", "expect": {"removed": ["bolt"], "intent": "inventory_management"}},
    {"say": "Set the stock of Nut to 7", "expect": {"changed": {"nut": {"current_stock": 7}}}},
    {"say": "Rename Nut to Wing Nut", "expect": {"changed": {"nut": {"name": "Wing Nut"}}}},
    {"say": "Remove the item named Nothing", "expect": {"reply_mentions": ["Nothing"]}},
    {"say": "Delete the note Memo", "expect": {"removed": ["memo"], "intent": "general"}},
    {"say": "", "context": {"item_type": "inventory", "count": 3}, "expect": {"added": [{"type": "inventory", "count": 3}]}},
]  # fmt: skip

ORDER: Final = orders("( content)*")
_workspaces = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with running(tmp_path_factory.mktemp("daemon")) as one:
        yield one


async def filled(client: Client, given: Sequence[Mapping[str, object]]) -> None:
    ack = await client.ask(type="bulk", operation="add_multiple", items=given)
    assert (ack["done"], ack["refused"]) == (len(given), 0)
    await up_to_date(client)


async def up_to_date(client: Client) -> None:
    await client.heard((await client.ask(type="list_items", limit=1))["seq"])


def check_responses(told: Sequence[Message], intent: str) -> None:
    types = [response["type"] for response in told]
    assert types[:2] == ["start", "intent_analysis"]
    assert ORDER[intent].fullmatch(" ".join(types[2:])), types
    assert is_in_order(told)
    assert len({(response["run_id"], response["thread_id"]) for response in told}) == 1
    for response in told:
        if response["type"] == "content":
            assert response["content"]
            assert isinstance(response["timestamp"], int)
        else:
            assert response["message"]
            assert response["timestamp"].endswith("Z")
        assert "event_type" not in response
        assert "seq" not in response


def check_events(events: Sequence[Message], told: Sequence[Message], intent: str) -> None:
    work = [response for response in told if "item_id" in response]
    assert [(event["event_type"], event["item_id"]) for event in events] == [
        (response["type"], response["item_id"]) for response in work
    ]
    for event in events:
        assert event["agent_id"] == AGENTS[intent]
        assert event["user_id"] == "u1"
        assert event["run_id"] == told[0]["run_id"]
        assert "type" not in event
    summary = told[-1]["data"]
    for kind, name in (("item_added", "added"), ("item_removed", "removed")):
        assert summary[name] == [event["item_id"] for event in events if event["event_type"] == kind]
    changes = [
        event["item_id"] for event in events if event["event_type"] in ("item_updated", "field_changed")
    ]
    assert summary["changed"] == list(dict.fromkeys(changes))
    for event in events:
        if event["event_type"] == "item_removed":
            assert event["data"]["reason"]


async def check_request(
    daemon: Daemon, given: Sequence[Mapping[str, object]], row: Mapping[str, Any]
) -> None:
    workspace = f"request-{next(_workspaces)}"
    async with daemon.client(workspace=workspace) as asking, daemon.client(workspace=workspace) as watching:
        await filled(asking, given)
        before = await in_the_store(asking)
        known = len(asking.events)

        await asking.send(
            type="user_request", user_input=row["say"], context=row.get("context", {}), user_id="u1"
        )
        told: list[Message] = []
        while not told or told[-1]["type"] != "complete":
            told.append(await asking.until(lambda message: "run_seq" in message))

        after = await in_the_store(asking)
        await up_to_date(asking)
        await up_to_date(watching)
        expected = row["expect"]
        intent = told[1]["intent"]["primary_intent"]
        assert intent == expected.get("intent", intent)
        check_changes(before, after, expected)
        check_responses(told, intent)
        check_events(asking.events[known:], told, intent)
        assert watching.events == asking.events
        assert watching.items == asking.items == after
        assert not [response for response in watching.responses if "run_seq" in response]
        said = " ".join(response.get("message", "") for response in told[2:]).replace(",", "")
        content = "".join(response.get("content", "") for response in told).replace(",", "")
        for words in expected.get("reply_mentions", []):
            assert words in said
            assert words in content
            assert words in told[-1]["message"].replace(",", "")


@pytest.mark.parametrize("row", OURS, ids=[row["say"] or "in context" for row in OURS])
async def test_a_request_does_what_it_says_and_everyone_sees_it(
    daemon: Daemon, row: Mapping[str, Any]
) -> None:
    await check_request(daemon, GIVEN, row)


@pytest.mark.parametrize("row", SAMPLE_REQUESTS, ids=lambda row: row["say"])
async def test_a_sample_request_does_what_the_file_says_and_everyone_sees_it(
    daemon: Daemon, row: Mapping[str, Any]
) -> None:
    await check_request(daemon, SAMPLE_ITEMS, row)


async def test_a_run_repeats_the_request_id_and_the_thread_that_it_was_given(daemon: Daemon) -> None:
    async with daemon.client(workspace="ids") as client:
        await client.send(
            type="user_request", user_input="Add an item named Cog", request_id=7, thread_id="t-1"
        )
        last = await client.until(lambda message: message.get("type") == "complete")
        for response in client.responses[1:]:
            assert response["request_id"] == 7
            assert response["thread_id"] == "t-1"
        assert last["data"]["added"]


async def test_requests_of_several_clients_at_once_keep_their_responses_apart(daemon: Daemon) -> None:
    async with (
        daemon.client(workspace="apart", user_id="ann") as ann,
        daemon.client(workspace="apart", user_id="bob") as bob,
    ):
        await ann.send(type="user_request", user_input="Add 30 inventory items", request_id="a")
        await bob.send(type="user_request", user_input="Create 20 suppliers", request_id="b")
        for client, wanted, request_id in ((ann, 30, "a"), (bob, 20, "b")):
            last = await client.until(lambda message: message.get("type") == "complete")
            assert len(last["data"]["added"]) == wanted
            await client.heard(50)
            told = [response for response in client.responses if "run_seq" in response]
            assert {response["request_id"] for response in told} == {request_id}
        assert ann.events == bob.events
        assert [event["user_id"] for event in ann.events].count("ann") == 30
