"""What a principal may not do, no message, address, topic or undo does: over real sockets, beside one who may everything."""

import inspect
import re
from collections.abc import AsyncIterator, Mapping
from itertools import combinations
from typing import Any, Final
from urllib.parse import urlencode

import attrs
import orjson
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

import streamd.service
from streamd.core.principal import RIGHTS, Principal, Right
from streamd.errors import ForbiddenError
from streamd.service import USE_CASES, Actor
from streamd.wire.codec import MESSAGES
from tests.support.daemon import ROOT, Client, Message
from tests.support.guarded import OTHERS, OWN, Place, guest, open_place, root


@attrs.frozen
class Row:
    """One thing to ask for, and the rights that it needs beside `read`."""

    message: Mapping[str, Any]
    """A value such as `$run_id` stands for what a workspace has under this name."""
    needs: frozenset[Right]

    def __str__(self) -> str:
        return " ".join(str(value) for value in self.message.values())

    @property
    def names_something(self) -> bool:
        """Whether it is about one thing that there has to be."""
        return any(str(value).startswith("$") for value in self.message.values())

    def filled(self, known: Mapping[str, object]) -> dict[str, Any]:
        """The message about what is known, or about what is not there."""
        nowhere = {"$seq": 1_000}
        return {
            key: known.get(str(value), nowhere.get(str(value), value)) for key, value in self.message.items()
        }


def row(kind: str, *needs: Right, **keys: object) -> Row:
    return Row({"type": kind, **keys}, frozenset(needs))


NOTE: Final = {"type": "note", "name": "mine"}
ROWS: Final = (
    row("ping"),
    row("hello", "read", workspace=OWN, snapshot=True),
    row("describe", "read"),
    row("get_item", "read", item_id="$item_id"),
    row("history", "read", item_id="$item_id"),
    row("list_items", "read"),
    row("list_items", "read", where=[["name", "contains", "classified"]]),
    row("list_items", "read", at=1),
    row("snapshot", "read"),
    row("export", "read"),
    row("subscribe", "read", topics=["items"]),
    row("subscribe", "read", topics=["runs"]),
    row("subscribe", "read", topics=["progress", "quality"]),
    row("unsubscribe", "read", topics=["items"]),
    row("get_progress", "read", history=100),
    row("attach", "read", run_id="$run_id"),
    row("attach", "read", thread_id="$thread_id"),
    row("list_interrupts", "read"),
    row("list_interrupts", "read", thread_id="t-1"),
    row("list_threads", "read"),
    row("list_threads", "read", query="classified"),
    row("list_runs", "read"),
    row("usage", "read"),
    row("usage", "read", "admin", user_id="somebody else"),
    row("list_runs", "read", thread_id="t-1"),
    row("thread", "read", thread_id="$thread_id"),
    row("thread", "read", thread_id="$thread_id", checkpoint_id="$checkpoint_id"),
    row("thread", "read", thread_id="$thread_id", action="history"),
    row("memory", "read", action="search", query="classified"),
    row("memory", "read", action="list"),
    row("memory", "read", action="list", user_id="root"),
    row("memory", "read", action="export"),
    row("add_item", "edit", item=NOTE),
    row("change_item", "edit", item_id="$item_id", set={"name": "changed"}),
    row("remove_item", "edit", item_id="$item_id"),
    row("publish", "edit", event_type="shout", data={}, item_id="item-9"),
    row("bulk", "edit", operation="remove_multiple", items=["item-9"]),
    row(
        "bulk", "edit", operation="update_multiple", items=[{"id": "item-9", "name": "changed"}], atomic=True
    ),
    row("import", "edit", text="Type,Name\nnote,imported\n"),
    row("import", "edit", text="Type,Name\nnote,imported\n", dry_run=True),
    row("import", "edit", text="Type,Name\nnote,imported\n", upload="file", part=1, more=True),
    row("undo", "edit", run_id="$run_id"),
    row("undo", "edit", seq="$seq"),
    row("user_request", "request", user_input="go", agent="says"),
    row("user_request", "request", user_input="go", agent="says", thread_id="t-1"),
    row("user_request", "request", user_input="yes", thread_id="t-1"),
    row("multi_agent_request", "request", request={"query": "go"}),
    row("cancel", "request", run_id="$run_id"),
    row("cancel", "request", thread_id="$thread_id"),
    row("thread", "request", thread_id="$thread_id", action="update", values={"a": 1}),
    row("thread", "request", "respond", thread_id="$thread_id", action="update", values={}, as_node="work"),
    row("thread", "request", thread_id="$thread_id", action="rewind", checkpoint_id="$checkpoint_id"),
    row("thread", "request", thread_id="$thread_id", action="fork", to_thread_id="forked"),
    row("thread", "request", thread_id="$thread_id", action="rename", title="Ours"),
    row("thread", "request", thread_id="$thread_id", action="delete"),
    row("memory", "request", action="set_preference", key="note", value="quiet"),
    row("memory", "request", action="clear", user_id="guest"),
    row("memory", "request", "admin", action="clear", user_id="root"),
    row("memory", "request", "admin", action="clear"),
    row("forget_user", "admin", user_id="nobody"),
    row("respond", "respond", interrupt_id="$interrupt_id", decision="approve"),
    row("respond", "respond", interrupt_id="$interrupt_id", decision="edit", value={"a": 1}),
    row("disconnect"),
)
"""Every message, and every action of those that have several."""
ASKED: Final = tuple(one for one in ROWS if one.message["type"] != "disconnect")
"""Those that are answered."""


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as opened:
        yield opened


@pytest.fixture
async def vault(place: Place) -> dict[str, object]:
    """Something of everything in a workspace that a guest may not enter."""
    note = {"type": "note", "name": "classified"}
    async with place.client("root", OTHERS) as client:
        item = await client.ask(type="add_item", item=note, id="item-9")
        await client.ask(type="memory", action="set_preference", key="note", value="keep it classified")
        await client.send(type="user_request", user_input="classified", agent="asker", thread_id="t-1")
        asked = await client.until(lambda message: message.get("type") == "interrupt")
        state = await client.ask(type="thread", thread_id="t-1")
    return {
        "$item_id": "item-9",
        "$thread_id": "t-1",
        "$seq": item["seq"],
        "$run_id": asked["run_id"],
        "$interrupt_id": asked["interrupt"]["interrupt_id"],
        "$checkpoint_id": state["checkpoint"]["checkpoint_id"],
    }


async def told(place: Place, workspace: str) -> list[object]:
    """Everything that a workspace holds."""
    async with place.client("root", workspace) as client:
        return [
            await client.ask(type="list_items"),
            await client.ask(type="list_interrupts"),
            await client.ask(type="thread", thread_id="t-1", action="history"),
            await client.ask(type="list_threads"),
            await client.ask(type="memory", action="export"),
        ]


async def first_reply(client: Client, one: Row, known: Mapping[str, object]) -> Message:
    """The first thing that is heard of a message, for a request the start of its run."""
    request_id = f"row {ROWS.index(one)}"
    await client.send(**one.filled(known), request_id=request_id)
    return await client.until(lambda heard: heard.get("request_id") == request_id)


def test_the_table_has_every_message() -> None:
    assert {one.message["type"] for one in ROWS} == set(MESSAGES)


def test_the_reference_says_which_rights_a_message_needs() -> None:
    reference = (ROOT / "streamd" / "wire" / "README.md").read_text()
    section = reference.split("\n## Rights\n")[1].split("\n## ")[0]
    documented = set[tuple[str, str, frozenset[str]]]()
    for messages, rights in re.findall(r"^\| (`.+?) \| (.+?) \|$", section, re.MULTILINE):
        names, _, actions = messages.partition(" with ")
        needs = frozenset(re.findall(r"`(\w+)`", rights.split(";")[0]))
        documented |= {
            (name, action, needs)
            for name in re.findall(r"`(\w+)`", names)
            for action in re.findall(r"`(\w+)`", actions.split(" and ")[0]) or [""]
        }
    thread_action = {"thread": "state"}
    assert documented == {
        (kind, str(one.message.get("action", thread_action.get(kind, ""))), one.needs)
        for one in ROWS
        for kind in [str(one.message["type"])]
    }


async def test_the_table_reaches_every_use_case(place: Place) -> None:
    async with place.client("root", OWN) as client:
        for one in ASKED:
            before = place.service.calls.total()
            await first_reply(client, one, {})
            assert (place.service.calls.total() > before) == (one.message["type"] != "ping"), one
    # The others are asked for over HTTP, or when a run ends with a question; the next table enters them all.
    assert set(USE_CASES) - set(place.service.calls) == {
        "closings_cursor", "continued_events", "list_workspaces", "resumed_feed", "search_knowledge",
    }  # fmt: skip


def test_every_function_that_the_service_offers_is_a_use_case_with_a_right() -> None:
    offered = {
        name
        for name in vars(streamd.service)
        if inspect.isfunction(getattr(streamd.service, name)) and not name.startswith("_")
    }
    # These only name what others open, let go of something, or put something in words.
    assert offered - set(USE_CASES) == {
        "addition", "asks_person", "closings_filter", "edit_in_bulk", "feed_filter", "feed_stream", "item_view",
        "needs_reading", "new_item_id", "told_as_answer", "told_closing", "unwatch_runs",
    }  # fmt: skip
    assert set(USE_CASES.values()) <= set(RIGHTS)


@pytest.mark.parametrize(("name", "right"), USE_CASES.items())
async def test_a_use_case_is_entered_only_with_its_right_and_read_in_its_workspace(
    name: str, right: Right, place: Place
) -> None:
    function = getattr(streamd.service, name)
    for lacking in ("read", right):
        guest(place, *(one for one in RIGHTS if one != lacking))
        with pytest.raises(ForbiddenError, match=f"you may not {lacking} in workspace {OWN}"):
            await called(function(place.service, Actor.of(place.principals["guest"], OWN)))
    guest(place, *RIGHTS)
    with pytest.raises(ForbiddenError, match=f"in workspace {OTHERS}"):
        await called(function(place.service, Actor.of(place.principals["guest"], OTHERS)))
    assert place.service.refusals == {(name, "forbidden"): 3}


async def called(result: object) -> None:
    if inspect.isawaitable(result):
        await result


@pytest.mark.parametrize(
    "rights",
    [rights for size in range(len(RIGHTS)) for rights in combinations(RIGHTS[1:], size)],
    ids=lambda rights: "+".join(("read", *rights)),
)
async def test_rights_open_what_they_say_and_nothing_else(rights: tuple[Right, ...], place: Place) -> None:
    guest(place, "read", *rights)
    async with place.client("guest", OWN) as client:
        place.principals["guest"] = root()  # only the connection's own counts from now on
        for one in ASKED:
            reply = await first_reply(client, one, {})
            assert (reply.get("code") == "forbidden") == (not one.needs <= {"read", *rights}), one


async def test_without_the_right_to_read_nobody_enters(place: Place) -> None:
    guest(place, "edit", "request", "respond", "admin")
    address = f"{place.url}/?{urlencode({'token': 'guest', 'workspace': OWN})}"
    async with connect(address) as socket:
        assert orjson.loads(await socket.recv())["code"] == "forbidden"


async def test_an_address_of_a_workspace_that_one_may_not_enter_is_refused(place: Place) -> None:
    guest(place, *RIGHTS)
    address = f"{place.url}/?{urlencode({'token': 'guest', 'workspace': OTHERS, 'snapshot': 1})}"
    async with connect(address) as socket:
        first = orjson.loads(await socket.recv())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert (first["type"], first["code"]) == ("error", "forbidden")
    assert socket.close_code == 4507


async def test_hello_leads_into_no_workspace_that_one_may_not_enter(place: Place) -> None:
    guest(place, *RIGHTS)
    async with place.client("guest", OWN) as client, place.client("root", OTHERS) as other:
        refused = await client.ask(type="hello", workspace=OTHERS, snapshot=True)
        assert refused["code"] == "forbidden"
        await other.ask(type="add_item", item={"type": "note", "name": "another secret"})
        added = await client.ask(type="add_item", item=NOTE)
        await client.heard(added["seq"])
    assert [event["workspace"] for event in client.events] == [OWN]


@pytest.mark.parametrize("one", [one for one in ROWS if one.names_something], ids=str)
async def test_nothing_of_another_workspace_is_reached_by_its_id(
    one: Row, place: Place, vault: dict[str, object]
) -> None:
    guest(place, *RIGHTS)
    async with place.client("guest", OWN) as client:
        refused = await client.ask(**one.filled(vault))
    assert (refused["type"], refused["code"]) == ("error", "not_found")


async def test_no_message_reads_or_changes_anything_of_another_workspace(
    place: Place, vault: dict[str, object]
) -> None:
    guest(place, *RIGHTS)
    before = await told(place, OTHERS)
    assert "classified" in orjson.dumps(before).decode()
    heard: list[object] = []
    async with place.client("guest", OWN) as client, place.client("root", OTHERS) as other:
        for one in ASKED:
            if one.message["type"] == "unsubscribe":
                continue
            reply = await first_reply(client, one, vault)
            heard.append({**reply, "request_id": None})
        # Somebody works there, while the guest receives all that it may.
        await other.ask(type="publish", event_type="classified", data={})
        await other.send(type="user_request", user_input="classified", agent="says")
        run = await other.until(lambda message: message.get("type") == "complete")
        added = await client.ask(type="add_item", item=NOTE)
        await client.heard(added["seq"])
        heard += [client.events, client.feeds, client.responses]
    seen = orjson.dumps(heard).decode()
    assert "classified" not in seen.replace('["name","contains","classified"]', "")
    assert run["run_id"] not in seen
    assert {event["workspace"] for event in client.events} == {OWN}
    after = await told(place, OTHERS)
    assert [{**one, "seq": None} for one in after[:3]] == [{**one, "seq": None} for one in before[:3]]  # type: ignore[dict-item]
    assert "keep it classified" in orjson.dumps(after).decode()


async def test_a_refused_hello_changes_nothing_about_who_one_is(place: Place) -> None:
    place.principals["guest"] = Principal(
        "guest", authenticated=False, workspaces=frozenset({OWN}), rights=frozenset(RIGHTS)
    )
    async with place.client("guest", OWN) as client:
        refused = await client.ask(type="hello", workspace=OTHERS, user_id="somebody")
        assert refused["code"] == "forbidden"
        added = await client.ask(type="add_item", item=NOTE)
        await client.heard(added["seq"])
    assert [event["user_id"] for event in client.events] == ["guest"]


async def test_what_others_said_and_prefer_is_for_those_who_administer(place: Place) -> None:
    guest(place, "read", "request")
    guest(place, "read", "request", "admin", name="chief")
    async with place.client("root", OWN) as client:
        await client.ask(type="memory", action="set_preference", key="note", value="likes it quiet")
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


async def test_calls_and_refusals_are_counted_by_use_case_however_they_are_told(place: Place) -> None:
    guest(place, "read")
    refusals = place.service.refusals
    with capture_logs() as logged:
        async with place.client("guest", OWN) as client, place.client("root", OWN) as editor:
            await client.ask(type="list_items")
            await client.ask(type="get_item", item_id="nowhere")
            await client.ask(type="add_item", item=NOTE)
            await editor.ask(type="change_item", item_id="nowhere", set={"name": "x"})
            await editor.ask(
                type="bulk", operation="remove_multiple", items=["nowhere", "neither"], op_id="b"
            )
            await editor.ask(type="bulk", operation="remove_multiple", items=["elsewhere"], op_id="b")
            await editor.ask(type="bulk", operation="remove_multiple", items=["nowhere"], atomic=True)
    assert place.service.calls["list_items"] == 1
    assert refusals == {
        ("get_item", "not_found"): 1,
        ("edit_item", "forbidden"): 1,
        ("edit_item", "not_found"): 1,
        ("edit_each", "not_found"): 2,
        ("edit_each", "op_id_reused"): 1,
        ("edit_all", "not_found"): 1,
    }
    assert [
        (entry["use_case"], entry["user"]) for entry in logged if entry["event"] == "use_case_forbidden"
    ] == [("edit_item", "guest")]
