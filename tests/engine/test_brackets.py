"""Brackets: where messages, reasoning, tool calls and steps begin and end, so that a dialect can be made from anywhere."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import attrs
import orjson
import pytest

from streamd.agents import BUILT_IN
from streamd.config import Config, RunsOptions
from streamd.core.brackets import BRACKET_TYPES
from streamd.core.item import Seq
from streamd.core.position import Span, run_stream
from streamd.core.prompt import Prompt, Text, ToolResult, ToolUse
from streamd.core.run import Response
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.core.tool_calls import AddItems
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.lifecycle import runs
from streamd.errors import ModelError, StoreError
from streamd.ports.agent import Agent, Run
from streamd.ports.model import ModelStreamEvent, TextDelta, ThinkingDelta, ToolUseStarted, Turn
from streamd.ports.store import Batch
from streamd.stores.memory import MemoryStore
from tests.support.dialect import check_brackets, check_from_everywhere, insist, outline, spoken
from tests.support.engines import add, done, engine_on, submit
from tests.support.runs import (
    AT_ONCE,
    BROKEN,
    ScriptedModel,
    begin,
    breaks_once,
    ended,
    entries_of,
    respond,
    says,
    told,
    turn,
    types,
)

OPENING = ["start", "intent_analysis", "step_start work#1"]


async def _act(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act("do it"):
        yield response


ACTS = Agent("acts", _act)


async def recorded(agent: Agent, model: ScriptedModel | None = None, text: str = "go") -> list[CachedEntry]:
    """The stream of one run, which has been looked at from everywhere."""
    store = MemoryStore()
    async with engine_on(store, AT_ONCE, agent, *BUILT_IN, model=model) as engine:
        run = await ended(begin(engine, agent.name, text))
    entries = await entries_of(store, run.record.run_id)
    check_brackets(entries)
    check_from_everywhere(entries)
    return entries


def results_in(prompt: Prompt) -> list[ToolResult]:
    return [block for message in prompt.messages for block in message.blocks if isinstance(block, ToolResult)]


async def test_thoughts_words_and_tools_of_a_language_model_stand_between_their_brackets() -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if results_in(prompt):
            yield TextDelta("Done.")
            yield turn("Done.")
            return
        for piece in (
            ThinkingDelta("Let me "),
            ThinkingDelta("see."),
            TextDelta("I will "),
            TextDelta("add one."),
        ):
            yield piece
        look = ToolUse("u1", "list_items", {"type": "note"})
        wrong = ToolUse("u1", "remove_items", {"item_ids": []})
        right = ToolUse("u2", "add_items", {"items": [{"type": "note", "name": "N"}]})
        yield Turn((Text("I will add one."), look, wrong, right), "tool_use", "scripted")

    entries = await recorded(ACTS, ScriptedModel(script))

    assert outline(entries) == [
        *OPENING,
        "reasoning_start", "content", "reasoning_end completed", "message_start", "content", "message_end completed",
        "tool_call_start list_items", "tool_call_end list_items completed",
        "tool_call_start remove_items", "tool_call_end remove_items refused",
        "tool_call_start add_items", "item_creation", "item_added", "tool_call_end add_items completed",
        "message_start", "content", "message_end completed",
        "step_end work#1 completed", "complete",
    ]  # fmt: skip
    call = next(entry.content for entry in entries if entry.content.get("tool") == "add_items")
    assert orjson.loads(str(call["arguments"])) == {"items": [{"type": "note", "name": "N"}]}
    ends = [entry.content for entry in entries if entry.event_type == "tool_call_end"]
    assert [sorted(orjson.loads(str(end["result"]))) for end in (ends[0], ends[2])] == [
        ["count", "items"],
        ["added"],
    ]
    assert "at least one member" in str(ends[1]["result"])
    assert {end["message_id"] for end in ends} == {"work#1:t0"}
    assert [end["tool_use_id"] for end in ends] == ["u1", "u1", "u2"]
    assert len({end["tool_call_id"] for end in ends}) == 3


async def test_what_the_offline_model_does_are_tool_calls_too() -> None:
    entries = await recorded(ACTS, text="Add 2 inventory items")

    assert outline(entries) == [
        *OPENING,
        "tool_call_start add_items", "item_creation", "item_added", "tool_call_end add_items completed",
        "message_start", "content", "message_end completed", "step_end work#1 completed", "complete",
    ]  # fmt: skip


async def test_brackets_are_silent_in_the_native_protocol() -> None:
    store = MemoryStore()
    async with engine_on(store, AT_ONCE, ACTS, model=ScriptedModel(says("one ", "two"))) as engine:
        run = await ended(begin(engine, "acts"))
    entries = await entries_of(store, run.record.run_id)
    encoders = engine.encoders
    told_natively = {
        entry.seq: [encoders[name].entry(entry, "run") for name in ("text", "deflate", "replay")]
        for entry in entries
    }
    for entry in entries:
        assert all(told_natively[entry.seq]) == (entry.event_type not in BRACKET_TYPES)
    # Everybody may publish an event of such a name; that is told.
    assert encoders["text"].entry(
        CachedEntry(entries[0].seq, b'{"event_type":"step_end"}', "step_end"), "workspace"
    )


@pytest.mark.parametrize(
    "first", [[TextDelta("Let me see. "), ToolUseStarted("add_items")], [ThinkingDelta("Hm, ")]]
)
async def test_what_does_not_hold_is_closed_before_it_is_declared_void(first: list[ModelStreamEvent]) -> None:
    model = breaks_once(first, "Done.")
    entries = await recorded(ACTS, model)

    kind = "message" if isinstance(first[0], TextDelta) else "reasoning"
    assert outline(entries)[3:] == [
        f"{kind}_start", "content", f"{kind}_end reset", "attempt_reset",
        "message_start", "content", "message_end completed", "step_end work#1 completed", "complete",
    ]  # fmt: skip
    starts = [
        entry.content["attempt"]
        for entry in entries
        if entry.event_type in ("message_start", "reasoning_start")
    ]
    assert starts == [1, 2]


async def test_a_stream_that_is_gone_on_with_is_one_message() -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if not prompt.shown:
            yield TextDelta("half ")
            raise BROKEN
        yield TextDelta("a word")
        yield turn("a word")

    entries = await recorded(ACTS, ScriptedModel(script))

    assert outline(entries)[3:6] == ["message_start", "content", "message_end completed"]


async def test_a_run_that_fails_or_is_stopped_in_mid_message_closes_what_is_open_before_it_says_so() -> None:
    reached = asyncio.Event()

    async def stuck(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half ")
        reached.set()
        await asyncio.Event().wait()

    async def refused(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half ")
        raise ModelError("the key is refused; check it", kind="unauthorized", retryable=False)

    store = MemoryStore()
    async with engine_on(store, AT_ONCE, ACTS, model=ScriptedModel(stuck)) as engine:
        run = begin(engine, "acts")
        await reached.wait()
        engine.runs.cancel(run.record.run_id, "bob")
        await ended(run)
    stopped = await entries_of(store, run.record.run_id)
    check_brackets(stopped)
    check_from_everywhere(stopped)
    failed = await recorded(ACTS, ScriptedModel(refused))

    assert outline(stopped)[3:] == [
        "message_start", "content", "message_end cancelled", "step_end work#1 cancelled", "cancelled",
    ]  # fmt: skip
    assert outline(failed)[3:] == [
        "message_start", "content", "message_end failed", "step_end work#1 failed", "error",
    ]  # fmt: skip


async def test_a_run_that_is_cancelled_before_it_could_go_on_closes_what_the_last_process_left_open() -> None:
    reached = asyncio.Event()

    async def stuck(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half ")
        reached.set()
        await asyncio.Event().wait()

    store = MemoryStore()
    async with engine_on(store, AT_ONCE, ACTS, model=ScriptedModel(stuck)) as engine:
        run = begin(engine, "acts")
        await reached.wait()
        await engine.runs.drain(0)
    async with engine_on(store, AT_ONCE, ACTS, model=ScriptedModel(stuck)) as engine:
        again = engine.runs.find(run.record.run_id)
        assert again is not None
        engine.runs.cancel(run.record.run_id, "bob")
        await ended(again)
    entries = await entries_of(store, run.record.run_id)

    check_brackets(entries)
    check_from_everywhere(entries)
    assert outline(entries)[-3:] == ["message_end cancelled", "step_end work#1 cancelled", "cancelled"]


@pytest.mark.parametrize("length", [8_192, 8_193, 40_000])
async def test_arguments_and_results_are_whole_however_long_at_the_start_and_at_the_end(length: int) -> None:
    name = "Né" * (length // 2)
    texts = [name[at : at + 1_000] for at in range(0, length, 1_000)]
    put = ToolUse("u1", "add_items", {"items": [{"type": "note", "name": "N", "text": one} for one in texts]})
    seen: list[str] = []

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if results := results_in(prompt):
            seen[:] = [result.content for result in results]
            yield TextDelta("Done.")
            yield turn("Done.")
            return
        yield Turn((put, ToolUse("u2", "list_items", {})), "tool_use", "scripted")

    entries = await recorded(ACTS, ScriptedModel(script))

    check_from_everywhere(entries)
    calls = [entry.content for entry in entries if entry.event_type.startswith("tool_call")]
    assert [json.loads(str(call["arguments"])) for call in calls] == [put.input, put.input, {}, {}]
    assert [call["result"] for call in calls if call["type"] == "tool_call_end"] == seen
    assert len(seen[-1]) > 8_192
    for at in range(len(entries)):
        told = spoken(entries[at:])
        results = [event for event in told if event["type"] == "TOOL_CALL_RESULT"]
        arguments = [event["delta"] for event in told if event["type"] == "TOOL_CALL_ARGS"]
        assert [event["content"] for event in results] == seen[len(seen) - len(results) :]
        assert len(arguments) == len(results)


async def test_a_list_of_long_items_ends_where_a_result_must_and_says_how_many_there_are() -> None:
    text = "x" * 6_000
    items = [{"type": "note", "name": f"N{number}", "text": text} for number in range(20)]
    seen: list[dict[str, Any]] = []

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        results = results_in(prompt)
        seen[:] = [json.loads(result.content) for result in results if '"count"' in result.content]
        if len(results) < 3:
            offset = sum(len(one["items"]) for one in seen)
            use = (
                ToolUse("u0", "add_items", {"items": items})
                if not results
                else ToolUse(f"u{len(results)}", "list_items", {"offset": offset})
            )
            yield Turn((use,), "tool_use", "scripted")
            return
        yield turn("Done.")

    await recorded(ACTS, ScriptedModel(script))

    listed = {item["name"]: one["count"] for one in seen for item in one["items"]}
    assert listed == {f"N{number}": 20 for number in range(20)}
    assert all(len(json.dumps(one)) < 42_000 for one in seen)


async def test_words_without_a_message_of_their_own_are_the_message_of_their_step() -> None:
    async def talks(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("content", extra={"content": "So far so good", "reasoning": "hm"})
        yield Response("general_processing", "working")
        yield Response("body", extra={"content": " and so on", "metadata": {"reasoning": ""}})

    entries = await recorded(Agent("talks", talks))

    assert outline(entries)[2:] == [
        "step_start work#1", "reasoning_start", "message_start", "content", "general_processing",
        "reasoning_end completed", "body", "message_end completed", "step_end work#1 completed", "complete",
    ]  # fmt: skip
    assert {entry.content["message_id"] for entry in entries if entry.event_type == "message_start"} == {
        "work#1"
    }


# ── side by side, and one within the other ───────────────────────────────────────────────────────────────────────────


async def _left(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.consult("acts", "Say it.", may_change=True):
        yield response
    run.update(left=1)


async def _right(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.together(run.think("one"), run.consult("acts", "Do it.", may_change=True)):
        yield response
    await run.carry_out([AddItems(({"type": "note", "name": "own"},))])


async def _end(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act("end it"):
        yield response


async def _prepare(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "preparing")


ALL = Agent(
    "all",
    nodes={"prepare": _prepare, "left": _left, "right": _right, "end": _end},
    edges={"prepare": ("left", "right"), "left": "end", "right": "end"},
)


async def _everything(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
    """Thinks, says something, and where it has tools uses two of them."""
    yield ThinkingDelta("Let me see. ")
    yield TextDelta("Words ")
    await asyncio.sleep(0)
    yield TextDelta("and words.")
    uses: tuple[ToolUse, ...] = ()
    if prompt.tools and not results_in(prompt):
        uses = (
            ToolUse("u1", "list_items", {}),
            ToolUse("u2", "add_items", {"items": [{"type": "note", "name": prompt.agent}]}),
        )
    yield Turn((Text("Words and words."), *uses), "tool_use" if uses else "end_turn", "scripted")


async def test_steps_side_by_side_and_consulted_agents_say_whose_everything_is() -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        async for piece in _everything(prompt):
            yield piece

    entries = await recorded_with(ALL, ACTS, model=ScriptedModel(script))

    steps = {
        str(entry.content["step"]): entry.content for entry in entries if entry.event_type == "step_start"
    }
    assert sorted(steps) == [
        "end#1", "left#1", "left#1/acts", "left#1/acts/work#1", "prepare#1",
        "right#1", "right#1/acts", "right#1/acts/work#1",
    ]  # fmt: skip
    assert steps["left#1/acts/work#1"]["parent"] == "left#1/acts"
    assert steps["left#1/acts"]["agent"] == "acts"
    assert "node" not in steps["left#1/acts"]
    assert [step for step, content in steps.items() if content.get("internal")] == [
        "left#1/acts",
        "right#1/acts",
    ]
    assert steps["right#1"]["node"] == "right"
    assert len([entry for entry in entries if entry.event_type == "tool_call_end"]) == 6
    for entry in entries:
        if entry.event_type in ("message_start", "reasoning_start", "tool_call_start"):
            assert str(entry.content["message_id"]).startswith(f"{entry.content['step']}:t")


async def recorded_with(*agents: Agent, model: ScriptedModel) -> list[CachedEntry]:
    store = MemoryStore()
    async with engine_on(store, AT_ONCE, *agents, model=model) as engine:
        run = await ended(begin(engine, agents[0].name))
    entries = await entries_of(store, run.record.run_id)
    check_brackets(entries)
    check_from_everywhere(entries)
    return entries


# ── questions to people ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tool_call_that_waits_for_a_person_is_finished_by_the_run_that_goes_on() -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("Words.")
        if results_in(prompt):
            yield turn("Words.")
            return
        put = ToolUse("u2", "remove_items", {"item_ids": list("abcd"), "reason": "tidied"})
        yield Turn((Text("Words."), ToolUse("u1", "list_items", {}), put), "tool_use", "scripted")

    store, limits = MemoryStore(), Config(runs=RunsOptions(approve_removals_over=3))
    async with engine_on(store, limits, ACTS, model=ScriptedModel(script)) as engine:
        await done(submit(engine, *(add(name) for name in "abcd")))
        asked = await ended(begin(engine, "acts"))
        before = await entries_of(store, asked.record.run_id)
        question = InterruptId((await told(store, asked.record.run_id))[-1]["interrupt"]["interrupt_id"])
        run_id = await respond(engine, question, InterruptAnswer("approve"), "bob", None)
        if (resumed := engine.runs.find(run_id)) is not None:
            await ended(resumed)
    after = await entries_of(store, run_id)
    for entries in (before, after):
        check_brackets(entries)
        check_from_everywhere(entries)

    assert outline(before)[3:] == [
        "message_start", "content", "message_end completed",
        "tool_call_start list_items", "tool_call_end list_items completed",
        "tool_call_start remove_items", "tool_call_end remove_items interrupted",
        "step_end work#1 interrupted", "interrupt",
    ]  # fmt: skip
    assert outline(after) == [
        "start", "step_start work#1",
        "tool_call_start remove_items", "item_removal", "item_removed", "tool_call_end remove_items completed",
        "message_start", "content", "message_end completed", "step_end work#1 completed", "complete",
    ]  # fmt: skip
    first, again = (
        next(entry.content for entry in entries if entry.content.get("tool") == "remove_items")
        for entries in (before, after)
    )
    assert first["tool_call_id"] == again["tool_call_id"]
    assert again["resumed"] is True
    insist(spoken(after))


# ── restarts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@attrs.define
class MortalStore(MemoryStore):
    """Writes nothing more after so many commits, as if its daemon had been killed there."""

    commits_left: int = 1_000_000
    has_died: bool = False
    begun: set[str] = attrs.field(factory=set)
    """Runs that it knows of."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        if not self.commits_left:
            self.has_died = True
            raise StoreError("nothing is written any more")
        self.commits_left -= 1
        self.begun.update(run_id for batch in batches for run_id in batch.runs)
        return await MemoryStore.commit(self, batches)

    def forget_brackets(self) -> None:
        """Be as a daemon leaves it that knew of no brackets."""
        for run_id in self.begun:
            stream = run_stream("hall", run_id)
            told = [entry for entry in self._entries.get(stream, {}).values() if not entry.event_type]
            self._entries[stream] = {
                Seq(number): attrs.evolve(entry, seq=Seq(number))
                for number, entry in enumerate(told, start=1)
            }
            self._spans[stream] = Span(Seq(1), Seq(len(told)))


async def _life(store: MortalStore, model: ScriptedModel, run_id: str | None) -> str:
    """A daemon's life, to the run's end or its own."""
    async with engine_on(store, AT_ONCE, ALL, ACTS, model=model) as engine:
        run = begin(engine, "all") if run_id is None else engine.runs.find(run_id)
        assert run is not None
        await ended(run)
        return run.record.run_id


async def _killed_after(commits: int, *, knows_brackets: bool = True) -> MortalStore:
    """What a run leaves whose daemon dies after so many commits, and is gone on with by another one."""
    store, model = MortalStore(commits_left=commits), ScriptedModel(_everything)
    await _life(store, model, None)
    store.commits_left = 1_000_000
    if not knows_brackets:
        store.forget_brackets()
    for unfinished in await store.abandoned_runs():
        await _life(store, model, unfinished.run_id)
    return store


MESSAGES = {
    "end#1:t0", "end#1:t1", "right#1:t0",
    *(f"{side}#1/acts/work#1:t{turn}" for side in ("left", "right") for turn in (0, 1)),
}  # fmt: skip


def what_holds(responses: list[dict[str, Any]]) -> dict[str, str]:
    """The text of each message, as a client of the native protocol shows it in the end."""
    void = {seq for response in responses for seq in response.get("void", ())}
    texts: dict[str, str] = {}
    for response in responses:
        if response["type"] in ("content", "agent_chunk") and response["run_seq"] not in void:
            piece = str(response.get("content") or response.get("chunk") or "")
            texts[response["message_id"]] = texts.get(response["message_id"], "") + piece
    return texts


async def test_a_daemon_that_dies_after_any_commit_leaves_a_stream_whose_brackets_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "_RETRY_SECONDS", 0.0)  # a dead daemon tries nothing again
    commits, has_died = 1, True
    shapes: set[tuple[str, ...]] = set()
    while has_died:
        store = await _killed_after(commits)
        has_died = store.has_died
        for run_id in store.begun:
            entries = await entries_of(store, run_id)
            check_brackets(entries)
            check_from_everywhere(entries)
            calls = [entry.content for entry in entries if entry.event_type == "tool_call_end"]
            assert len(calls) == 6
            assert what_holds(await told(store, run_id)) == dict.fromkeys(MESSAGES, "Words and words.")
            assert len(await store.items("hall")) == 4
            shapes.add(tuple(outline(entries)))
        commits += 1
    assert commits > 20
    assert len(shapes) > 10


async def test_a_run_of_a_daemon_that_told_no_brackets_is_gone_on_with_and_nothing_is_told_twice_or_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "_RETRY_SECONDS", 0.0)  # a dead daemon tries nothing again
    commits, has_died = 1, True
    while has_died:
        store = await _killed_after(commits, knows_brackets=False)
        has_died = store.has_died
        for run_id in store.begun if has_died else ():
            entries = await entries_of(store, run_id)
            check_from_everywhere(entries)
            responses = await told(store, run_id)
            assert what_holds(responses) == dict.fromkeys(MESSAGES, "Words and words.")
            assert types(responses).count("item_added") == len(await store.items("hall")) == 4
            calls = [
                entry.content["tool_call_id"] for entry in entries if entry.event_type == "tool_call_end"
            ]
            assert len(calls) == len(set(calls)) <= 6
        commits += 1
    assert commits > 20
