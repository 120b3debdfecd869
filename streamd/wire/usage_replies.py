"""The reply that tells what language models used."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from streamd.core.json.typed_schemas import without_none
from streamd.core.usage import USAGE_KEYS, DayUsage, Usage, UsageKey
from streamd.wire.replies import reply

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streamd.core.usage import UsageFilter
    from streamd.wire.payloads.usage_data import AllowanceData, UsageData, UsageReply, UsageRowData


def usage_as_data(used: Usage) -> UsageData:
    """Make the keys of usage, with money to a millionth of a dollar."""
    return cast("UsageData", {**attrs.asdict(used), "cost_usd": round(used.cost_usd, 6)})


def usage(
    wanted: UsageFilter,
    total: Usage,
    rows: Sequence[DayUsage],
    budgets: Sequence[AllowanceData],
    *,
    by: Collection[UsageKey],
    limit: int,
    request_id: object = None,
) -> bytes:
    """Encode what was used; `rows` has one more than the limit where there are more."""
    keys: UsageReply = {
        "first_day": wanted.first_day,
        "last_day": wanted.last_day,
        "user_id": wanted.user_id,
        "total": usage_as_data(total),
        "rows": [_row(one, by) for one in rows[:limit]],
        "more": len(rows) > limit,
        "budgets": list(budgets),
    }
    return reply("usage", request_id, **without_none(keys))


def _row(one: DayUsage, by: Collection[UsageKey]) -> UsageRowData:
    named = {key: getattr(one, key) for key in USAGE_KEYS if key in by}
    return cast("UsageRowData", {**named, "usage": usage_as_data(one.usage)})
