"""The live feed of a workspace."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamd.core.item import START
from streamd.core.lists.view import marked_epoch
from streamd.core.position import Feed
from streamd.edge.http._context import actor_of, context_of, params_of
from streamd.edge.http._requests import decoded
from streamd.edge.http._streams import EventStream
from streamd.edge.http.encoders import EVENTS, EVENTS_REPLAYED
from streamd.engine.delivery import Cursor, Filter, Outbox
from streamd.service import (
    Actor,
    Resume,
    RunHandle,
    Service,
    check_view,
    feed_cursor,
    item_view,
    open_events,
    resumed_events,
    unwatch_runs,
    watch_runs,
)
from streamd.wire import connection_replies
from streamd.wire.codec import parse_body
from streamd.wire.messages.connection_messages import SubscribeMessage
from streamd.wire.sse import block, chunk, event_id, parse_event_id

_LISTS: Final = ("topics", "event_types", "agents")
_AT_FIRST: Final = frozenset({"items"})
_FEEDS: Final[tuple[Feed, ...]] = ("progress", "quality", "interrupts")


async def events(request: Request) -> Response:
    """`GET /events`: item events as Server-Sent Events, from now on, after a position, or after a snapshot."""
    params, context = params_of(request), context_of(request)
    actor, service = actor_of(request), context.service
    wanted = _wanted(request)
    topics = wanted.topics or _AT_FIRST
    view = item_view(service, params.item_types, params.where)
    await check_view(service, actor, view)
    only = None
    if view is not None or wanted.event_types is not None or "items" not in topics:
        only = Filter(view, wanted.event_types, "items" in topics)
    since, epoch = params.since, params.epoch
    last_id = request.headers.get("last-event-id")
    if last_id:
        since, epoch = parse_event_id(last_id)
    resume = Resume(since, epoch, params.snapshot and not last_id)

    async def opening(outbox: Outbox) -> None:
        if resume.has_items:
            cursor = await resumed_events(service, actor, resume, only)
        else:
            cursor = await open_events(service, actor, only)
        seq, marked = cursor.position, marked_epoch(context.engine.store.epoch, view)
        told = connection_replies.connected(
            connection_id=params.connection_id or f"sse-{id(outbox):x}",
            workspace=actor.workspace,
            seq=seq,
            epoch=marked,
            user_id=actor.user_id,
            heartbeat_seconds=context.listener.options.comment_seconds,
            timestamp=context.text_of(context.engine.clock.now_ms()),
        )
        # Where a snapshot follows, the position is not the client's yet: it would come back without the items.
        id_ = b"" if cursor.inserts else event_id(seq, marked)
        outbox.send(chunk(block(told, id_)))
        outbox.add(cursor)
        stream.tell_position(cursor, marked, told=bool(id_))
        for feed in _FEEDS:
            if feed in topics:
                outbox.add(await feed_cursor(service, actor, feed, wanted.agents))
        if "runs" in topics:
            _follow_runs(service, actor, stream)

    stream = EventStream(request, actor, opening, encoding=EVENTS, replay_encoding=EVENTS_REPLAYED)
    return stream


def _wanted(request: Request) -> SubscribeMessage:
    """The lists in the query: JSON, names with commas between them, or a key that is repeated."""
    given: dict[str, object] = {}
    for key in _LISTS:
        texts = [text for text in request.query_params.getlist(key) if text]
        if texts and texts[0].startswith("["):
            given[key] = decoded(texts[0].encode())
        elif texts:
            given[key] = ",".join(texts).split(",")
    return parse_body(SubscribeMessage, given)


def _follow_runs(service: Service, actor: Actor, stream: EventStream) -> None:
    """Send the responses of every run that starts in the workspace from now on."""

    def started(run: RunHandle) -> None:
        stream.outbox.add(Cursor(run.stream, START))

    watch_runs(service, actor, stream, started)
    stream.when_closed(lambda: unwatch_runs(service, stream))


ROUTES: Final = (Route("/events", events),)
