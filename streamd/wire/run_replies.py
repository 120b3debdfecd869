"""Replies about runs: a run that a client attached to, and the progress of agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from streamd.core.item import Seq
from streamd.core.run import RunStatus
from streamd.core.thread import Interrupt
from streamd.wire.replies import reply
from streamd.wire.thread_replies import question_now

if TYPE_CHECKING:
    from streamd.wire.payloads.reply_data import AttachedReply


def attached(
    *,
    run_id: str,
    thread_id: str,
    status: RunStatus,
    after: Seq,
    top: Seq,
    question: Interrupt | None = None,
    request_id: object = None,
) -> bytes:
    """Report that the connection receives the responses of a run: those after `after` up to `top`, then new ones."""
    keys: AttachedReply = {
        "run_id": run_id,
        "thread_id": thread_id,
        "status": status,
        "after": after,
        "top": top,
    }
    if question is not None:
        keys["interrupt"] = question_now(question)
    return reply("attached", request_id, **keys)


def progress_report(
    report: Mapping[str, object],
    *,
    workspace: str,
    history: Sequence[Mapping[str, object]] | None = None,
    request_id: object = None,
) -> bytes:
    """Report the progress of a workspace's agents. An unknown time of completion is null: older clients read the key.

    Args:
        report: their progress: `WorkspaceProgress.as_data()`.
        workspace: the workspace of the agents.
        history: past broadcasts, oldest first; None when they were not asked for.
        request_id: of the message it answers.

    """
    keys = reply("progress_report", request_id, workspace=workspace, history=history)
    return keys[:-1] + b"," + orjson.dumps(report)[1:]
