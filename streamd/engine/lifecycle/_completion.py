"""The last response of a run, for each way in which it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from streamd.core.run import Response
from streamd.engine.live import NOT_UNDERSTOOD, LiveRun
from streamd.errors import StreamdError
from streamd.wire.entries import RESERVED_KEYS
from streamd.wire.refusals import error_keys
from streamd.wire.usage_replies import usage_as_data

if TYPE_CHECKING:
    from streamd.wire.payloads.response_data import (
        CancelledData,
        CompleteData,
        FailedData,
        OutcomeData,
    )
    from streamd.wire.payloads.usage_data import UsageData


def completion(run: LiveRun) -> Response:
    """Build the last response of a run that succeeded: what it changed, and its message."""
    from streamd.engine.steps import summary

    outcome = run.state.changes.outcome
    understanding = (
        run.state.understanding if run.state.reads_understanding and run.model.is_offline else NOT_UNDERSTOOD
    )
    names = {**run.state.changes.read_names, **run.state.changes.touched_names}
    sentences = [understanding.refusal or understanding.reply, summary(outcome, names, run.wording)]
    data: CompleteData = {
        "added": outcome.added,
        "removed": outcome.removed,
        "changed": outcome.changed,
    }
    if outcome.refused:
        data["refused"] = outcome.refused
    if understanding.problems:
        data["problems"] = [
            {"index": one.index, "message": one.message, "item_id": one.item_id}
            for one in understanding.problems
        ]
    if understanding.candidates:
        data["candidates"] = list(understanding.candidates)
    if understanding.matched:
        data["matched"] = list(understanding.matched)
    if understanding.refusal:
        data["refusal"] = understanding.refusal
    extra: dict[str, object] = {"model": run.model.name(run.record.agent)}
    if (used := used_by(run)) is not None:
        data["usage"] = used
    if run.state.conclusion is not None:
        sentences = [run.state.conclusion.message]
        extra |= run.state.conclusion.extra
    return Response(
        "complete",
        " ".join(filter(None, sentences)) or run.state.last_message or run.wording.nothing_changed(),
        data,
        extra,
    )


def cancellation(run: LiveRun, message: str) -> Response:
    """Build the last response of a run that a person cancelled."""
    did = _changes(run)
    data: CancelledData = {"added": did["added"], "removed": did["removed"], "changed": did["changed"]}
    if run.output.partial_text:
        data["partial"] = run.output.partial_text
    if (used := used_by(run)) is not None:
        data["usage"] = used
    return Response("cancelled", message, data)


def failure(run: LiveRun, error: StreamdError) -> Response:
    """Build the last response of a run that failed, with its changes and text until then."""
    keys: Mapping[str, object] = error_keys(error)
    extra = {key: value for key, value in keys.items() if key not in RESERVED_KEYS}
    if run.output.partial_text:
        extra["partial"] = run.output.partial_text
    did = _changes(run)
    data: FailedData = {"added": did["added"], "removed": did["removed"], "changed": did["changed"]}
    if (used := used_by(run)) is not None:
        data["usage"] = used
    return Response("error", str(keys["message"]), data if used is not None or _did(run) else None, extra)


def used_by(run: LiveRun) -> UsageData | None:
    """Return what the run itself used of language models; None where it used nothing."""
    usage = run.meter.usage
    return usage_as_data(usage) if usage.tokens else None


def _changes(run: LiveRun) -> OutcomeData:
    outcome = run.state.changes.outcome
    return {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed}


def _did(run: LiveRun) -> bool:
    outcome = run.state.changes.outcome
    return bool(outcome.added or outcome.removed or outcome.changed or outcome.refused)
