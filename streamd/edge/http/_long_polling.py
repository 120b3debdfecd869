"""Long polling: events for clients that can neither read a stream nor a socket, a page for each request."""

import asyncio
from contextlib import suppress
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.item import Seq
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.lists.view import marked_epoch
from streamd.edge.http._context import connection_of, context_of
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import query_whole
from streamd.edge.http.encoders import JSON_LINES
from streamd.engine.delivery import Cursor, Filter, Outbox
from streamd.service import Actor

_MOST_SECONDS: Final = 60
_READING_SECONDS: Final = 5
"""For events that are there, where nobody waits for new ones."""
_MOST_EVENTS: Final = 1000
_USUAL_EVENTS: Final = 100

POLLED: Final[dict[str, JsonSchema]] = {
    "wait": {
        "type": "integer", "minimum": 0, "maximum": _MOST_SECONDS,
        "description": "Asks for a page of events instead of a stream, and waits so many seconds for one.",
    },
    "limit": {
        "type": "integer", "minimum": 1, "maximum": _MOST_EVENTS, "default": _USUAL_EVENTS,
        "description": "With `wait`: how many events there are at most.",
    },
}  # fmt: skip


class _FirstEvents:
    """A sink that takes one piece of a stream."""

    encoding = replay_encoding = JSON_LINES

    def __init__(self) -> None:
        self.ready = True
        self.events: list[bytes] = []
        self.over = asyncio.Event()
        """Set when there are events, or the client is gone."""

    def write(self, data: bytes) -> None:
        """Take the events, and no more."""
        self.events = data.splitlines()
        self.ready = False
        self.over.set()

    def fail(self) -> None:
        """Give up: the client asks again."""
        self.over.set()


async def polled(
    request: Request, actor: Actor, only: Filter | None, since: Seq | None, epoch: str | None
) -> Response:
    """Events after a position, or from now on: at once where there are some, else as soon as there are, or time is up."""
    seconds = query_whole(request, "wait", 0, least=0, most=_MOST_SECONDS)
    limit = query_whole(request, "limit", _USUAL_EVENTS, least=1, most=_MOST_EVENTS)
    context = context_of(request)
    uses, own = context.service, context.engine.store.epoch
    marked = marked_epoch(own, None if only is None else only.view)
    cursor: Cursor | str
    if since is None:
        cursor = await service.open_events(uses, actor, only)
    else:
        cursor = await service.continued_events(uses, actor, since, epoch, only)
    if isinstance(cursor, str):
        top = (await service.open_events(uses, actor, only)).position
        return _page([], top, marked, reset=cursor)
    sink = _FirstEvents()
    outbox = context.engine.open_outbox(sink, actor.flow.account)
    connection = connection_of(request)
    connection.wait_with(sink.over)
    try:
        outbox.add(cursor)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or _READING_SECONDS):
                await (sink.over.wait() if seconds else _read(outbox, sink))
        events, seq = sink.events, cursor.position
        if len(events) > limit:
            events = events[:limit]
            seq = Seq(orjson.loads(events[-1])["seq"])
        return _page(events, seq, marked, more=seq < cursor.stream.top)
    finally:
        connection.wait_with(None)
        outbox.close()


async def _read(outbox: Outbox, sink: _FirstEvents) -> None:
    """Wait until there are events, or it is known that there are none."""
    waiting = [asyncio.create_task(sink.over.wait()), asyncio.create_task(outbox.drained())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _page(
    events: list[bytes], seq: Seq, epoch: str, *, more: bool = False, reset: str | None = None
) -> Response:
    told: dict[str, object] = {"seq": seq, "epoch": epoch, "more": more}
    if reset is not None:
        told["reset"] = reset
    return json_response(orjson.dumps(told)[:-1] + b',"events":[' + b",".join(events) + b"]}")
