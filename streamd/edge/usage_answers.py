"""Answers what language models used, over both listeners."""

from collections.abc import Callable

from streamd.service import UsageReport
from streamd.wire import usage_replies


def usage(
    report: UsageReport, limit: int, text_of: Callable[[int], str], *, request_id: object = None
) -> bytes:
    """Encode what language models used, at most `limit` rows, and the budgets; `text_of` writes a time."""
    return usage_replies.usage(
        report.wanted,
        report.total,
        report.rows,
        [
            {
                "of": one.of,
                "per": one.per,
                "unit": one.unit,
                "limit": one.limit,
                "used": round(one.used, 6),
                "renewed_at": text_of(one.renewed_ms),
            }
            for one in report.allowances
        ],
        by=report.by,
        limit=limit,
        request_id=request_id,
    )
