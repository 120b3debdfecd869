"""Messages that list conversations and runs, page by page."""

import re
from typing import Final, get_args

from streamd.core.run import RunFilter, RunId, RunStatus
from streamd.core.thread import ThreadFilter, ThreadStatus
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts
from streamd.wire.messages._shapes import Shape, optional
from streamd.wire.messages.client_message import ClientMessage, from_key, from_keys, message

MAX_ROWS: Final = 100
DEFAULT_ROWS: Final = 20
MAX_QUERY_CHARS: Final = 200

THREAD_STATUSES: Final[tuple[ThreadStatus, ...]] = get_args(ThreadStatus)
RUN_STATUSES: Final[tuple[RunStatus, ...]] = get_args(RunStatus)

_PLACE: Final = re.compile(r"(\d{1,16})/.+", re.DOTALL | re.ASCII)


@accepts({"type": "string", "pattern": r"^\d{1,16}/"})
def _place(value: object, key: str) -> int:
    found = _PLACE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidMessageError(f"{key} must be the `next` of an earlier reply", path=key)
    return int(found[1])


@message("list_threads")
class ListThreadsMessage(ClientMessage):
    """`list_threads`: asks which conversations there are, the last used first."""

    wanted: ThreadFilter = from_keys(
        Shape(
            ThreadFilter,
            query=optional(read.short_text(MAX_QUERY_CHARS)),
            status=optional(read.choice(THREAD_STATUSES)),
            user_id=optional(read.name),
        )
    )
    limit: int = from_key(read.whole(least=1, most=MAX_ROWS), default=DEFAULT_ROWS)
    before: int | None = from_key(_place, default=None)
    """The `next` of an earlier reply: from there on."""


@message("list_runs")
class ListRunsMessage(ClientMessage):
    """`list_runs`: asks which runs there are, the last one first."""

    wanted: RunFilter = from_keys(
        Shape(
            RunFilter,
            statuses=optional(read.names_of(RUN_STATUSES)),
            agent=optional(read.name),
            user_id=optional(read.name),
            thread_id=optional(read.name),
            trigger=optional(read.name),
        )
    )
    limit: int = from_key(read.whole(least=1, most=MAX_ROWS), default=DEFAULT_ROWS)
    before: RunId | None = from_key(read.name_of(RunId), default=None)
    """Only older ones than this run."""
