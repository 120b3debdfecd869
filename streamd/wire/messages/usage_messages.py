"""The message that asks what language models used."""

import re
from datetime import date
from typing import Final

from streamd.core.usage import USAGE_KEYS, UsageKey
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts
from streamd.wire.messages.client_message import ClientMessage, from_key, message

MAX_ROWS: Final = 1000
DEFAULT_ROWS: Final = 100
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@accepts({"type": "string", "format": "date"})
def _day(value: object, key: str) -> str:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise InvalidMessageError(f"{key} must be a day, such as 2026-11-20", path=key)


@message("usage")
class UsageMessage(ClientMessage):
    """`usage`: asks how many tokens language models used, and what they cost."""

    first_day: str | None = from_key(_day, default=None)
    last_day: str | None = from_key(_day, default=None)
    by: frozenset[UsageKey] | None = from_key(read.names_of(USAGE_KEYS), default=None)
    agent: str | None = from_key(read.name, default=None)
    user_id: str | None = from_key(read.name, default=None)
    limit: int = from_key(read.whole(least=1, most=MAX_ROWS), default=DEFAULT_ROWS)
