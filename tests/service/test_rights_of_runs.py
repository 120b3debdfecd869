"""A run may what its principal may, and what everybody may who wrote what it goes on with; after a restart, too."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import pytest

from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.run import Response
from streamd.core.tool_calls import AddItems
from streamd.ports.agent import Agent, Run
from streamd.ports.model import ModelStreamEvent, TextDelta, Turn
from streamd.ports.tool import Tool
from streamd.ports.typed_tool import tool
from streamd.stores.memory import MemoryStore
from tests.support.daemon import Client, Message
from tests.support.engines import engine_on
from tests.support.guarded import OWN, Place, guest, open_place
from tests.support.runs import ScriptedModel, begin, ended, told, turn
from tests.support.snapshots import snapshot_of

LAST: Final = ("interrupt", "complete", "error", "cancelled")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as opened:
        yield opened


async def run(
    client: Client, agent: str, user_input: str = "go", thread_id: str = "t", **keys: Any
) -> Message:
    """The last response of a run."""
    await client.send(type="user_request", user_input=user_input, agent=agent, thread_id=thread_id, **keys)
    return await client.until(lambda heard: heard.get("type") in LAST)


async def respond(client: Client, asked: Message, decision: str = "approve", **keys: Any) -> Message:
    """The last response of the run that goes on."""
    question = asked["interrupt"]["interrupt_id"]
    await client.send(type="respond", interrupt_id=question, decision=decision, **keys)
    return await client.until(lambda heard: heard.get("type") in LAST)


async def thread(client: Client, action: str, **keys: Any) -> Message:
    return await client.ask(**{"type": "thread", "thread_id": "t", "action": action, **keys})


async def names(client: Client) -> list[str]:
    return [item["name"] for item in (await client.ask(type="list_items"))["items"]]


def is_forbidden(last: Message) -> bool:
    return (last["type"], last.get("code")) == ("error", "forbidden")


async def test_agents_do_for_a_principal_only_what_that_principal_may(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("guest", OWN) as client:
        last = await run(client, "adder")
        assert is_forbidden(last)
        assert last["message"].startswith(f"this run may not edit in workspace {OWN}")
        assert await names(client) == []


async def test_an_answer_of_somebody_else_lends_the_run_no_rights(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("guest", OWN) as client, place.client("root", OWN) as other:
        asked = await run(client, "asker")
        own = await client.ask(
            type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve"
        )
        assert own["code"] == "forbidden"
        assert is_forbidden(await respond(other, asked))
        assert await names(other) == []


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_approval_lets_the_run_go_on_as_it_was_asked_for(place: Place) -> None:
    guest(place, "read", "respond", user_id="root")
    async with place.client("root", OWN) as client, place.client("guest", OWN) as approver:
        asked = await run(client, "names")
        assert (await respond(approver, asked))["type"] == "complete"
        assert await names(client) == ["of the agent"]


@pytest.mark.parametrize("decision", ["edit", "approve"])
async def test_what_an_answer_writes_is_done_only_as_far_as_who_wrote_it_may(
    decision: str, place: Place
) -> None:
    guest(place, "read", "respond", user_id="root")
    guest(place, "read", "edit", "respond", name="editor", user_id="root")
    async with (
        place.client("root", OWN) as client,
        place.client("guest", OWN) as writer,
        place.client("editor", OWN) as editor,
    ):
        asked = await run(client, "names", thread_id="one")
        assert is_forbidden(await respond(writer, asked, decision, value={"name": "smuggled"}))
        assert await names(client) == []
        asked = await run(client, "names", thread_id="two")
        assert (await respond(editor, asked, decision, value={"name": "edited"}))["type"] == "complete"
        assert await names(client) == ["edited"]


async def test_what_a_run_did_before_an_answer_is_done_and_more_is_not(place: Place) -> None:
    guest(place, "read", "respond", user_id="root")
    async with place.client("root", OWN) as client, place.client("guest", OWN) as writer:
        asked = await run(client, "adds_and_asks", "once", thread_id="one")
        done = await respond(writer, asked, value="moss")
        assert (done["type"], len(done["data"]["added"])) == ("complete", 1)
        asked = await run(client, "adds_and_asks", "twice", thread_id="two")
        assert is_forbidden(await respond(writer, asked, value="moss"))
        assert await names(client) == ["before the question"] * 2


# ── threads ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_may_not_answer_a_question_does_not_answer_it_by_going_on(place: Place) -> None:
    guest(place, "read", "request", "edit")
    async with place.client("guest", OWN) as client, place.client("root", OWN) as other:
        asked = await run(client, "pauses")
        assert asked["interrupt"]["reason"] == "breakpoint"
        assert (await run(client, "pauses", "go on"))["type"] == "interrupt"
        assert await names(client) == []
        assert (await run(other, "pauses", "go on"))["type"] == "complete"
        assert await names(other) == ["after the pause"]


@pytest.mark.parametrize("wrote", ["run", "update", "rewind", "fork"])
async def test_a_request_that_resumes_what_somebody_wrote_may_what_both_may(wrote: str, place: Place) -> None:
    guest(place, "read", "request", user_id="root")
    async with place.client("root", OWN) as client, place.client("guest", OWN) as writer:
        await run(writer if wrote == "run" else client, "names")
        head = (await thread(client, "state"))["checkpoint"]["checkpoint_id"]
        if wrote == "update":
            assert (await thread(writer, "update", values={"name": "smuggled"}))["next"] == ["add"]
            await thread(
                client, "update", values={"more": "of root"}
            )  # the rest stays what somebody else wrote
        if wrote == "rewind":
            assert (await thread(writer, "rewind", checkpoint_id=head))["next"] == ["add"]
        if wrote == "fork":
            assert (await thread(writer, "fork", to_thread_id="forked"))["next"] == ["add"]
        last = await run(client, "names", "go on", thread_id="forked" if wrote == "fork" else "t")
        assert is_forbidden(last)
        assert await names(client) == []
        record = await place.engine.store.run(OWN, last["run_id"])
        assert record is not None
        assert record.request.principal.rights == {"read", "request"}
        assert (record.user_id, record.request.principal.user_id) == ("root", "root")
        # Back at what nobody else wrote, it goes on.
        if wrote == "update":
            await thread(client, "rewind", checkpoint_id=head)
            assert (await run(client, "names", "go on"))["type"] == "complete"
            assert await names(client) == ["of the agent"]


async def test_a_new_request_does_not_start_with_what_somebody_wrote_who_may_less(place: Place) -> None:
    guest(place, "read", "request", user_id="root")
    guest(place, "read", "request", "edit", name="editor", user_id="root")
    async with (
        place.client("root", OWN) as client,
        place.client("guest", OWN) as writer,
        place.client("editor", OWN) as editor,
    ):
        for thread_id, who in (("one", writer), ("two", editor)):
            await run(client, "says", "what did I say?", thread_id=thread_id)
            await thread(who, "update", thread_id=thread_id, values={"smuggled": 1})
            await run(client, "names", thread_id=thread_id)
        seen = [(await thread(client, "state", thread_id=one))["values"]["seen"] for one in ("one", "two")]
    assert seen == [["conversation"], ["conversation", "smuggled"]]


@pytest.mark.parametrize("agent", ["names", "asker"])
@pytest.mark.parametrize("action", ["update", "rewind"])
async def test_who_changes_a_thread_withdraws_its_open_question(
    action: str, agent: str, place: Place
) -> None:
    async with place.client("root", OWN) as client:
        asked = await run(client, agent)
        head = (await thread(client, "state"))["checkpoint"]["checkpoint_id"]
        keys = {"values": {"name": "other"}} if action == "update" else {"checkpoint_id": head}
        changed = await thread(client, action, **keys)
        assert (changed["status"], changed["interrupts"]) == ("idle", [])
        assert (await client.ask(type="list_interrupts"))["interrupts"] == []
        refused = await client.ask(
            type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve"
        )
        assert refused["code"] == "gone"
        record = await place.engine.store.run(OWN, asked["run_id"])
        assert record is not None
        assert record.status == "cancelled"
        again = await run(client, agent, "go on")
        # To go on is to approve a pause, and no answer to what an agent asks.
        assert again["type"] == ("complete" if agent == "names" else "interrupt")


async def test_to_pass_over_a_node_takes_the_right_to_respond(place: Place) -> None:
    guest(place, "read", "request", "edit", user_id="root")
    async with place.client("root", OWN) as client, place.client("guest", OWN) as other:
        await run(client, "names")
        for node in ("add", "choose"):
            refused = await thread(other, "update", values={}, as_node=node)
            assert refused["code"] == "forbidden"
            assert "respond" in refused["message"]
        assert (await thread(client, "state"))["status"] == "interrupted"
        assert (await thread(client, "update", values={}, as_node="add"))["next"] == []


# ── tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _act(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


def results(prompt: Prompt) -> list[str]:
    return [block.content for block in prompt.messages[-1].blocks if isinstance(block, ToolResult)]


def calling(*uses: ToolUse) -> ScriptedModel:
    """A model that calls these tools, and then says what came of it."""

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if told := results(prompt):
            said = " | ".join(told)
            yield TextDelta(said)
            yield turn(said)
        else:
            yield Turn(uses, "tool_use", "scripted")

    return ScriptedModel(script)


async def test_tools_that_change_something_are_refused_in_a_run_that_may_not_edit() -> None:
    done: list[str] = []

    @tool
    async def order() -> str:
        """Order more."""
        done.append("order")
        return "ordered"

    @tool(effect="read")
    async def price() -> str:
        """Ask for the price."""
        return "ten"

    shelf = Tool("shelf", "Move something in the front end.", {"type": "object"})
    show = Tool("show", "Show something in the front end.", {"type": "object"}, effect="read")
    uses = [ToolUse(f"u{number}", name, {}) for number, name in enumerate(("order", "price", "shelf"))]
    uses.append(ToolUse("u3", "add_items", {"items": [{"type": "note", "name": "by a model"}]}))
    model = calling(*uses)
    async with open_place(Agent("buyer", _act, tools=[order, price, shelf, show]), model=model) as place:
        guest(place, "read", "request", "respond", user_id="root")
        async with place.client("guest", OWN) as client, place.client("root", OWN) as other:
            last = await run(client, "buyer")
            assert last["type"] == "complete"
            told = last["message"].split(" | ")
            assert [one.startswith("this run may not edit") for one in told] == [True, False, True, True]
            assert (done, await names(client)) == ([], [])
            asked = await run(other, "buyer", thread_id="other")
            assert (asked["interrupt"]["reason"], done) == ("tool_call", ["order"])
            assert await names(client) == ["by a model"]
            # What it did before somebody answered who may less is neither refused nor done again.
            (call,) = asked["interrupt"]["value"]["calls"]
            await respond(client, asked, value={"results": {call["tool_call_id"]: {"output": "moved"}}})
            assert results(model.asked[-1])[:3] == ["ordered", "ten", "moved"]
            assert (done, await names(client)) == (["order"], ["by a model"])


# ── restarts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_recovered_run_may_what_it_might_before() -> None:
    store, reached = MemoryStore(), asyncio.Event()

    async def work(run: Run) -> AsyncGenerator[Response, None]:
        if not reached.is_set():
            reached.set()
            await asyncio.Event().wait()
        await run.carry_out([AddItems(({"type": "note", "name": "after the restart"},))])
        yield Response("general_complete", "Done.")

    agent = Agent("works", work)
    async with engine_on(store, None, agent) as engine:
        live = begin(engine, "works", rights=("read", "request"))
        await reached.wait()
        await engine.runs.drain(0)
    async with engine_on(store, None, agent) as engine:
        again = engine.runs.find(live.record.run_id)
        if again is not None:
            await ended(again)
        last = (await told(store, live.record.run_id))[-1]
        assert (last["type"], last["code"]) == ("error", "forbidden")
        assert (await snapshot_of(store, "hall")).items == []


async def test_agents_remember_for_a_principal_only_what_that_principal_may_read(place: Place) -> None:
    guest(place, "read", "request")
    async with place.client("root", OWN) as other, place.client("guest", OWN) as client:
        await other.ask(type="memory", action="set_preference", key="plans", value="secret plans of root")
        said = [(await run(one, "remembers", thread_id=""))["message"] for one in (other, client)]
    assert "secret plans of root" in said[0]
    assert "secret plans of root" not in said[1]
