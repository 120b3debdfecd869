"""Replies about runs: a run that a client attached to, and the progress of agents."""

from collections.abc import Mapping, Sequence

import orjson

from streamd.core.item import Seq
from streamd.wire.replies import reply


def attached(
    *, run_id: str, thread_id: str, status: str, after: Seq, top: Seq, request_id: object = None
) -> bytes:
    """The connection hears this run: first what it told after `after` up to `top`, then what it tells."""
    return reply(
        "attached", request_id, run_id=run_id, thread_id=thread_id, status=status, after=after, top=top
    )


def progress_report(
    report: Mapping[str, object],
    *,
    workspace: str,
    history: Sequence[Mapping[str, object]] | None = None,
    request_id: object = None,
) -> bytes:
    """How far a workspace's agents are. Where nobody knows when that will be, null stands there: clients read the key.

    Args:
        report: how far they are: `WorkspaceProgress.as_data()`.
        workspace: whose agents.
        history: broadcasts of the past, oldest first; None when nobody asked for them.
        request_id: of the message it answers.

    """
    keys = reply("progress_report", request_id, workspace=workspace, history=history)
    return keys[:-1] + b"," + orjson.dumps(report)[1:]
