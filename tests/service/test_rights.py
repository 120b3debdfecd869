"""What a principal may not do, no message, address, topic or undo does: over real sockets, beside one who may everything."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import attrs
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

import streamd.service
from streamd.config import WsOptions
from streamd.core.principal import RIGHTS, Principal, Right
from streamd.core.run import Response
from streamd.core.tool_calls import AddItems
from streamd.edge.ws.listener import open_listener
from streamd.engine.engine import Engine
from streamd.ports.agent import Agent, Run
from streamd.service import USE_CASES, Service
from streamd.stores.memory import open_memory
from tests.support.daemon import Client
from tests.support.engines import engine_on

OTHERS = "vault"
OWN = "hall"


async def _adds(run: Run) -> AsyncGenerator[Response, None]:
    await run.items()
    await run.carry_out([AddItems(({"type": "note", "name": "made by an agent"},))])
    yield Response("general_complete", "Done.")


async def _asks(run: Run) -> AsyncGenerator[Response, None]:
    await run.ask("Really?")
    await run.carry_out([AddItems(({"type": "note", "name": "approved"},))])
    yield Response("general_complete", "Done.")


async def _remembers(run: Run) -> AsyncGenerator[Response, None]:
    found = await run.recall("secret plans", limit=20)
    yield Response("general_complete", ", ".join(memory.text for memory in found))


async def _adds_later(run: Run) -> AsyncGenerator[Response, None]:
    await run.carry_out([AddItems(({"type": "note", "name": "after the pause"},))])
    yield Response("general_complete", "Went on.")


AGENTS = (
    Agent("adder", _adds),
    Agent("asker", _asks),
    Agent("pauses", _adds_later, interrupt_before=frozenset({"work"})),
    Agent("remembers", _remembers),
)


@attrs.define
class Place:
    """A listener whose clients are who their address says."""

    engine: Engine
    service: Service
    url: str
    principals: dict[str, Principal]

    @asynccontextmanager
    async def client(self, who: str, workspace: str, **query: object) -> AsyncIterator[Client]:
        address = f"{self.url}/?{urlencode({'user_id': who, 'workspace': workspace, **query})}"
        async with connect(address) as socket:
            client = Client(socket)
            client.greeting = await client.next()
            yield client


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    principals = {"root": root()}
    async with open_memory() as store, engine_on(store, None, *AGENTS) as engine:
        service = Service(engine)
        async with open_listener(
            service, WsOptions(port=0), principal_for=lambda params: principals[params.user_id or "root"]
        ) as listener:
            yield Place(engine, service, listener.address, principals)


@pytest.fixture
async def vault(place: Place) -> dict[str, Any]:
    """Something of everything in a workspace that a guest may not enter."""
    async with place.client("root", OTHERS) as root:
        item = await root.ask(type="add_item", item={"type": "note", "name": "secret"}, id="secret")
        await root.ask(type="memory", action="set_preference", key="note", value="keep it secret")
        await root.send(type="user_request", user_input="go", agent="asker", thread_id="t-1")
        asked = await root.until(lambda message: message.get("type") == "interrupt")
        state = await root.ask(type="thread", thread_id="t-1")
    return {
        "seq": item["seq"],
        "run_id": asked["run_id"],
        "interrupt_id": asked["interrupt"]["interrupt_id"],
        "checkpoint_id": state["checkpoint"]["checkpoint_id"],
    }


def root() -> Principal:
    return Principal("root", authenticated=True, workspaces=None, rights=frozenset(RIGHTS))


def guest(place: Place, *rights: Right) -> None:
    place.principals["guest"] = Principal(
        "guest", authenticated=True, workspaces=frozenset({OWN}), rights=frozenset(rights)
    )


MESSAGES: dict[str, dict[str, Any]] = {
    "get_item": {"item_id": "secret"},
    "list_items": {},
    "snapshot": {},
    "export": {},
    "add_item": {"item": {"type": "note", "name": "mine"}},
    "change_item": {"item_id": "secret", "set": {"name": "changed"}},
    "remove_item": {"item_id": "secret"},
    "publish": {"event_type": "shout", "data": {}},
    "bulk": {"operation": "remove_multiple", "items": ["secret"]},
    "import": {"text": "Type,Name\nnote,imported\n"},
    "undo": {"seq": 1},
    "user_request": {"user_input": "go", "agent": "adder"},
    "multi_agent_request": {"request": {"query": "go"}},
    "attach": {"thread_id": "t-1"},
    "cancel": {"thread_id": "t-1"},
    "respond": {"interrupt_id": "?", "decision": "approve"},
    "list_interrupts": {},
    "thread": {"thread_id": "t-1"},
    "memory": {"action": "list"},
    "get_progress": {},
    "subscribe": {"topics": ["runs", "progress", "quality"]},
    "unsubscribe": {"topics": ["items"]},
}
"""One of each message that asks for something."""

RIGHT_OF: dict[str, Right] = {
    **dict.fromkeys(
        (
            "get_item", "list_items", "snapshot", "export", "attach", "list_interrupts", "thread", "memory",
            "get_progress", "subscribe", "unsubscribe",
        ),
        "read",
    ),
    **dict.fromkeys(("add_item", "change_item", "remove_item", "publish", "bulk", "import", "undo"), "edit"),
    **dict.fromkeys(("user_request", "multi_agent_request", "cancel"), "request"),
    "respond": "respond",
}  # fmt: skip


def test_every_function_that_the_service_offers_is_a_use_case_with_a_right() -> None:
    offered = {
        name
        for name in vars(streamd.service)
        if inspect.isfunction(getattr(streamd.service, name)) and not name.startswith("_")
    }
    # These only name what others open, or let go of something.
    assert offered - set(USE_CASES) == {
        "agents_filter", "feed_stream", "item_view", "new_item_id", "unwatch_runs",
    }  # fmt: skip
    assert set(USE_CASES.values()) <= set(RIGHTS)


async def test_an_address_of_a_workspace_that_one_may_not_enter_is_refused(place: Place) -> None:
    guest(place, *RIGHTS)
    address = f"{place.url}/?{urlencode({'user_id': 'guest', 'workspace': OTHERS, 'snapshot': 1})}"
    async with connect(address) as socket:
        first = orjson.loads(await socket.recv())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert (first["type"], first["code"]) == ("error", "forbidden")
    assert socket.close_code == 4507


async def test_hello_leads_into_no_workspace_that_one_may_not_enter(place: Place) -> None:
    guest(place, *RIGHTS)
    async with place.client("guest", OWN) as client, place.client("root", OTHERS) as root:
        refused = await client.ask(type="hello", workspace=OTHERS, snapshot=True)
        assert refused["code"] == "forbidden"
        await root.ask(type="add_item", item={"type": "note", "name": "another secret"})
        added = await client.ask(type="add_item", item={"type": "note", "name": "mine"})
        await client.heard(added["seq"])
    assert [event["workspace"] for event in client.events] == [OWN]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "attach", "run_id": "run_id"},
        {"type": "attach", "thread_id": "t-1"},
        {"type": "cancel", "run_id": "run_id"},
        {"type": "undo", "run_id": "run_id"},
        {"type": "undo", "seq": "seq"},
        {"type": "respond", "interrupt_id": "interrupt_id", "decision": "approve"},
        {"type": "thread", "thread_id": "t-1"},
        {"type": "thread", "thread_id": "t-1", "action": "history"},
        {"type": "thread", "thread_id": "t-1", "action": "update", "values": {"a": 1}},
        {"type": "thread", "thread_id": "t-1", "action": "rewind", "checkpoint_id": "checkpoint_id"},
        {"type": "thread", "thread_id": "t-1", "action": "fork", "to_thread_id": "mine"},
        {"type": "get_item", "item_id": "secret"},
        {"type": "change_item", "item_id": "secret", "set": {"name": "x"}},
    ],
    ids=lambda message: " ".join(map(str, message.values())),
)
async def test_nothing_of_another_workspace_is_reached_by_its_id(
    message: dict[str, Any], place: Place, vault: dict[str, Any]
) -> None:
    guest(place, *RIGHTS)
    filled = {key: vault.get(str(value), value) for key, value in message.items()}
    async with place.client("guest", OWN) as client:
        refused = await client.ask(**filled)
    assert (refused["type"], refused["code"]) == ("error", "not_found")


async def test_lists_topics_and_memories_hold_nothing_of_another_workspace(
    place: Place, vault: dict[str, Any]
) -> None:
    del vault
    guest(place, *RIGHTS)
    async with place.client("guest", OWN) as client, place.client("root", OTHERS) as root:
        await client.ask(type="subscribe", topics=["runs", "progress", "quality"])
        await root.send(type="user_request", user_input="go", agent="adder")
        await root.until(lambda message: message.get("type") == "complete")
        replies = [
            await client.ask(type="list_items"),
            await client.ask(type="export"),
            await client.ask(type="snapshot"),
            await client.ask(type="list_interrupts"),
            await client.ask(type="memory", action="list"),
            await client.ask(type="memory", action="export"),
            await client.ask(type="get_progress", history=100),
        ]
    seen = orjson.dumps([replies, client.events, client.feeds, client.responses]).decode()
    assert "secret" not in seen
    assert "run_seq" not in seen
    assert "asker" not in seen


@pytest.mark.parametrize("right", ["read", "edit", "request", "respond"])
async def test_a_right_opens_what_it_says_and_nothing_else(right: Right, place: Place) -> None:
    guest(place, "read", right)
    async with place.client("guest", OWN) as client:
        place.principals["guest"] = root()  # only the connection's own counts from now on
        for message, needed in RIGHT_OF.items():
            await client.send(**{"type": message, **MESSAGES[message]}, request_id=message)
            reply = await client.until(lambda told, message=message: told.get("request_id") == message)  # type: ignore[misc]
            is_forbidden = reply.get("code") == "forbidden"
            assert is_forbidden == (needed not in ("read", right)), message


async def test_without_the_right_to_read_nothing_is_read_by_editing_or_asking(place: Place) -> None:
    guest(place, "edit", "request", "respond", "admin")
    address = f"{place.url}/?{urlencode({'user_id': 'guest', 'workspace': OWN})}"
    async with connect(address) as socket:
        assert orjson.loads(await socket.recv())["code"] == "forbidden"


async def test_agents_do_for_a_principal_only_what_that_principal_may(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("guest", OWN) as client:
        told = await client.request("go", {})
        assert told[-1]["type"] == "error"  # nobody takes it without an agent named
        await client.send(type="user_request", user_input="go", agent="adder")
        last = await client.until(lambda message: message.get("type") in ("complete", "error"))
        items = await client.ask(type="list_items")
    assert (last["type"], last["code"]) == ("error", "forbidden")
    assert items["items"] == []


async def test_an_answer_of_somebody_else_lends_the_run_no_rights(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("guest", OWN) as client, place.client("root", OWN) as root:
        await client.send(type="user_request", user_input="go", agent="asker")
        asked = await client.until(lambda message: message.get("type") == "interrupt")
        own = await client.ask(
            type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve"
        )
        assert own["code"] == "forbidden"
        await root.send(type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve")
        last = await root.until(lambda message: message.get("type") in ("complete", "error"))
        items = await root.ask(type="list_items")
    assert (last["type"], last["code"]) == ("error", "forbidden")
    assert items["items"] == []


async def test_who_may_not_answer_a_question_does_not_answer_it_by_going_on(place: Place) -> None:
    guest(place, "read", "request", "edit")
    async with place.client("guest", OWN) as client, place.client("root", OWN) as root:
        await client.send(type="user_request", user_input="go", agent="pauses", thread_id="t")
        asked = await client.until(lambda message: message.get("type") == "interrupt")
        assert asked["interrupt"]["reason"] == "breakpoint"
        await client.send(
            type="user_request", user_input="go on", agent="pauses", thread_id="t", request_id="on"
        )
        again = await client.until(lambda message: message.get("type") in ("interrupt", "complete", "error"))
        assert again["type"] == "interrupt"
        assert (await client.ask(type="list_items"))["items"] == []
        await root.send(type="user_request", user_input="go on", agent="pauses", thread_id="t")
        await root.until(lambda message: message.get("type") == "complete")
        assert [item["name"] for item in (await root.ask(type="list_items"))["items"]] == ["after the pause"]


async def test_agents_remember_for_a_principal_only_what_that_principal_may_read(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("root", OWN) as root, place.client("guest", OWN) as client:
        await root.ask(type="memory", action="set_preference", key="plans", value="secret plans of root")
        said = []
        for one in (root, client):
            await one.send(type="user_request", user_input="go", agent="remembers")
            last = await one.until(lambda message: message.get("type") in ("complete", "error"))
            said.append(last["message"])
    assert "secret plans of root" in said[0]
    assert "secret plans of root" not in said[1]


async def test_a_refused_hello_changes_nothing_about_who_one_is(place: Place) -> None:
    place.principals["guest"] = Principal(
        "guest", authenticated=False, workspaces=frozenset({OWN}), rights=frozenset(RIGHTS)
    )
    async with place.client("guest", OWN) as client:
        refused = await client.ask(type="hello", workspace=OTHERS, user_id="somebody")
        assert refused["code"] == "forbidden"
        added = await client.ask(type="add_item", item={"type": "note", "name": "mine"})
        await client.heard(added["seq"])
    assert [event["user_id"] for event in client.events] == ["guest"]


async def test_what_others_said_and_prefer_is_for_those_who_administer(place: Place) -> None:
    guest(place, "read", "request")
    place.principals["chief"] = Principal(
        "chief",
        authenticated=True,
        workspaces=frozenset({OWN}),
        rights=frozenset({"read", "request", "admin"}),
    )
    async with place.client("root", OWN) as root:
        await root.ask(type="memory", action="set_preference", key="note", value="likes it quiet")
    async with place.client("guest", OWN) as client, place.client("chief", OWN) as chief:
        await client.ask(type="memory", action="set_preference", key="note", value="likes it loud")
        listed = await client.ask(type="memory", action="list")
        everybody = await client.ask(type="memory", action="clear")
        own = await client.ask(type="memory", action="clear", user_id="guest")
        named = await chief.ask(type="memory", action="list", user_id="root")
        cleared_root = await chief.ask(type="memory", action="clear", user_id="root")
        cleared = await chief.ask(type="memory", action="clear", user_id="nobody")
    assert [memory["text"] for memory in listed["memories"]] == ["likes it loud"]
    assert everybody["code"] == "forbidden"
    assert [memory["text"] for memory in named["memories"]] == ["likes it quiet"]
    assert (own["count"], cleared_root["count"], cleared["count"]) == (1, 1, 0)


async def test_calls_and_refusals_are_counted_by_use_case(place: Place) -> None:
    guest(place, "read")
    async with place.client("guest", OWN) as client:
        await client.ask(type="list_items")
        await client.ask(type="get_item", item_id="nowhere")
        await client.ask(type="add_item", item={"type": "note", "name": "mine"})
    assert place.service.calls["list_items"] == 1
    assert place.service.refusals["get_item", "not_found"] == 1
    assert place.service.refusals["edit_item", "forbidden"] == 1
