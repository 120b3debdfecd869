"""An agent's own tools: called for its model, each call once, whatever becomes of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any

import attrs
import orjson
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from streamd import AddItems, Agent, CallTools, IdempotencyKey, RefusedError, Response, Run, Tool, tool
from streamd.core.declared.declarations import item_types_from
from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.run import RunId
from streamd.core.thread import InterruptAnswer
from streamd.engine.engine import Engine
from streamd.ports.model import ModelStreamEvent, TextDelta, Turn
from streamd.stores.memory import MemoryStore
from tests.support.blocks import all_of
from tests.support.engines import engine_on
from tests.support.runs import (
    AT_ONCE,
    ScriptedModel,
    begin,
    ended,
    entries_of,
    outcome,
    respond,
    told,
    turn,
    types,
)
from tests.support.snapshots import snapshot_of

NOTES = item_types_from({"note": {"fields": {"text": {"type": "string"}}}})
SECRET = "what the tool was thinking of"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What is logged, as events: with its tracebacks in words a failing tool would take half a minute."""
    with capture_logs() as events:
        yield events


@attrs.define
class Shop:
    """What the tools did."""

    orders: list[tuple[str, int, str]] = attrs.field(factory=list)
    """(item, quantity, key) of each call."""
    reached: asyncio.Event = attrs.field(factory=asyncio.Event)
    stuck: bool = False

    def agent(self, *more: Any) -> Agent:
        """An agent with the tools of this shop."""

        async def order(item: str, key: IdempotencyKey, quantity: int = 1) -> dict[str, object]:
            """Order an item."""
            self.orders.append((item, quantity, key))
            self.reached.set()
            if self.stuck:
                await asyncio.Event().wait()
            if item == "nothing":
                raise RefusedError("nothing is not sold; order something")
            if item == "bomb":
                raise RuntimeError(SECRET)
            return {"ordered": item, "number": len(self.orders)}

        return Agent("buyer", _act, tools=[order, *more])

    def items(self) -> list[str]:
        return [item for item, *_ in self.orders]


async def _act(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


def calls(*uses: tuple[str, dict[str, object]]) -> Turn:
    return Turn(
        tuple(ToolUse(f"u{number}", name, given) for number, (name, given) in enumerate(uses)),
        "tool_use", "scripted",
    )  # fmt: skip


def scripted(*turns: Turn) -> ScriptedModel:
    """A model that answers so, by how many turns of tools stand in the conversation; and then that it is done."""

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        done = sum(message.role == "assistant" for message in prompt.messages)
        if done < len(turns):
            yield turns[done]
        else:
            yield TextDelta("Done.")
            yield turn("Done.")

    return ScriptedModel(script)


def results(prompt: Prompt) -> Sequence[ToolResult]:
    return [block for block in prompt.messages[-1].blocks if isinstance(block, ToolResult)]


async def test_a_model_is_told_of_the_tools_calls_them_and_reads_what_came_of_it() -> None:
    shop = Shop()
    model = scripted(calls(("order", {"item": "bolt"}), ("order", {"item": "nut", "quantity": 3})))
    async with engine_on(MemoryStore(), AT_ONCE, shop.agent(), model=model) as engine:
        responses = await outcome(engine, "buyer")
    assert responses[-1]["message"] == "Done."
    assert [spec.name for spec in model.asked[0].tools] == [
        "add_items", "change_items", "remove_items", "undo", "list_items", "get_item", "search_knowledge", "search_memory",
        "order",
    ]  # fmt: skip
    assert [(item, quantity) for item, quantity, _ in shop.orders] == [("bolt", 1), ("nut", 3)]
    assert results(model.asked[1]) == [
        ToolResult("u0", '{"ordered":"bolt","number":1}'),
        ToolResult("u1", '{"ordered":"nut","number":2}'),
    ]
    assert len({key for *_, key in shop.orders}) == 2


async def test_every_call_of_every_run_has_a_key_of_its_own() -> None:
    shop = Shop()
    model = scripted(calls(("order", {"item": "bolt"})), calls(("order", {"item": "bolt"})))
    async with engine_on(MemoryStore(), AT_ONCE, shop.agent(), model=model) as engine:
        for _ in range(2):
            await outcome(engine, "buyer")
    assert len({key for *_, key in shop.orders}) == 4


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"item": 5}, "item must be text"),
        ({"item": "bolt", "colour": "red"}, "the input has no colour; it may have item, quantity"),
        ({"item": "nothing"}, "order something"),
        ({"item": "bomb"}, "order failed inside the daemon"),
    ],
)
async def test_a_call_that_goes_wrong_is_an_error_for_the_model_which_may_put_it_right(
    given: dict[str, object], hint: str
) -> None:
    shop = Shop()
    model = scripted(calls(("order", given)), calls(("order", {"item": "nut"})))
    async with engine_on(MemoryStore(), AT_ONCE, shop.agent(), model=model) as engine:
        responses = await outcome(engine, "buyer")
    (wrong,) = results(model.asked[1])
    assert wrong.is_error
    assert hint in wrong.content
    assert SECRET not in str(model.asked) + str(responses)
    assert not results(model.asked[2])[0].is_error
    assert responses[-1]["type"] == "complete"


async def test_a_tool_with_a_schema_of_its_own_is_called_with_what_the_schema_allows() -> None:
    given: list[object] = []

    async def show(_run: Run, seen: object, _key: IdempotencyKey) -> str:
        given.append(seen)
        return "shown"

    schema = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
    model = scripted(calls(("show", {"place": 1})), calls(("show", {"place": "Lisbon"})))
    agent = Shop().agent(Tool("show", "Shows a place.", schema, show))
    async with engine_on(MemoryStore(), AT_ONCE, agent, model=model) as engine:
        await outcome(engine, "buyer")
    assert results(model.asked[1])[0] == ToolResult("u0", "input.place must be string", is_error=True)
    assert results(model.asked[2])[0] == ToolResult("u0", "shown")
    assert given == [{"place": "Lisbon"}]


async def test_a_result_that_is_too_large_or_no_json_is_an_error() -> None:
    async def read() -> str:
        """Read it all."""
        return "x" * 1_000_001

    async def look() -> object:
        """Look."""
        return object()

    model = scripted(calls(("read", {}), ("look", {})))
    async with engine_on(MemoryStore(), AT_ONCE, Shop().agent(read, look), model=model) as engine:
        await outcome(engine, "buyer")
    large, strange = results(model.asked[1])
    assert large.is_error
    assert "1,000,000; ask for less" in large.content
    assert strange.is_error
    assert "objects of type object" in strange.content


async def test_tools_given_for_once_are_there_once() -> None:
    async def wave() -> str:
        """Wave."""
        return "waved"

    async def twice(run: Run) -> AsyncGenerator[Response, None]:
        for tools in ([wave], []):
            async for response in run.act("go", tools=tools):
                yield response

    model = scripted(calls(("wave", {})))
    async with engine_on(MemoryStore(), AT_ONCE, Agent("twice", twice), model=model) as engine:
        responses = await outcome(engine, "twice")
    assert responses[-1]["type"] == "complete"
    first, _, third, fourth = model.asked
    assert [spec.name for spec in first.tools[-1:]] == ["wave"]
    assert "wave" not in {spec.name for spec in third.tools}
    assert results(fourth)[0].is_error
    assert results(fourth)[0].content.startswith("there is no tool wave; there are add_items")


# ── across a restart ─────────────────────────────────────────────────────────────────────────────────────────────────


async def again(
    store: MemoryStore, run_id: RunId, agent: Agent, model: ScriptedModel
) -> list[dict[str, Any]]:
    """What a run tells in all, when another process has resumed it to its end."""
    async with engine_on(store, AT_ONCE, agent, model=model) as engine:
        run = engine.runs.find(run_id)
        assert run is not None
        await ended(run)
    return await told(store, run_id)


async def test_a_call_that_is_over_is_not_done_again_and_the_model_reads_the_same() -> None:
    store, shop, asked = MemoryStore(), Shop(), asyncio.Event()

    async def stuck(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if len(first.asked) == 1:
            yield calls(("order", {"item": "bolt"}), ("order", {"item": "bomb"}))
            return
        asked.set()
        await asyncio.Event().wait()

    first = ScriptedModel(stuck)
    async with engine_on(store, AT_ONCE, shop.agent(), model=first) as engine:
        run = begin(engine, "buyer")
        await asked.wait()
        await engine.runs.drain(0)
    model = scripted()
    responses = await again(store, run.record.run_id, shop.agent(), model)
    assert responses[-1]["message"] == "Done."
    assert shop.items() == ["bolt", "bomb"]
    assert model.asked == first.asked[1:]
    assert [result.is_error for result in results(model.asked[0])] == [False, True]


async def test_a_call_that_had_started_is_done_again_with_the_same_key() -> None:
    store, shop = MemoryStore(), Shop(stuck=True)
    model = scripted(calls(("order", {"item": "bolt"})))
    async with engine_on(store, AT_ONCE, shop.agent(), model=model) as engine:
        run = begin(engine, "buyer")
        await shop.reached.wait()
        await engine.runs.drain(0)
    shop.stuck = False
    await again(store, run.record.run_id, shop.agent(), model)
    first, second = shop.orders
    assert first == second
    assert len(model.asked) == 2, "the turn that asked for it was on disk before it was called"


async def test_what_a_tool_did_to_items_state_and_memory_counts_once_after_a_restart() -> None:
    store, asked, tidied = MemoryStore(), asyncio.Event(), [0]

    async def tidy(run: Run, name: str) -> str:
        """Tidy up."""
        tidied[0] += 1
        seen = len(await run.items("note"))
        done = await run.carry_out([AddItems(({"type": "note", "name": name},))])
        run.update(**{name: seen})
        run.remember("insight", f"{name} was tidied")
        return f"{name} of {len(done.added)}"

    async def work(run: Run) -> AsyncGenerator[Response, None]:
        before = len(await run.items("note"))
        async for response in run.act("tidy"):
            yield response
        yield Response("content", extra={"content": f"{before}, {run.state['one']}, {run.state['two']}"})

    async def stuck(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if len(first.asked) == 1:
            note = {"type": "note", "name": "between"}
            yield calls(
                ("tidy", {"name": "one"}), ("add_items", {"items": [note]}), ("tidy", {"name": "two"})
            )
            return
        asked.set()
        await asyncio.Event().wait()

    first = ScriptedModel(stuck)
    agent = Agent("tidy", work, tools=(tidy,))
    async with engine_on(store, AT_ONCE, agent, model=first) as engine:
        run = begin(engine, "tidy")
        await asked.wait()
        await engine.runs.drain(0)
    model = scripted()
    responses = await again(store, run.record.run_id, agent, model)
    assert tidied == [2]
    assert types(responses).count("item_added") == 3
    assert len(responses[-1]["data"]["added"]) == 3
    assert responses[-2]["content"] == "0, 0, 0"
    assert [result.content for result in results(model.asked[0])] == [
        result.content for result in results(first.asked[1])
    ]
    async with engine_on(store, AT_ONCE, agent, model=model) as engine:
        items = (await snapshot_of(engine.store, "hall")).items
        assert sorted(orjson.loads(item)["name"] for item in items) == ["between", "one", "two"]


async def test_two_tools_that_ask_a_person_get_each_its_own_answer() -> None:
    store, agreed = MemoryStore(), list[tuple[str, object]]()

    async def agree(run: Run, on: str) -> str:
        """Have a person agree."""
        answer = await run.ask(f"Agree on {on}?", schema={"type": "string"})
        agreed.append((on, answer.value))
        return str(answer.value)

    model = scripted(calls(("agree", {"on": "price"}), ("agree", {"on": "date"})))
    agent = Agent("agrees", _act, tools=(agree,))
    async with engine_on(store, AT_ONCE, agent, model=model) as engine:
        run = await ended(begin(engine, "agrees", thread_id="t"))
        for number, answer in enumerate(("ten", "Monday")):
            (question,) = await all_of(engine.interrupts.pending("hall"))
            assert question.message == f"Agree on {('price', 'date')[number]}?"
            run_id = await respond(
                engine, question.interrupt_id, InterruptAnswer("approve", answer), "bob", None
            )
            resumed = engine.runs.find(run_id)
            if resumed is not None:
                run = await ended(resumed)
        assert (await told(store, run.record.run_id))[-1]["message"] == "Done."
    assert agreed == [("price", "ten"), ("date", "Monday")]
    assert [result.content for result in results(model.asked[1])] == ["ten", "Monday"]


async def test_a_tool_that_would_conclude_its_run_ends_it_with_what_to_do_instead() -> None:
    async def hasty(run: Run) -> str:
        """Be done."""
        run.conclude("Over!")
        return "over"

    model = scripted(calls(("hasty", {})))
    async with engine_on(MemoryStore(), AT_ONCE, Shop().agent(hasty), model=model) as engine:
        responses = await outcome(engine, "buyer")
    assert (responses[-1]["type"], responses[-1]["code"]) == ("error", "run_failed")
    assert "returns what there is to say" in responses[-1]["message"]


async def test_pending_calls_are_named_as_their_brackets_even_where_a_model_names_two_the_same() -> None:
    store = MemoryStore()
    mark = Tool("mark", "Marks a place.", {"type": "object"}, effect="read")
    twice = Turn(
        (ToolUse("same", "mark", {"place": "here"}), ToolUse("same", "mark", {"place": "there"})),
        "tool_use", "scripted",
    )  # fmt: skip
    model = scripted(twice)
    async with engine_on(store, AT_ONCE, Agent("marks", _act, tools=(mark,)), model=model) as engine:
        run = await ended(begin(engine, "marks", thread_id="t"))
        (question,) = await all_of(engine.interrupts.pending("hall"))
        open_calls = question.value["calls"]  # type: ignore[index]  # JSON
        entries = await entries_of(store, run.record.run_id)
        starts = [entry.content for entry in entries if entry.event_type == "tool_call_start"]
        assert [start["tool_call_id"] for start in starts] == [call["tool_call_id"] for call in open_calls]
        answer = {
            "results": {call["tool_call_id"]: {"output": call["input"]["place"]} for call in open_calls}
        }
        run_id = await respond(engine, question.interrupt_id, InterruptAnswer("approve", answer), "bob", None)
        resumed = engine.runs.find(run_id)
        if resumed is not None:
            await ended(resumed)
    assert [result.content for result in results(model.asked[1])] == ["here", "there"]


async def test_pending_calls_of_agents_side_by_side_are_asked_for_one_after_the_other() -> None:
    store = MemoryStore()
    mark = Tool("mark", "Marks a place.", {"type": "object"}, effect="read")

    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        consultations = [run.consult(name, f"ask {name}") for name in ("left", "right")]
        async for response in run.together(*consultations):
            yield response
        run.conclude(", ".join(one.text for one in consultations))

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        found = results(prompt)
        if not found:
            yield calls(("mark", {"by": prompt.agent}))
            return
        yield TextDelta(f"{prompt.agent}: {found[0].content}")
        yield turn(found[0].content)

    model = ScriptedModel(script)
    agents = (Agent("both", steps), *(Agent(name, _act, tools=(mark,)) for name in ("left", "right")))
    async with engine_on(store, AT_ONCE, *agents, model=model) as engine:
        run = await ended(begin(engine, "both", thread_id="t"))
        asked = []
        while questions := await all_of(engine.interrupts.pending("hall")):
            (question,) = questions
            assert question.reason == "tool_call"
            (call,) = question.value["calls"]  # type: ignore[index]  # JSON
            asked.append(call["input"]["by"])
            answer = {"results": {call["tool_call_id"]: {"output": f"X by {asked[-1]}"}}}
            run_id = await respond(
                engine, question.interrupt_id, InterruptAnswer("approve", answer), "bob", None
            )
            resumed = engine.runs.find(run_id)
            if resumed is not None:
                run = await ended(resumed)
        last = (await told(store, run.record.run_id))[-1]
    assert sorted(asked) == ["left", "right"]
    assert last["message"] == "left: X by left, right: X by right"
    assert len(model.asked) == 4


# ── who only helps ───────────────────────────────────────────────────────────────────────────────────────────────────


@tool(effect="read")
async def look(what: str) -> str:
    """Look at something."""
    return f"a look at {what}"


def asking(query: str, may_change: bool | None) -> Agent:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.consult("buyer", query, may_change=may_change):
            yield response

    return Agent("asks", steps)


@pytest.mark.parametrize(
    ("query", "may_change", "allowed"),
    [
        ("What is there?", None, False),
        ("Add 2 notes", None, True),
        ("Add 2 notes", False, False),
        ("What is there?", True, True),
    ],
)
async def test_a_model_that_only_helps_has_no_tools_that_change_something(
    query: str, may_change: bool | None, allowed: bool
) -> None:
    shop = Shop()
    note = {"type": "note", "name": "N"}
    model = scripted(
        calls(("look", {"what": "it"}), ("order", {"item": "bolt"}), ("add_items", {"items": [note]}))
    )
    agents = (shop.agent(look), asking(query, may_change))
    async with engine_on(MemoryStore(), AT_ONCE, *agents, model=model, types=NOTES) as engine:
        responses = await outcome(engine, "asks")
        assert len((await snapshot_of(engine.store, "hall")).items) == allowed
    assert responses[-1]["type"] == "complete"
    names = {spec.name for spec in model.asked[0].tools}
    reading = {"list_items", "get_item", "search_knowledge", "search_memory", "look"}
    assert names == reading | (
        {"order", "add_items", "change_items", "remove_items", "undo"} if allowed else set()
    )
    seen, *others = results(model.asked[1])
    assert seen.content == "a look at it"
    assert [result.is_error for result in others] == [not allowed] * 2
    assert allowed or all("is not allowed here" in result.content for result in others)
    assert shop.items() == (["bolt"] if allowed else [])


async def test_no_way_round_the_port_lets_one_that_only_helps_change_items() -> None:
    @tool(effect="read")
    async def reaches(run: Run) -> str:
        """Look at something."""
        await run.item_tools.carry_out(AddItems(({"type": "note", "name": "N"},)))  # type: ignore[attr-defined]  # not in the port
        return "added"

    model = scripted(calls(("reaches", {})))
    agents = (Shop().agent(reaches), asking("What is there?", None))
    async with engine_on(MemoryStore(), AT_ONCE, *agents, model=model, types=NOTES) as engine:
        await outcome(engine, "asks")
        assert not (await snapshot_of(engine.store, "hall")).items
    assert results(model.asked[1])[0].is_error


async def test_who_helps_one_that_only_helps_cannot_change_more_than_it() -> None:
    shop = Shop()

    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.consult("between", "What is there?"):
            yield response

    async def between(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.consult("buyer", "Add 2 notes", may_change=True):
            yield response

    model = scripted(calls(("order", {"item": "bolt"})))
    agents = (shop.agent(), Agent("asks", steps), Agent("between", between))
    async with engine_on(MemoryStore(), AT_ONCE, *agents, model=model, types=NOTES) as engine:
        await outcome(engine, "asks")
    assert shop.orders == []
    assert results(model.asked[1])[0].is_error


# ── offline ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_rules(shop: Shop, reply: str, *uses: tuple[str, dict[str, object]]) -> Agent:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.act("order", task=CallTools(uses, reply) if uses else None):
            yield response

    return attrs.evolve(shop.agent(), name="rules", steps=steps)


async def words(engine: Engine, agent: str, user_input: str) -> str:
    responses = await outcome(engine, agent, user_input)
    assert responses[-1]["type"] == "complete", responses[-1]
    return "".join(response.get("content", "") for response in responses)


async def test_the_offline_model_calls_own_tools_only_if_its_task_says_so() -> None:
    shop = Shop()
    uses: tuple[tuple[str, dict[str, object]], ...] = (
        ("order", {"item": "bolt"}),
        ("order", {"item": "nut", "quantity": 2}),
    )
    for agent, said, ordered in (
        (by_rules(shop, ""), None, []),
        (by_rules(shop, "Ordered.", *uses), "Ordered.", ["bolt", "nut"]),
        (by_rules(shop, "", *uses[:1]), '{"ordered":"bolt","number":3}', ["bolt", "nut", "bolt"]),
    ):
        async with engine_on(MemoryStore(), AT_ONCE, agent) as engine:
            heard = await words(engine, "rules", "Order a bolt")
            assert said in (None, heard)
        assert shop.items() == ordered


async def test_offline_a_call_that_goes_wrong_ends_the_run_as_nobody_can_put_it_right() -> None:
    agent = by_rules(Shop(), "", ("order", {"item": "nothing"}))
    async with engine_on(MemoryStore(), AT_ONCE, agent) as engine:
        responses = await outcome(engine, "rules")
    assert (responses[-1]["type"], responses[-1]["message"]) == (
        "error",
        "nothing is not sold; order something",
    )
