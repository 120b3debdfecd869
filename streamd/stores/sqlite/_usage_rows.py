"""Writes and reads what language models used; inside a connection's thread."""

import sqlite3
from collections.abc import Collection, Sequence

import attrs

from streamd.core.usage import DayUsage, Usage, UsageFilter, UsageKey
from streamd.ports.store import Removal
from streamd.stores.sqlite._statements import USAGE
from streamd.stores.sqlite.packing import json_text


def put_usage(connection: sqlite3.Connection, used: Sequence[tuple[str, DayUsage]]) -> None:
    """Add usage of workspaces to what is stored; within their batches' transaction."""
    rows = [
        (workspace, one.day, one.user_id, one.agent, *attrs.astuple(one.usage)) for workspace, one in used
    ]
    _put(connection, rows)


def _put(connection: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> None:
    connection.execute(USAGE["put_usage"], {"rows": json_text(rows)})


def usage(
    connection: sqlite3.Connection, workspace: str, wanted: UsageFilter, by: Collection[UsageKey], limit: int
) -> Sequence[DayUsage]:
    """Add up usage (see the port)."""
    arguments = {
        **attrs.asdict(wanted), "workspace": workspace, "limit": max(0, limit),
        "by_day": "day" in by, "by_user": "user_id" in by, "by_agent": "agent" in by,
    }  # fmt: skip
    return [
        DayUsage(day, user_id, agent, Usage(read, written, put, taken, cost_usd, bool(estimated)))
        for day, user_id, agent, read, written, put, taken, cost_usd, estimated in connection.execute(
            USAGE["usage"], arguments
        )
    ]


def remove_usage(connection: sqlite3.Connection, wanted: Sequence[Removal]) -> None:
    """Delete old usage, and take names out of what stays; within their batches' transaction."""
    for one in wanted:
        of_workspace = {"workspace": one.workspace}
        if one.usage_before:
            connection.execute(USAGE["remove_usage"], of_workspace | {"day": one.usage_before})
        if users := [user_id for user_id in one.unnamed_users if user_id]:
            named = of_workspace | {"users": json_text(users)}
            rows = connection.execute(USAGE["usage_of_users"], named).fetchall()
            connection.execute(USAGE["remove_users"], named)
            _put(connection, rows)
