"""Questions to people: asked once, and found again with their answers when a step is replayed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId, Seq
from streamd.core.json.json_schemas import validator_of
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId, InterruptReason
from streamd.core.tool_calls import RemoveItems
from streamd.engine.live import InterruptRaisedError, LiveRun
from streamd.errors import RunError
from streamd.ids import derived_id
from streamd.ports.agent import Agent
from streamd.ports.store import OpResult

_NAMED_AT_MOST: Final = 10


@attrs.frozen
class Approval:
    """The part of a removal that a person approved, and the rest in words."""

    call: RemoveItems
    """What they approved of it."""
    declined: str
    """Which items they were asked about and keep, in words; empty for none."""


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
    """Return the answer, if there is one; otherwise the run ends here. A refusal ends the work of an agent that only helps.

    Args:
        run: the run that asks.
        agent: the agent that asks.
        step: the step at which the answer resumes.
        key: the question's own name.
        message: the question's text, for people.
        reason: the kind of question.
        schema: the JSON schema of the answer's value.
        value: the subject of the question, as data.
        expires_seconds: the time for an answer; by default as configured.
        results: results that the step needs again when it resumes.

    Raises:
        RunError: a person refused, and the agent that asks is consulted by another one, which goes on without it.

    """
    interrupt = await asked_before(run, key)
    if interrupt is not None and interrupt.answer is not None:
        if interrupt.answer.decision == "reject" and "/" in step:
            raise RunError(run.wording.answer_refused(interrupt.answered_by))
        return interrupt.answer
    if interrupt is None:
        check_schema(schema)
        now_ms = run.services.clock.now_ms()
        seconds = expires_seconds or run.services.options.interrupt_expires_seconds
        interrupt = Interrupt(
            _id_of(run, key), run.record.workspace, run.record.thread_id, run.record.run_id, agent,
            _node_of(step), reason, message, now_ms,
            expires_ms=now_ms + int(seconds * 1000) if seconds else None,
            response_schema=schema, value=value, step=step,
        )  # fmt: skip
    # An answer resumes the run that asks now, not the one that asked first.
    raise InterruptRaisedError(attrs.evolve(interrupt, run_id=run.record.run_id), results)


async def asked_before(run: LiveRun, key: str) -> Interrupt | None:
    """Return the question of this name, if the run or one that it resumes has asked it."""
    if not run.replay.is_replay:
        return None
    return await run.services.store.interrupt(run.record.workspace, _id_of(run, key))


def _id_of(run: LiveRun, key: str) -> InterruptId:
    return InterruptId(derived_id("interrupt", run.replay.scope, key))


def check_schema(schema: Mapping[str, object] | None) -> None:
    """Refuse a schema by which no answer can be judged, when the question is asked and not when it is answered."""
    if schema is not None:
        validator_of(schema, "a question")


async def approve_removal(
    run: LiveRun,
    agent: Agent,
    step: str,
    removal: RemoveItems,
    key: str,
    names: Mapping[ItemId, str],
    referring: Sequence[str] = (),
    staying: Sequence[str] = (),
    *,
    base: Seq,
) -> Approval:
    """Return the approved part of a removal: all of it, or the items that the answer lists.

    `referring` has the names of items whose references it clears, `staying` says which items stay and why, `base` is the
    position up to which items were read. What the question did not name is not approved.
    """
    named = {item_id: names.get(item_id, item_id) for item_id in removal.item_ids}
    answer = await ask(
        run, agent.name, step, f"{key}:approval",
        run.wording.ask_to_remove(
            len(named), list(named.values())[:_NAMED_AT_MOST], removal.reason, list(referring)[:_NAMED_AT_MOST],
            list(staying)[:_NAMED_AT_MOST],
        ),
        schema={
            "type": "object",
            "properties": {"item_ids": {"type": "array", "items": {"type": "string"}}},
            "required": ["item_ids"],
        },
        value={"tool": "remove_items", "reason": removal.reason, "items": named},
        # Items that change while the question is open are not removed: the base is the state read until now.
        results=(run.output.result(f"{key}?", str(base).encode()),),
    )  # fmt: skip
    asked = await asked_before(run, f"{key}:approval")
    if asked is not None and isinstance(asked.value, Mapping):
        named = dict(asked.value.get("items", named))
    allowed: Collection[object] = named
    if answer.decision == "reject":
        allowed = ()
    elif isinstance(answer.value, Mapping):
        allowed = frozenset(answer.value.get("item_ids", ())) & named.keys()
    kept = [name for one, name in named.items() if one not in allowed]
    by = "" if asked is None else asked.answered_by
    return Approval(
        attrs.evolve(removal, item_ids=tuple(one for one in removal.item_ids if one in allowed)),
        run.wording.declined(by, len(kept), kept[:_NAMED_AT_MOST]) if kept else "",
    )


def _node_of(step: str) -> str:
    return step.split("/", 1)[0].split("#", 1)[0]
