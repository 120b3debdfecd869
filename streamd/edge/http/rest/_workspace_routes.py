"""An overview: workspaces, what items and agents know, and how far agents are."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.values import MAX_ID_CHARS
from streamd.edge import usage_answers
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._replies import json_response
from streamd.edge.http._reply_data import WorkspacesData
from streamd.edge.http._requests import query_text, query_whole
from streamd.wire import connection_replies, run_replies
from streamd.wire.messages.description_messages import DescribeMessage
from streamd.wire.messages.run_messages import GetProgressMessage
from streamd.wire.messages.usage_messages import UsageMessage

_MOST: Final = 1000
_USUAL: Final = 100


async def list_workspaces(request: Request) -> Response:
    """The workspaces that anything was ever written in, by name."""
    limit = query_whole(request, "limit", _USUAL, least=1, most=_MOST)
    after = query_text(request, "after", MAX_ID_CHARS)
    names = await service.list_workspaces(context_of(request).service, actor_of(request), limit, after)
    told: dict[str, object] = {"workspaces": names}
    if len(names) == limit:
        told["next"] = names[-1]
    return json_response(orjson.dumps(told))


async def get_usage(request: Request, wanted: UsageMessage) -> Response:
    """The tokens that language models used, by day, user and agent, what they cost, and the budgets."""
    context = context_of(request)
    report = await service.get_usage(
        context.service, actor_of(request), first_day=wanted.first_day, last_day=wanted.last_day, by=wanted.by,
        agent=wanted.agent, user_id=wanted.user_id, limit=wanted.limit,
    )  # fmt: skip
    return json_response(usage_answers.usage(report, wanted.limit, context.text_of))


async def describe(request: Request, wanted: DescribeMessage) -> Response:
    """A description of what items, agents, limits and messages there are."""
    told = await service.describe(context_of(request).service, actor_of(request), wanted.what)
    return json_response(connection_replies.describe(told))


async def get_progress(request: Request, wanted: GetProgressMessage) -> Response:
    """The progress of the agents of the workspace, with past broadcasts where `history` wants some."""
    actor = actor_of(request)
    now, past = await service.get_progress(context_of(request).service, actor, wanted.agents, wanted.history)
    return json_response(
        run_replies.progress_report(
            now.as_data(), workspace=actor.workspace, history=past if wanted.history else None
        )
    )


_LISTED: Final[dict[str, JsonSchema]] = {
    "after": {"type": "string", "maxLength": MAX_ID_CHARS, "description": "The `next` of the page before."},
    "limit": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _USUAL},
}

OPERATIONS: Final = (
    Operation("GET", "/workspaces", list_workspaces, None, {200: WorkspacesData}, query=_LISTED),
    Operation("GET", "/describe", describe, DescribeMessage, {200: "describe"}),
    Operation("GET", "/usage", get_usage, UsageMessage, {200: "usage"}),
    Operation("GET", "/progress", get_progress, GetProgressMessage, {200: "progress_report"}),
)
