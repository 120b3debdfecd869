"""The event that every alternative makes of a published message; streamd's own has the same keys."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

GREETING = '{"type":"connected"}'
"""Sent once the server counts a client among those who hear."""


def positions() -> Iterator[int]:
    return itertools.count(1)


def event_of(message: dict[str, Any], seq: int) -> dict[str, Any]:
    return {
        "event_type": message["event_type"],
        "data": message["data"],
        "timestamp": datetime.now(UTC).isoformat(),
        "user_id": "anonymous",
        "seq": seq,
        "workspace": "default",
    }
