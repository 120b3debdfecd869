"""Rows of days: demand, and usage of language models; inside a connection's thread."""

import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs
import orjson

from streamd.core.item import ItemId
from streamd.core.usage import DayUsage, Usage, UsageFilter, UsageKey
from streamd.ports.store import DemandKey, Removal
from streamd.stores.sqlite._damage import DamagedRows
from streamd.stores.sqlite._readers import ReadSteps
from streamd.stores.sqlite._statements import READS, USAGE
from streamd.stores.sqlite.packing import json_text

_ROWS: Final = 500
"""Days that are read at once: the event loop gets a turn in between."""
_DEMANDED_AT_ONCE: Final = 100
"""Items whose demand one statement reads."""


def ids_beginning(connection: sqlite3.Connection, workspace: str, prefix: str, limit: int) -> list[ItemId]:
    after = f"{prefix[:-1]}{chr(ord(prefix[-1]) + 1)}"
    wanted = {"workspace": workspace, "first": prefix, "after": after, "limit": limit}
    return [ItemId(one) for (one,) in connection.execute(READS["ids_beginning"], wanted)]


def quantities(
    connection: sqlite3.Connection, damage: DamagedRows, days: Iterable[DemandKey]
) -> Mapping[DemandKey, float]:
    found = connection.execute(READS["quantities"], {"days": json_text(list(days))}).fetchone()[0]
    return {
        (workspace, item_id, date): float(quantity)
        for workspace, item_id, date, quantity in orjson.loads(found)
        if _is_quantity(damage, workspace, item_id, date, quantity)
    }


def demand(
    connection: sqlite3.Connection, damage: DamagedRows, workspace: str, ids: Sequence[ItemId] | None
) -> ReadSteps[Mapping[ItemId, Sequence[tuple[str, float]]]]:
    history: dict[ItemId, list[tuple[str, float]]] = {}
    for rows in _daily_rows(connection, workspace, ids):
        for item_id, date, quantity in rows:
            if _is_quantity(damage, workspace, item_id, date, quantity):
                history.setdefault(ItemId(item_id), []).append((date, float(quantity)))
        yield
    return history


def _daily_rows(
    connection: sqlite3.Connection, workspace: str, ids: Sequence[ItemId] | None
) -> Iterator[Sequence[tuple[str, str, str]]]:
    if ids is not None:
        for start in range(0, len(ids), _DEMANDED_AT_ONCE):
            wanted = {"workspace": workspace, "ids": json_text(ids[start : start + _DEMANDED_AT_ONCE])}
            yield orjson.loads(connection.execute(READS["demand_of_items"], wanted).fetchone()[0])
        return
    item_id = date = ""
    count = _ROWS
    while count == _ROWS:
        arguments = {"workspace": workspace, "item_id": item_id, "date": date, "limit": _ROWS}
        count, block = connection.execute(READS["demand"], arguments).fetchone()
        rows: list[tuple[str, str, str]] = orjson.loads(block)
        yield rows
        if rows:
            item_id, date, _ = rows[-1]


def _is_quantity(damage: DamagedRows, workspace: str, item_id: str, date: str, quantity: str) -> bool:
    try:
        if math.isfinite(float(quantity)):
            return True
    except ValueError:
        pass
    damage.report("demand", "the quantity is no number", workspace=workspace, item=item_id, date=date)
    return False


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
