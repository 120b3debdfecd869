"""Projects: how far their agents are, what they write, and how good it is, for pages made on a server and for `EventSource`.

A project is a workspace, and one that nobody has heard of is an empty feed. The streams never end.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.item import Seq
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.position import Feed
from streamd.edge.http import _feed_encoders as encoders
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import EVENT_STREAM, Operation
from streamd.edge.http._replies import json_response
from streamd.edge.http._reply_data import ProjectProgressData
from streamd.edge.http._streams import RETRY_MS, EventStream
from streamd.engine.delivery import Outbox
from streamd.errors import InvalidMessageError
from streamd.service import Actor
from streamd.wire.codec import parse_body
from streamd.wire.dialects.project_feeds import project_progress
from streamd.wire.messages.connection_params import check_workspace
from streamd.wire.messages.run_messages import MAX_PROGRESS_HISTORY, GetProgressMessage
from streamd.wire.sse import chunk, comment, event_id, parse_event_id, position, retry

_PREFIXES: Final = ("", "/api")


async def agent_stream(request: Request) -> Response:
    """Progress of a project's agents, each status as an event of its own name."""
    return _stream(request, request.query_params.get("projectId"), "progress", encoders.AGENT_EVENTS)


def _streaming(feed: Feed, encoding: str, summary: str) -> Callable[[Request], Awaitable[Response]]:
    """Make the route of a feed of the project in the path; `summary` says what it tells."""

    async def stream(request: Request) -> Response:
        return _stream(request, request.path_params["project_id"], feed, encoding)

    stream.__doc__ = summary
    return stream


def _stream(request: Request, project: str | None, feed: Feed, encoding: str) -> EventStream:
    """Stream a feed: after `Last-Event-ID`, or from how things stand."""
    context, actor = context_of(request), _actor_in(request, project)
    agents = _asked(request).agents
    last_id = request.headers.get("last-event-id") or request.query_params.get("lastEventId")
    since, since_epoch = parse_event_id(last_id) if last_id else (None, None)

    async def opening(outbox: Outbox) -> None:
        begun = await service.resumed_feed(context.service, actor, feed, agents, since, since_epoch)
        encoder = context.engine.encoders[encoding]
        for entry in begun.standing:
            outbox.send(encoder.entry(entry, "feed"))
        # From here on it comes back to this position, even if it was told nothing.
        epoch = context.engine.store.epoch
        outbox.send(chunk(position(event_id(begun.cursor.position, epoch))))
        outbox.add(begun.cursor)
        stream.tell_position(begun.cursor, epoch, told=True)

    stream = EventStream(
        request, actor, opening, encoding=encoding, replay_encoding=encoding,
        first=comment("Connected") + retry(RETRY_MS),
    )  # fmt: skip
    return stream


async def progress(request: Request) -> Response:
    """The progress of the project and its agents; with `?history=1` past progress, too."""
    actor, asked = _actor_in(request, request.path_params["project_id"]), _asked(request)
    report, past = await service.get_progress(context_of(request).service, actor, asked.agents, asked.history)
    return json_response(orjson.dumps(project_progress(report, past if asked.history else None)))


def _actor_in(request: Request, project: str | None) -> Actor:
    """The actor in the workspace that the project is; in the usual one, or the query's, where none is named."""
    actor = actor_of(request)
    return actor.within(check_workspace(project)) if project else actor


def _asked(request: Request) -> GetProgressMessage:
    """Read the query: agents by their ids or names, in one list or several; points of the past, of which 1 is all."""
    query = request.query_params
    names = [name for text in query.getlist("agentIds") for name in text.split(",") if name]
    history = query.get("history") or "0"
    if not (history.isascii() and history.isdigit() and len(history) <= len(str(MAX_PROGRESS_HISTORY))):
        raise InvalidMessageError("history is 1, or how many points of it at most", path="history")
    keys: dict[str, object] = {"history": MAX_PROGRESS_HISTORY if history == "1" else Seq(int(history))}
    return parse_body(GetProgressMessage, {**keys, "agents": names} if names else keys)


_AGENT_IDS: Final[Mapping[str, JsonSchema]] = {
    "agentIds": {"type": "string", "description": "Ids or names of agents, with commas."}
}
_FEED: Final[Mapping[str, JsonSchema]] = {**_AGENT_IDS, "lastEventId": {"type": "string"}}
_LAST_ID: Final = ("Last-Event-ID",)
_FEEDS: Final[Sequence[tuple[str, Feed, str, str]]] = (
    ("agents", "progress", encoders.AGENTS, "The progress of the agents of a project, as events."),
    ("preview", "quality", encoders.PREVIEW, "Sections of a project's web copy as they grow, as events."),
    ("quality", "quality", encoders.QUALITY, "The quality of each section of a project, as events."),
)

OPERATIONS: Final = (
    Operation("GET", "/api/sse/agent-stream", agent_stream, None, {200: EVENT_STREAM}, query={**_FEED, "projectId": {"type": "string"}}, headers=_LAST_ID),
    *[
        Operation("GET", f"{prefix}/projects/{{project_id}}/{name}/stream", _streaming(feed, encoding, summary), None, {200: EVENT_STREAM}, query=_FEED, headers=_LAST_ID)
        for prefix in _PREFIXES
        for name, feed, encoding, summary in _FEEDS
    ],
    *[
        Operation("GET", f"{prefix}/projects/{{project_id}}/progress", progress, None, {200: ProjectProgressData}, query={**_AGENT_IDS, "history": {"type": "integer", "minimum": 0, "maximum": MAX_PROGRESS_HISTORY}})
        for prefix in _PREFIXES
    ],
)  # fmt: skip
