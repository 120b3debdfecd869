"""Graphs: nodes in order, edges chosen from state, branches side by side, checkpoints, pauses, and coming back."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

import pytest

from streamd.core.change import AddItem
from streamd.core.item import ItemId
from streamd.core.run import Response, RunOptions
from streamd.core.thread import InterruptAnswer, InterruptId, State
from streamd.core.tool_calls import AddItems, RemoveItems
from streamd.errors import AnsweredError
from streamd.ports.agent import Agent, Run
from streamd.stores.memory import MemoryStore
from tests.support.blocks import all_of
from tests.support.engines import done, engine_on, submit
from tests.support.runs import ScriptedModel, begin, ended, outcome, respond, says, told, types


async def _first(run: Run) -> AsyncGenerator[Response, None]:
    run.update(count=1)
    yield Response("general_processing", "first")


async def _again(run: Run) -> AsyncGenerator[Response, None]:
    run.update(count=int(str(run.state["count"])) + 1)
    yield Response("general_processing", f"again {run.state['count']}")


async def _last(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", f"counted to {run.state['count']}")


def _more(state: State) -> str:
    return "again" if int(str(state["count"])) < 3 else "last"


COUNTS = Agent(
    "counts",
    nodes={"first": _first, "again": _again, "last": _last},
    edges={"first": "again", "again": _more},
    hitl_before=frozenset({"again", "last"}),
    rejected={"again": "last"},
)


async def test_nodes_come_in_order_and_an_edge_chosen_from_the_state_goes_round() -> None:
    async with engine_on(MemoryStore(), None, COUNTS) as engine:
        responses = await outcome(engine, "counts")
        assert [(each["type"], each.get("node", each.get("message"))) for each in responses[2:]] == [
            ("general_processing", "first"), ("node", "first"),
            ("general_processing", "again 2"), ("node", "again"),
            ("general_processing", "again 3"), ("node", "again"),
            ("general_complete", "counted to 3"), ("node", "last"),
            ("complete", "counted to 3"),
        ]  # fmt: skip


async def test_after_each_node_the_thread_has_a_checkpoint() -> None:
    async with engine_on(MemoryStore(), None, COUNTS) as engine:
        await ended(begin(engine, "counts", thread_id="t"))
        history = await all_of(engine.threads.history("hall", "t", 10))
        places = [await engine.threads.state("hall", "t", each.checkpoint_id) for each in reversed(history)]
        heads = [place.head for place in places if place.head is not None]
        assert [(head.source, head.node, head.next, head.state.get("count")) for head in heads] == [
            ("input", "", ("first",), None),
            ("node", "first", ("again",), 1),
            ("node", "again", ("again",), 2),
            ("node", "again", ("last",), 3),
            ("node", "last", (), 3),
            ("end", "", (), 3),
        ]
        assert all(newer.parent_id == older.checkpoint_id for newer, older in itertools.pairwise(history))


async def test_with_a_human_in_the_loop_it_pauses_and_sending_again_goes_on() -> None:
    async with engine_on(MemoryStore(), None, COUNTS) as engine:
        options = RunOptions(use_hitl=True)
        seen = []
        for _ in range(5):
            responses = await outcome(engine, "counts", thread_id="t", options=options)
            seen.append((responses[-1]["type"], responses[-1].get("next")))
        assert seen == [
            ("interrupt", ["again"]), ("interrupt", ["again"]), ("interrupt", ["last"]), ("complete", None),
            ("interrupt", ["again"]),
        ]  # fmt: skip


async def test_an_answer_goes_on_twice_the_same_is_harmless_and_another_is_refused() -> None:
    async with engine_on(MemoryStore(), None, COUNTS) as engine:
        asked = await ended(begin(engine, "counts", thread_id="t", options=RunOptions(use_hitl=True)))
        (last,) = [
            each for each in await told(engine.store, asked.record.run_id) if each["type"] == "interrupt"
        ]
        interrupt_id = InterruptId(last["interrupt"]["interrupt_id"])
        edit = InterruptAnswer("edit", {"count": 2})
        run_id = await respond(engine, interrupt_id, edit, "bob", "r1")
        assert await respond(engine, interrupt_id, edit, "bob", "r2") == run_id
        with pytest.raises(AnsweredError, match="bob has answered"):
            await respond(engine, interrupt_id, InterruptAnswer("reject"), "cy", None)
        while (run := engine.runs.find(run_id)) is not None:
            await ended(run)
        responses = await told(engine.store, run_id)
        assert types(responses) == ["start", "general_processing", "node", "interrupt"]
        assert responses[1]["message"] == "again 3"
        assert responses[0]["request_id"] == "r1"


async def test_a_refusal_takes_the_edge_for_it_or_ends_as_cancelled() -> None:
    async with engine_on(MemoryStore(), None, COUNTS) as engine:
        for node, expected in (("again", "complete"), ("last", "cancelled")):
            options = RunOptions(use_hitl=True)
            while True:
                responses = await outcome(engine, "counts", thread_id=node, options=options)
                if responses[-1]["next"] == [node]:
                    break
            run_id = await respond(
                engine, responses[-1]["interrupt"]["interrupt_id"], InterruptAnswer("reject"), "bob", None
            )
            run = engine.runs.find(run_id)
            if run is not None:
                await ended(run)
            assert (await told(engine.store, run_id))[-1]["type"] in (expected, "interrupt")


async def test_branches_run_side_by_side_and_what_follows_waits_for_both() -> None:
    met = asyncio.Barrier(2)

    async def meet(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "here")
        async with asyncio.timeout(5):
            await met.wait()
        run.update(**{"left" if "left" in run.path else "right": 1})  # type: ignore[attr-defined]

    async def split(_: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "split")

    async def join(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_complete", str(sorted(run.state)))

    agent = Agent(
        "splits",
        nodes={"split": split, "left": meet, "right": meet, "join": join},
        edges={"split": ("left", "right"), "left": "join", "right": "join"},
    )
    async with engine_on(MemoryStore(), None, agent) as engine:
        responses = await outcome(engine, "splits")
        assert responses[-1]["message"] == "['left', 'right']"
        assert types(responses).count("general_complete") == 1


async def test_a_run_that_was_stopped_in_the_middle_goes_on_and_buys_and_tells_nothing_twice() -> None:
    store = MemoryStore()
    reached, let = asyncio.Event(), asyncio.Event()
    model = ScriptedModel(says("one ", "two ", "three"))

    async def think(run: Run) -> AsyncGenerator[Response, None]:
        speech = run.think("say it")
        async for response in speech:
            yield response
        yield Response("general_processing", speech.text)
        reached.set()
        await let.wait()
        yield Response("general_complete", "done")

    agent = Agent("thinks", nodes={"first": _first, "think": think}, edges={"first": "think"})
    async with engine_on(store, None, agent, model=model) as engine:
        run = begin(engine, "thinks")
        await reached.wait()
        await engine.runs.drain(0)
    let.set()
    async with engine_on(store, None, agent, model=model) as engine:
        again = engine.runs.find(run.record.run_id)
        assert again is not None
        await ended(again)
        responses = await told(store, run.record.run_id)
    assert len(model.asked) == 1
    assert types(responses) == [
        "start", "intent_analysis", "general_processing", "node",
        "content", "content", "content", "general_processing", "general_complete", "node", "complete",
    ]  # fmt: skip
    record = await store.run("hall", run.record.run_id)
    assert record is not None
    assert (record.status, record.attempt, record.usage.tokens) == ("completed", 1, 20)


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_node_that_goes_through_the_items_does_each_once_though_it_is_begun_again(
    at_once: bool,
) -> None:
    store, reached, let = MemoryStore(), asyncio.Event(), asyncio.Event()

    async def sweep(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "sweeping")
        notes = [item.id for item in await run.items("note")]
        removals = (
            [RemoveItems(tuple(notes[:4]), "old")]
            if at_once
            else [RemoveItems((item_id,), "old") for item_id in notes[:4]]
        )
        for index, removal in enumerate(removals):
            await run.carry_out([removal])
            await run.carry_out([AddItems(({"type": "sign", "name": f"swept {index}"},))])
            if index == len(removals) // 2:
                reached.set()
                await let.wait()
        yield Response("general_complete", f"{len(run.outcome.removed)} gone")

    agent = Agent("sweeps", sweep)
    async with engine_on(store, None, agent) as engine:
        await done(
            submit(engine, *(AddItem(ItemId(f"n{n}"), {"type": "note", "name": f"N{n}"}) for n in range(6)))
        )
        run = begin(engine, "sweeps")
        await reached.wait()
        await engine.runs.drain(0)
    let.set()
    async with engine_on(store, None, agent) as engine:
        again = engine.runs.find(run.record.run_id)
        assert again is not None
        await ended(again)
    last = (await told(store, run.record.run_id))[-1]
    assert (last["type"], sorted(last["data"]["removed"])) == ("complete", ["n0", "n1", "n2", "n3"])
    left = [item.id if item.type == "note" else item.name for item in await store.items("hall")]
    signs = ["swept 0"] if at_once else [f"swept {n}" for n in range(4)]
    assert sorted(left) == sorted(["n4", "n5", *signs])
    assert "refused" not in last["data"]
