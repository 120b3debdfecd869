"""Questions to people: asked once, and found again with their answers when a step is replayed."""

from collections.abc import Mapping

import attrs

from streamd.core.json.json_schemas import validator_of
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId, InterruptReason
from streamd.engine.live.live_run import LiveRun
from streamd.engine.live.run_control import InterruptRaisedError
from streamd.errors import RunError
from streamd.ids import derived_id
from streamd.ports.store import OpResult


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
        reason: the kind of question; a rejected `tool_approval` ends nothing, as the model is told.
        schema: the JSON schema of the answer's value.
        value: the subject of the question, as data.
        expires_seconds: the time for an answer; by default as configured.
        results: results that the step needs again when it resumes.

    Raises:
        RunError: a person refused, and the agent that asks is consulted by another one, which goes on without it.

    """
    interrupt = await asked_before(run, key)
    if interrupt is not None and interrupt.answer is not None:
        if interrupt.answer.decision == "reject" and "/" in step and reason != "tool_approval":
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


def check_schema(schema: Mapping[str, object] | None) -> None:
    """Refuse a schema by which no answer can be judged, when the question is asked and not when it is answered."""
    if schema is not None:
        validator_of(schema, "a question")


def _id_of(run: LiveRun, key: str) -> InterruptId:
    return InterruptId(derived_id("interrupt", run.replay.scope, key))


def _node_of(step: str) -> str:
    return step.split("/", 1)[0].split("#", 1)[0]
