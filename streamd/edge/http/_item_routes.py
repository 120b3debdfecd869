"""Items over plain HTTP: the same use cases, rules and replies as on a socket."""

import asyncio
from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamd import service
from streamd.core.change import AddItem, Change
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._preconditions import checked, etag, expected_version
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import json_of, message_of, query_of
from streamd.engine.journal import Receipt, WriteResult
from streamd.service import Actor
from streamd.wire import item_replies, replies
from streamd.wire.message_parts import names_beside
from streamd.wire.messages.edit_messages import AddItemMessage, ChangeItemMessage, RemoveItemMessage
from streamd.wire.messages.item_messages import GetItemMessage, ListItemsMessage
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES

_MERGE_PATCH: Final = "application/merge-patch+json"


def _item_id(request: Request) -> str:
    item_id: str = request.path_params["item_id"]
    return item_id


async def list_items(request: Request) -> Response:
    """`GET /items`: a page of a list, with the keys of `list_items` in the query."""
    wanted = query_of(ListItemsMessage, request)
    page = await service.list_items(
        context_of(request).service, actor_of(request),
        item_type=wanted.item_type, where=wanted.where, criterion=wanted.criterion, search=wanted.search,
        sort=wanted.sort, after=wanted.after, limit=wanted.limit, total=wanted.total,
        group_by=wanted.group_by, sums=wanted.sum, at=wanted.at,
    )  # fmt: skip
    bodies: list[bytes] = []
    size = 0
    for item in page.items:
        body = orjson.dumps(item.flat())
        if bodies and size + len(body) >= MAX_PAGE_BYTES:
            break  # the next page starts here
        bodies.append(body)
        size += len(body) + 1
    after = page.after(len(bodies))
    groups = b"".join(part or b"" for part in item_replies.groups_in_parts(page.groups)).replace(b"][", b",")
    return json_response(
        item_replies.items(
            bodies,
            seq=page.seq,
            after=after,
            more=after is not None,
            total=page.total,
            groups=None if page.groups is None else groups,
            unreadable=page.unreadable,
            names=page.names,
        )
    )


async def get_item(request: Request) -> Response:
    """`GET /items/{item_id}`: one item; its version is its ETag."""
    wanted = query_of(GetItemMessage, request, item_id=_item_id(request))
    read = await service.get_item(context_of(request).service, actor_of(request), wanted.item_id)
    version, tag = read.item.version, etag(read.item.version)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    body = item_replies.item(
        orjson.dumps(read.item.flat()),
        version=version,
        versions=read.item.versions,
        names=names_beside(read.names, 0),
    )
    return json_response(body, headers={"etag": tag})


async def add_item(request: Request) -> Response:
    """`POST /items`: adds the item in the body, under its own `id` or one that the daemon makes."""
    message = message_of(AddItemMessage, request, {"item": await json_of(request)})
    return await _added(request, message)


async def put_item(request: Request) -> Response:
    """`PUT /items/{item_id}`: adds the item in the body under this id."""
    message = message_of(AddItemMessage, request, {"item": await json_of(request), "id": _item_id(request)})
    return await _added(request, message)


async def _added(request: Request, message: AddItemMessage) -> Response:
    actor, uses = actor_of(request), context_of(request).service
    item_id = message.item.item_id or service.new_item_id(
        uses, actor, message.item.fields.get("type"), message.op_id, 0
    )
    result = await _edited(request, actor, AddItem(item_id, message.item.fields), message.op_id)
    return json_response(replies.ack(orjson.dumps(result)), 201, {"location": f"/items/{result['item_id']}"})


async def change_item(request: Request) -> Response:
    """`PATCH /items/{item_id}`: the keys of `change_item`, or fields as a JSON Merge Patch (RFC 7396)."""
    body = await json_of(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _MERGE_PATCH:
        body = {"set": body}
    body |= {"item_id": _item_id(request), **expected_version(request, rejects=True)}
    message = message_of(ChangeItemMessage, request, body)
    result = await checked(
        request, _edited(request, actor_of(request, message.user_id), message.change, message.op_id)
    )
    return json_response(replies.ack(orjson.dumps(result)), headers=_tagged(result))


async def remove_item(request: Request) -> Response:
    """`DELETE /items/{item_id}`: removes it, with the keys of `remove_item` in the query."""
    message = query_of(
        RemoveItemMessage, request, item_id=_item_id(request), **expected_version(request, rejects=False)
    )
    op_id = message.op_id or request.headers.get("idempotency-key")
    result = await checked(request, _edited(request, actor_of(request), message.change, op_id))
    return json_response(replies.ack(orjson.dumps(result)))


def _tagged(result: Mapping[str, object]) -> Mapping[str, str]:
    version = result.get("version")
    return {"etag": etag(version)} if isinstance(version, int) else {}


async def _edited(request: Request, actor: Actor, change: Change, op_id: str | None) -> Mapping[str, object]:
    """Commit one change; returns its result. Raises its refusal."""
    engine, flow = context_of(request).engine, actor.flow
    await engine.journal.room(actor.workspace, flow)
    done: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

    def tell(result: WriteResult) -> None:
        if not done.done():  # else the client has gone
            done.set_result(result)

    size = int(request.headers.get("content-length", "0") or 0)
    service.edit_item(context_of(request).service, actor, change, tell, op_id=op_id, size=size)
    result = await done
    if not isinstance(result, Receipt):
        raise result
    return result.results[0]


ROUTES: Final = (
    Route("/items", list_items, methods=["GET"]),
    Route("/items", add_item, methods=["POST"]),
    Route("/items/{item_id}", get_item, methods=["GET"]),
    Route("/items/{item_id}", put_item, methods=["PUT"]),
    Route("/items/{item_id}", change_item, methods=["PATCH"]),
    Route("/items/{item_id}", remove_item, methods=["DELETE"]),
)
