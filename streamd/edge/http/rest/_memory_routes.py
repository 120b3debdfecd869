"""Memories of agents over plain HTTP, and the documents that they search."""

from typing import Final

import attrs
import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.memory import Memory
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._replies import json_response, listed
from streamd.edge.http._reply_data import PassagesData
from streamd.edge.http._requests import query_text, query_values, query_whole
from streamd.errors import InvalidMessageError
from streamd.wire import memory_replies, replies
from streamd.wire.messages.memory_messages import MAX_QUERY_CHARS, ForgetUserMessage, MemoryMessage

_MOST_PASSAGES: Final = 50
_USUAL_PASSAGES: Final = 5


async def find_memories(request: Request, wanted: MemoryMessage) -> Response:
    """The memories that match the words of a query, the best first; without one the newest."""
    if wanted.action != "search":
        return await list_memories(request, wanted)
    found = await service.search_memories(
        context_of(request).service, actor_of(request), wanted.query or "",
        agent=wanted.agent, user_id=wanted.user_id, kinds=wanted.kinds, limit=wanted.limit,
    )  # fmt: skip
    return json_response(memory_replies.memory("search", [_encoded(request, one) for one in found]))


async def _search_or_list(request: Request) -> dict[str, object]:
    given = query_values(MemoryMessage, request)
    return {**given, "action": "search" if given.get("query") else "list"}


async def list_memories(request: Request, wanted: MemoryMessage) -> Response:
    """All memories, the newest first."""
    further = {"limit": wanted.limit} if wanted.action == "list" else {}
    found = service.list_memories(
        context_of(request).service, actor_of(request),
        agent=wanted.agent, user_id=wanted.user_id, kinds=wanted.kinds, **further,
    )  # fmt: skip
    empty = memory_replies.memory(wanted.action, ())
    return await listed(empty, "memories", found, lambda one: _encoded(request, one), counts=True)


async def clear_memories(request: Request, message: MemoryMessage) -> Response:
    """Clears memories."""
    actor = actor_of(request, message.user_id)
    count = await service.clear_memories(
        context_of(request).service, actor,
        agent=message.agent, user_id=message.user_id, kinds=message.kinds,
    )  # fmt: skip
    return json_response(memory_replies.memory("clear", (), count=count))


async def set_preference(request: Request, message: MemoryMessage) -> Response:
    """Sets a preference of the user; without a value it is withdrawn."""
    actor = actor_of(request, message.user_id)
    held = await service.set_preference(context_of(request).service, actor, message.key or "", message.value)
    return json_response(memory_replies.memory(message.action, [_encoded(request, one) for one in held]))


def _encoded(request: Request, memory: Memory) -> bytes:
    return orjson.dumps(memory_replies.memory_as_json(memory, context_of(request).text_of))


async def forget_user(request: Request, message: ForgetUserMessage) -> Response:
    """Takes a user's words out of the workspace."""
    gone = await service.forget_user(context_of(request).service, actor_of(request), message.user_id)
    return json_response(replies.ack(replies.result(user_id=message.user_id, **attrs.asdict(gone))))


async def search_knowledge(request: Request) -> Response:
    """The parts of documents that match a question, the best first."""
    query = query_text(request, "query", MAX_QUERY_CHARS)
    if not query.strip():
        raise InvalidMessageError("query is required: words to look for", path="query")
    limit = query_whole(request, "limit", _USUAL_PASSAGES, least=1, most=_MOST_PASSAGES)
    found = await service.search_knowledge(context_of(request).service, actor_of(request), query, limit)
    return json_response(orjson.dumps({"passages": [attrs.asdict(one) for one in found]}))


_SEARCHED: Final[dict[str, JsonSchema]] = {
    "query": {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARS},
    "limit": {"type": "integer", "minimum": 1, "maximum": _MOST_PASSAGES, "default": _USUAL_PASSAGES},
}
_FOUND: Final = ("agent", "user_id", "kinds")
_PREFERENCE: Final = {"action": "set_preference"}

OPERATIONS: Final = (
    Operation(
        "GET",
        "/memory",
        find_memories,
        MemoryMessage,
        {200: "memory"},
        {"action": "search"},
        reads=_search_or_list,
    ),
    Operation(
        "DELETE", "/memory", clear_memories, MemoryMessage, {200: "memory"}, {"action": "clear"}, _FOUND
    ),
    Operation(
        "GET", "/memory/export", list_memories, MemoryMessage, {200: "memory"}, {"action": "export"}, _FOUND
    ),
    Operation(
        "PUT", "/memory/preferences/{key}", set_preference, MemoryMessage, {200: "memory"}, _PREFERENCE
    ),
    Operation("DELETE", "/users/{user_id}", forget_user, ForgetUserMessage, {200: "ack"}),
    Operation(
        "GET", "/knowledge", search_knowledge, None, {200: PassagesData}, query=_SEARCHED, needs=("query",)
    ),
)
