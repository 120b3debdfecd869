"""Answers what language models used."""

from streamd.edge.ws._client import Client
from streamd.service import UsageReport
from streamd.wire import usage_replies
from streamd.wire.messages.usage_messages import UsageMessage


def usage(client: Client, message: UsageMessage, report: UsageReport) -> bytes:
    """Encode what language models used, and the budgets."""
    text_of = client.engine.clock.text
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
        limit=message.limit,
        request_id=message.request_id,
    )
