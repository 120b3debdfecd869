"""Replies that list conversations and runs.

Times come in as Unix milliseconds; `text_of` makes RFC 3339 text of them, as the clock's `text` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from streamd.core.json.typed_schemas import without_none
from streamd.core.run import RunRecord, TriggerCause
from streamd.core.thread import ThreadSummary, cut_title
from streamd.wire.replies import reply
from streamd.wire.thread_replies import TextOf

if TYPE_CHECKING:
    from streamd.wire.payloads.list_data import (
        RunRowData,
        RunsReply,
        ThreadRowData,
        ThreadsReply,
        TriggerCauseData,
    )


def threads(
    found: Sequence[ThreadSummary], limit: int, text_of: TextOf, *, request_id: object = None
) -> bytes:
    """Encode a page of conversations. `limit`: how many were asked for, with which there may be more."""
    keys: ThreadsReply = {"threads": [_thread_row(one, text_of) for one in found]}
    if len(found) == limit:
        keys["next"] = f"{found[-1].place}/{found[-1].thread_id}"
    return reply("threads", request_id, **keys)


def runs(found: Sequence[RunRecord], limit: int, text_of: TextOf, *, request_id: object = None) -> bytes:
    """Encode a page of runs. `limit`: how many were asked for, with which there may be more."""
    keys: RunsReply = {"runs": [_run_row(one, text_of) for one in found]}
    if len(found) == limit:
        keys["next"] = found[-1].run_id
    return reply("runs", request_id, **keys)


def _thread_row(thread: ThreadSummary, text_of: TextOf) -> ThreadRowData:
    row: ThreadRowData = {
        "thread_id": thread.thread_id,
        "title": thread.title,
        "last_message": thread.last_message,
        "status": thread.status,
        "last_used_at": text_of(thread.last_ms),
        "run_id": thread.run_id,
    }
    return without_none(row)


def _run_row(run: RunRecord, text_of: TextOf) -> RunRowData:
    row: RunRowData = {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "agent": run.agent,
        "user_id": run.user_id,
        "status": run.status,
        "user_input": cut_title(run.request.user_input),
        "started_at": text_of(run.started_ms),
        "ended_at": None if run.ended_ms is None else text_of(run.ended_ms),
        "trigger": None if run.request.trigger is None else _cause(run.request.trigger, text_of),
    }
    return without_none(row)


def _cause(cause: TriggerCause, text_of: TextOf) -> TriggerCauseData:
    told: TriggerCauseData = {
        "name": cause.name,
        "chain": list(cause.chain),
        "seq": cause.seq,
        "due": None if cause.due_ms is None else text_of(cause.due_ms),
    }
    return without_none(told)
