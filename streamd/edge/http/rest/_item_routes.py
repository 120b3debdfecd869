"""Items over plain HTTP: the same use cases, rules and replies as on a socket."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

import attrs
import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.change import Change
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.run import RunId
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import JSON, Operation
from streamd.edge.http._preconditions import PreconditionError, checked, etag, is_known, versions_to_match
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import json_of, keys_known, keys_of
from streamd.edge.item_pages import cut_history, cut_items
from streamd.engine.journal import Receipt, WriteResult
from streamd.errors import ExistsError
from streamd.service import Actor
from streamd.wire import item_replies, replies
from streamd.wire.message_parts import names_beside
from streamd.wire.messages.edit_messages import (
    AddItemMessage,
    BulkMessage,
    ChangeItemMessage,
    PublishMessage,
    RemoveItemMessage,
)
from streamd.wire.messages.item_messages import GetItemMessage, HistoryMessage, ListItemsMessage
from streamd.wire.messages.run_messages import UndoMessage

_MERGE_PATCH: Final = "application/merge-patch+json"


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_items(request: Request, wanted: ListItemsMessage) -> Response:
    """A page of the items: filtered, searched, sorted, counted, as now or as they were."""
    page = await service.list_items(
        context_of(request).service, actor_of(request),
        item_type=wanted.item_type, where=wanted.where, criterion=wanted.criterion, search=wanted.search,
        sort=wanted.sort, after=wanted.after, limit=wanted.limit, total=wanted.total,
        group_by=wanted.group_by, sums=wanted.sum, at=wanted.at,
    )  # fmt: skip
    bodies, _ = cut_items(page)
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


async def get_item(request: Request, wanted: GetItemMessage) -> Response:
    """One item; its version is its ETag."""
    read = await service.get_item(context_of(request).service, actor_of(request), wanted.item_id)
    version, tag = read.item.version, etag(read.item.version)
    if is_known(request, version):
        return Response(status_code=304, headers={"etag": tag})
    body = item_replies.item(
        orjson.dumps(read.item.flat()),
        version=version,
        versions=read.item.versions,
        names=names_beside(read.names, 0),
    )
    return json_response(body, headers={"etag": tag})


async def item_history(request: Request, wanted: HistoryMessage) -> Response:
    """A page of the changes of an item, the newest first."""
    page = await service.item_history(
        context_of(request).service, actor_of(request),
        wanted.item_id, before=wanted.before, limit=wanted.limit,
    )  # fmt: skip
    cut = cut_history(page)
    body = item_replies.history(
        wanted.item_id, cut.changes, damaged=cut.damaged, before=cut.before, more=cut.before is not None
    )
    return json_response(body)


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def add_item(request: Request, message: AddItemMessage) -> Response:
    """Adds the item in the body, under its own `id` or the one in the path, or one that the daemon makes."""
    if "if-match" in request.headers:
        raise PreconditionError(
            "If-Match is for an item that is there, and this adds one: change it with PATCH"
        )
    actor = actor_of(request, message.user_id)
    change = service.addition(context_of(request).service, actor, message.item, message.op_id)
    try:
        result = await _edited(request, actor, change, message.op_id)
    except ExistsError as refusal:
        if request.headers.get("if-none-match", "").strip() != "*":
            raise
        raise PreconditionError(refusal.message, **refusal.details) from None
    return _acknowledged(result, 201, {"location": f"/items/{result['item_id']}"})


async def _item(request: Request) -> Mapping[str, object]:
    return {"item": await json_of(request)}


async def change_item(request: Request, message: ChangeItemMessage) -> Response:
    """Changes fields of an item: `set`, `unset`, `inc`, `add_to_set`, or a JSON Merge Patch (RFC 7396)."""
    actor = actor_of(request, message.user_id)
    change = attrs.evolve(
        message.change, merges=_is_merge_patch(request), if_match=versions_to_match(request)
    )
    return _acknowledged(await checked(request, _edited(request, actor, change, message.op_id)))


async def _changes(request: Request) -> Mapping[str, object]:
    if _is_merge_patch(request):
        return {"set": await json_of(request)}
    return await keys_of(request, keys_known(ChangeItemMessage))


def _is_merge_patch(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _MERGE_PATCH


async def remove_item(request: Request, message: RemoveItemMessage) -> Response:
    """Removes an item."""
    actor = actor_of(request, message.user_id)
    change = attrs.evolve(message.change, if_match=versions_to_match(request))
    return _acknowledged(await checked(request, _edited(request, actor, change, message.op_id)))


async def edit_in_bulk(request: Request, message: BulkMessage) -> Response:
    """Makes many edits of one kind; answers with a result for each."""
    actor = actor_of(request, message.user_id)
    results = await service.edit_in_bulk(
        context_of(request).service, actor, message, _size(request), lambda _done, _of: None
    )
    return json_response(replies.ack(replies.results_in_bulk(results)))


async def publish(request: Request, message: PublishMessage) -> Response:
    """Sends everyone in the workspace an event that changes no item."""
    return _acknowledged(
        await _edited(request, actor_of(request, message.user_id), message.change, message.op_id)
    )


async def undo(request: Request, message: UndoMessage) -> Response:
    """Reverts what a run did to items, or one change."""
    uses, actor = context_of(request).service, actor_of(request, message.user_id)
    if message.run_id is not None:
        receipt = await service.undo_run(uses, actor, RunId(message.run_id), op_id=message.op_id)
    else:
        assert message.seq is not None
        receipt = await service.undo_change(uses, actor, message.seq, op_id=message.op_id)
    return json_response(replies.ack(replies.undone(receipt.results, message.run_id)))


def _acknowledged(
    result: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    version = result.get("version")
    tagged = {"etag": etag(version)} if isinstance(version, int) else {}
    return json_response(replies.ack(orjson.dumps(result)), status, {**tagged, **(headers or {})})


def _size(request: Request) -> int:
    return int(request.headers.get("content-length", "0") or 0)


async def _edited(request: Request, actor: Actor, change: Change, op_id: str | None) -> Mapping[str, object]:
    """Commit one change; returns its result. Raises its refusal."""
    engine, flow = context_of(request).engine, actor.flow
    await engine.journal.room(actor.workspace, flow)
    done: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

    def tell(result: WriteResult) -> None:
        if not done.done():  # else the client has gone
            done.set_result(result)

    service.edit_item(context_of(request).service, actor, change, tell, op_id=op_id, size=_size(request))
    result = await done
    if not isinstance(result, Receipt):
        raise result
    return result.results[0]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

_NEW_ITEM: Final = cast("JsonSchema", cast("JsonSchema", AddItemMessage.json_schema()["properties"])["item"])
_IF_MATCH: Final = ("If-Match",)

OPERATIONS: Final = (
    Operation("GET", "/items", list_items, ListItemsMessage, {200: "items"}),
    Operation("POST", "/items", add_item, AddItemMessage, {201: "ack"}, reads=_item, body=_NEW_ITEM, makes="item_id"),
    Operation("GET", "/items/{item_id}", get_item, GetItemMessage, {200: "item", 304: None}, headers=("If-None-Match",)),
    Operation("PUT", "/items/{item_id}", add_item, AddItemMessage, {201: "ack"}, reads=_item, body=_NEW_ITEM, makes="item_id"),
    Operation("PATCH", "/items/{item_id}", change_item, ChangeItemMessage, {200: "ack"}, reads=_changes, body_types=(JSON, _MERGE_PATCH), headers=_IF_MATCH),
    Operation("DELETE", "/items/{item_id}", remove_item, RemoveItemMessage, {200: "ack"}, headers=_IF_MATCH),
    Operation("GET", "/items/{item_id}/history", item_history, HistoryMessage, {200: "history"}),
    Operation("POST", "/bulk", edit_in_bulk, BulkMessage, {200: "ack"}),
    Operation("POST", "/undo", undo, UndoMessage, {200: "ack"}),
    Operation("POST", "/events", publish, PublishMessage, {200: "ack"}),
)  # fmt: skip
