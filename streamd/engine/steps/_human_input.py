"""Questions to people: asked once, answered by whoever comes, found again when the step is done again."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.json_schemas import validator_of
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId, InterruptReason
from streamd.core.tool_calls import RemoveItems
from streamd.engine.live import InterruptRaisedError, LiveRun
from streamd.ids import derived_id
from streamd.ports.agent import Agent
from streamd.ports.store import OpResult

_NAMED_AT_MOST: Final = 10


async def ask(
    run: LiveRun,
    agent: str,
    step: str,
    key: str,
    message: str,
    *,
    reason: InterruptReason = "confirmation",
    schema: Mapping[str, object] | None = None,
    value: object = None,
    expires_seconds: float | None = None,
    results: tuple[OpResult, ...] = (),
) -> InterruptAnswer:
    """The answer, if there is one. Otherwise the run ends here.

    Args:
        run: who asks.
        agent: which agent of it.
        step: the step that is come back to.
        key: the question's own name.
        message: for people.
        reason: what kind of question it is.
        schema: of the answer's value.
        value: what it is about.
        expires_seconds: how long it may be answered; as configured when not given.
        results: what the step has to find again when it is come back to.

    """
    interrupt_id = InterruptId(derived_id("interrupt", run.replay.scope, key))
    store, workspace = run.services.store, run.record.workspace
    kept = await store.interrupt(workspace, interrupt_id) if run.replay.is_replay else None
    if kept is not None and kept.answer is not None:
        return kept.answer
    if kept is None:
        check_schema(schema)
        now_ms = run.services.clock.now_ms()
        seconds = expires_seconds or run.services.options.interrupt_expires_seconds
        kept = Interrupt(
            interrupt_id, run.record.workspace, run.record.thread_id, run.record.run_id, agent,
            _node_of(step), reason, message, now_ms,
            expires_ms=now_ms + int(seconds * 1000) if seconds else None,
            response_schema=schema, value=value, step=step,
        )  # fmt: skip
    # The run that is asked now is the one that an answer goes on with.
    raise InterruptRaisedError(attrs.evolve(kept, run_id=run.record.run_id), results)


def check_schema(schema: Mapping[str, object] | None) -> None:
    """Refuse a schema by which no answer can be judged, when the question is asked and not when it is answered."""
    if schema is not None:
        validator_of(schema, "a question")


async def approve_removal(
    run: LiveRun, agent: Agent, step: str, removal: RemoveItems, key: str, names: Mapping[ItemId, str]
) -> RemoveItems:
    """What of a removal a person allows: all of it, or with `edit` the items that are named."""
    named = {item_id: names.get(item_id, item_id) for item_id in removal.item_ids}
    answer = await ask(
        run, agent.name, step, f"{key}:approval",
        run.wording.ask_to_remove(len(named), list(named.values())[:_NAMED_AT_MOST], removal.reason),
        schema={
            "type": "object",
            "properties": {"item_ids": {"type": "array", "items": {"type": "string"}}},
            "required": ["item_ids"],
        },
        value={"tool": "remove_items", "reason": removal.reason, "items": named},
        # What somebody changes while the question is open is not removed: it rests on what had been read by now.
        results=(run.output.result(f"{key}?", str(run.state.changes.base).encode()),),
    )  # fmt: skip
    if answer.decision == "reject":
        return attrs.evolve(removal, item_ids=())
    if answer.decision != "edit" or not isinstance(answer.value, Mapping):
        return removal
    allowed = set(answer.value.get("item_ids", ()))
    return attrs.evolve(
        removal, item_ids=tuple(item_id for item_id in removal.item_ids if item_id in allowed)
    )


def _node_of(step: str) -> str:
    return step.split("/", 1)[0].split("#", 1)[0]
