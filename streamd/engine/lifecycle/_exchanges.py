"""Exchanges: what each run leaves in the conversation of its thread, however it ends, and in its agent's memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

import attrs
import orjson

from streamd.core.item import ItemId
from streamd.core.memory import REPORT, Memory, MemoryId
from streamd.core.prompts.conversation import Ended, Exchange, with_exchange
from streamd.core.run import Response, RunRecord
from streamd.core.thread import Checkpoint, Interrupt, State
from streamd.core.tool_calls import Action
from streamd.engine.lifecycle import _checkpoints as checkpoints
from streamd.engine.lifecycle._ending import Ending
from streamd.engine.lifecycle._recovered_changes import with_recovered_changes
from streamd.engine.live import LiveRun
from streamd.engine.record import Replay, chain_of
from streamd.ids import derived_id
from streamd.ports.store import Store

_MOST_REMEMBERED_CHARACTERS: Final = 2000
_TELLING: Final[frozenset[Action]] = frozenset({"show", "count", "sum"})
_KINDS: Final[Mapping[str, str]] = {
    "item_added": "added", "item_removed": "removed", "item_updated": "changed", "field_changed": "changed",
}  # fmt: skip


def exchange_of(run: LiveRun, last: Response, said: str, ended: Ended = "completed") -> Exchange:
    """Build the exchange of a run that ends with this response."""
    names = {**run.state.changes.read_names, **run.state.changes.touched_names}
    data = last.data or {}
    done = {
        kind: [(one, names.get(one, one)) for one in cast("Iterable[ItemId]", data.get(kind) or ())]
        for kind in ("added", "removed", "changed")
    }
    why = "" if ended == "completed" else last.message
    about = _items_about(run) if ended == "completed" else ()
    return Exchange(run.record.request.user_input, said, ended, why, done, about)


def _items_about(run: LiveRun) -> Sequence[ItemId]:
    """Return the items that a run which ended well was about: those that it added and changed, else those of its answer.

    Empty where it did both, and where the answer is not that of the rules from the items alone.
    """
    outcome, understanding = run.state.changes.outcome, run.state.understanding
    is_answer = (
        run.model.is_offline
        and run.state.reads_understanding
        and _TELLING.issuperset(understanding.intent.actions)
        and not (understanding.refusal or run.record.request.brings_data)
    )
    matched = understanding.matched if is_answer else ()
    changed = tuple(dict.fromkeys((*outcome.added, *outcome.changed)))
    if outcome.removed or outcome.refused or (changed and understanding.matched):
        return ()
    return changed or matched


async def kept_ending(run: LiveRun, ending: Ending) -> Ending:
    """Return the ending of a run with all its changes; one that is not good, with a checkpoint of its thread that tells of it.

    A run that ended before it had begun leaves nothing: its thread may belong to another one.
    """
    ending = attrs.evolve(ending, last_response=await with_recovered_changes(run, ending.last_response))
    if ending.status in ("completed", "interrupted") or ending.updates.checkpoint is not None:
        return ending
    head = run.state.checkpoint
    if head is None:
        head = await run.services.store.checkpoint_of(run.record.workspace, run.record.thread_id)
    is_own = head is not None and head.run_id == run.record.run_id
    state = head.state if head is not None and is_own else run.state.thread_state
    if state is None:
        return ending
    exchange = exchange_of(run, ending.last_response, run.output.partial_text, cast("Ended", ending.status))
    run.state.checkpoint = head
    checkpoint = checkpoints.save_end(run, head if is_own else None, with_exchange(state, exchange))
    return attrs.evolve(ending, updates=attrs.evolve(ending.updates, checkpoint=checkpoint))


async def with_open_exchange(
    run: LiveRun, state: State, head: Checkpoint, opened: Iterable[Interrupt]
) -> State:
    """Return a thread's state with the exchange of a run that had asked a person and does not go on."""
    if head.source != "interrupt" or head.run_id is None:
        return state
    record = await run.services.store.run(head.workspace, head.run_id)
    if record is None:
        return state
    now_ms = run.services.clock.now_ms()
    is_late = record.status == "timed_out" or any(question.has_expired(now_ms) for question in opened)
    return with_exchange(
        state, await recorded_exchange(run.services.store, record, "expired" if is_late else "withdrawn")
    )


async def recorded_exchange(store: Store, record: RunRecord, ended: Ended) -> Exchange:
    """Read from its stream what another run has said and done."""
    texts: dict[str, str] = {}
    done: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS.values()}
    why = ""
    streams = Replay(store, record.workspace, record.results_scope)
    for run_id in await chain_of(store, record):
        for body in await streams.bodies(run_id):
            told = orjson.loads(body)
            message_id, kind = str(told.get("message_id", "")), told.get("type")
            if kind == "attempt_reset":
                texts.pop(message_id, None)
            elif kind in ("content", "agent_chunk"):
                text = str(told.get("content") or told.get("chunk") or "")
                texts[message_id] = texts.get(message_id, "") + text
            elif kind in _KINDS:
                item_id = str(told.get("item_id", ""))
                changed = told.get("data")
                name = changed.get("name") if isinstance(changed, Mapping) else None
                done[_KINDS[kind]].setdefault(item_id, str(name or item_id))
            elif kind == "interrupt":
                why = str(told.get("message", ""))
    items = {kind: list(names.items()) for kind, names in done.items()}
    return Exchange(record.request.user_input, "".join(texts.values()), ended, why, items)


def memories_of(run: LiveRun, answered: str) -> Sequence[Memory]:
    """Make the memory of a run's exchange; none where the rules only refused, as no later answer can rest on that."""
    state, request = run.state, run.record.request
    outcome, actions = state.changes.outcome, set(state.understanding.intent.actions)
    by_rules = run.model.is_offline
    did = bool(outcome.added or outcome.removed or outcome.changed)
    understood_by_rules = by_rules and state.reads_understanding
    if understood_by_rules and state.understanding.refusal and not did:
        return ()
    is_report = (
        (understood_by_rules and actions == {"none"})
        or bool(actions & {"remember", "recall"})
        or (did and (by_rules or not run.output.partial_text))
    )
    memory = Memory(
        MemoryId(derived_id("memory", run.record.run_id, "interaction")),
        run.record.workspace, run.record.agent, run.record.user_id, "interaction",
        f"{request.user_input}\n{answered}"[:_MOST_REMEMBERED_CHARACTERS], run.services.clock.now_ms(),
        {"run_id": run.record.run_id, "thread_id": run.record.thread_id, REPORT: is_report},
    )  # fmt: skip
    return (memory,)
