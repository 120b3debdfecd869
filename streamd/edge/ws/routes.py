"""What each message does: one line a message, from its class to its use case, its lane and its reply.

A new message takes its class in `wire`, its use case in `service`, and its line here.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

import attrs
import orjson

from streamd import service
from streamd.core.change import Change
from streamd.core.item import Seq
from streamd.core.memory import Memory
from streamd.core.run import RunId
from streamd.core.thread import CheckpointId, Thread
from streamd.edge.ws import bulk_edits, join
from streamd.edge.ws.client import Client
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.journal.writes import Receipt, WriteResult
from streamd.service import ItemPage, RunHandle
from streamd.wire import (
    connection_replies,
    item_replies,
    memory_replies,
    replies,
    run_replies,
    thread_replies,
)
from streamd.wire.client_message import ClientMessage
from streamd.wire.codec import MESSAGES
from streamd.wire.connection_messages import (
    DisconnectMessage,
    HelloMessage,
    PingMessage,
    SubscribeMessage,
    UnsubscribeMessage,
)
from streamd.wire.edit_messages import (
    AddItemMessage,
    BulkMessage,
    ChangeItemMessage,
    PublishMessage,
    RemoveItemMessage,
)
from streamd.wire.item_messages import (
    ExportMessage,
    GetItemMessage,
    ImportMessage,
    ListItemsMessage,
    SnapshotMessage,
)
from streamd.wire.memory_messages import MemoryMessage
from streamd.wire.run_messages import (
    AttachMessage,
    CancelMessage,
    GetProgressMessage,
    MultiAgentRequestMessage,
    UndoMessage,
    UserRequestMessage,
)
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES
from streamd.wire.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage

Lane = Literal["urgent", "inline", "query", "serial"]
"""When a message's turn comes.

`urgent`: in the read loop, whatever else is going on. `inline`: in the read loop, when the session has room for more.
`query`: beside the read loop, with others. `serial`: beside the read loop, one after the other, as it may take long.
All but the first wait for the session's own edits where they read."""

M = TypeVar("M", bound=Any)
V = TypeVar("V")

COORDINATOR: Final = "coordinator"


@attrs.frozen
class Route:
    """What a message does, and in which lane."""

    lane: Lane
    handle: Callable[[Client, Any, int], Awaitable[None] | None]
    """Called with the client, the message and its size in bytes."""


RouteOf: TypeAlias = tuple[type[Any], Route]


def _answered(
    lane: Lane,
    kind: type[M],
    call: Callable[[Client, M], Awaitable[V]],
    encode: Callable[[Client, M, V], bytes],
) -> RouteOf:
    """A message whose use case returns what its reply says."""

    async def handle(client: Client, message: M, _size: int) -> None:
        client.send(encode(client, message, await call(client, message)))

    return kind, Route(lane, handle)


def _handled(lane: Lane, kind: type[M], handle: Callable[[Client, M], Awaitable[None] | None]) -> RouteOf:
    """A message that sends its replies itself, on its way."""
    return kind, Route(lane, lambda client, message, _size: handle(client, message))


def _edit(kind: type[M], change: Callable[[Client, M], Change]) -> RouteOf:
    """A message that edits one item: its reply comes when the edit is on disk."""
    return kind, Route(
        "inline", lambda client, message, size: _submit(client, message, change(client, message), size)
    )


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _submit(client: Client, message: Any, change: Change, size: int) -> None:
    def done(result: WriteResult) -> None:
        client.edit_answered()
        if isinstance(result, Receipt):
            client.send(replies.ack(orjson.dumps(result.results[0]), request_id=message.request_id))
        else:
            client.send(replies.error(result, request_id=message.request_id))

    actor = client.actor.acting_as(message.user_id)
    service.edit_item(client.service, actor, change, done, op_id=message.op_id, size=size)
    client.edits_in_flight += 1


def _item_page(_client: Client, message: ListItemsMessage, page: ItemPage) -> bytes:
    bodies: list[bytes] = []
    size = 0
    for item in page.items:
        body = orjson.dumps(item.flat())
        size += len(body)
        if bodies and size > MAX_PAGE_BYTES:
            break  # the next page begins here
        bodies.append(body)
    more = page.has_more or len(page.items) > len(bodies)
    after = page.items[len(bodies) - 1].added if more else None
    return item_replies.items(bodies, seq=page.seq, after=after, more=more, request_id=message.request_id)


async def _snapshot(client: Client, message: SnapshotMessage) -> None:
    """Put a snapshot into the client's events, at the position it stands at."""
    cursor = client.events
    if cursor is None:
        return
    types = client.subscription.item_types if message.item_types is None else message.item_types
    held = cursor.hold()
    try:
        pages = await service.read_snapshot(
            client.service, client.actor, types, at_least=held.at, request_id=message.request_id
        )
        # Events up to the snapshot come first, so that custom ones among them are not skipped.
        cursor.insert(pages.seq, pages.payloads, held)
    finally:
        cursor.release(held)
        client.outbox.flush_soon()


async def _export(client: Client, message: ExportMessage) -> None:
    """Send the items as CSV, in as many messages as it takes; joined they are the file."""
    pieces = await service.export_table(client.service, client.actor, message.item_type)
    for index, (text, count) in enumerate(pieces):
        if client.outbox.crowded:
            await client.outbox.room()
        client.send(
            item_replies.export(
                text,
                count=count,
                more=index + 1 < len(pieces),
                item_type=message.item_type,
                request_id=message.request_id,
            )
        )


async def _attach(client: Client, message: AttachMessage) -> None:
    """Send a run from after a position; what it emitted before now is marked as replayed."""
    run = await service.find_run(
        client.service, client.actor, run_id=message.run_id, thread_id=message.thread_id
    )
    after = min(message.after, run.stream.top)
    client.send(
        run_replies.attached(
            run_id=run.record.run_id,
            thread_id=run.record.thread_id,
            status=run.record.status,
            after=after,
            top=run.stream.top,
            request_id=message.request_id,
        )
    )
    client.outbox.add(Cursor(run.stream, after, replay_upto=run.stream.top))


def _user_request(client: Client, message: UserRequestMessage) -> RunHandle:
    return service.start_run(
        client.service,
        client.actor.acting_as(message.user_id),
        message.user_input,
        context=message.context,
        agent=message.agent or "",
        thread_id=message.thread_id or "",
        options=message.options,
        request_id=message.request_id,
    )


def _multi_agent_request(client: Client, message: MultiAgentRequestMessage) -> RunHandle:
    options = {
        "coordination_mode": message.coordination_mode,
        "primary_agent": message.primary_agent,
        "supporting_agents": None if message.supporting_agents is None else list(message.supporting_agents),
        "product_id": message.product_id,
    }
    return service.start_run(
        client.service,
        client.actor.acting_as(message.user_id),
        message.query,
        context={**message.context, **{key: value for key, value in options.items() if value is not None}},
        agent=COORDINATOR,
        thread_id=message.thread_id or "",
        options=message.options,
        request_id=message.request_id,
    )


async def _respond(client: Client, message: RespondMessage) -> None:
    actor = client.actor.acting_as(message.user_id)
    client.follow_run(
        await service.answer_interrupt(
            client.service, actor, message.interrupt_id, message.answer, request_id=message.request_id
        )
    )


def _cancel(client: Client, message: CancelMessage) -> None:
    run_id = service.cancel_run(
        client.service, client.actor, run_id=message.run_id, thread_id=message.thread_id, mode=message.mode
    )
    client.send(replies.ack(replies.result(run_id=run_id), request_id=message.request_id))


def _undo(client: Client, message: UndoMessage) -> Awaitable[Receipt]:
    actor = client.actor.acting_as(message.user_id)
    if message.run_id is not None:
        return service.undo_run(client.service, actor, RunId(message.run_id), op_id=message.op_id)
    return service.undo_change(client.service, actor, message.seq or Seq(0), op_id=message.op_id)


def _undone(_client: Client, message: UndoMessage, receipt: Receipt) -> bytes:
    results = receipt.results
    outcome = replies.result(
        run_id=message.run_id,
        undone=len(results),
        item_ids=[result["item_id"] for result in results],
        seqs=[result["seq"] for result in results],
        seq=results[-1]["seq"],
    )
    return replies.ack(outcome, request_id=message.request_id)


async def _thread(client: Client, message: ThreadMessage) -> None:
    actor, thread_id, text_of = client.actor, message.thread_id, client.engine.clock.text
    thread: Thread
    match message.action:
        case "history":
            checkpoints = await service.get_thread_history(
                client.service, actor, thread_id, message.limit, message.before
            )
            client.send(
                thread_replies.thread_history(thread_id, checkpoints, text_of, request_id=message.request_id)
            )
            return
        case "state":
            thread = await service.get_thread(client.service, actor, thread_id, message.checkpoint_id)
        case "update":
            thread = await service.update_thread(
                client.service, actor, thread_id, message.values or {}, message.as_node
            )
        case "rewind":
            thread = await service.rewind_thread(
                client.service, actor, thread_id, message.checkpoint_id or CheckpointId("")
            )
        case "fork":
            thread = await service.fork_thread(
                client.service, actor, thread_id, message.checkpoint_id, message.to_thread_id
            )
    client.send(thread_replies.thread_state(thread, text_of, request_id=message.request_id))


async def _memory(client: Client, message: MemoryMessage) -> None:
    # Whose memories: everybody's in the workspace, unless somebody is named; preferences are set for oneself.
    actor = client.actor.acting_as(message.user_id)
    user_id = None if message.user_id is None else actor.user_id
    count: int | None = None
    found: list[Memory] = []
    match message.action:
        case "search":
            found += await service.search_memories(
                client.service, actor, message.query or "",
                agent=message.agent, user_id=user_id, kinds=message.kinds, limit=message.limit,
            )  # fmt: skip
        case "list":
            found += await service.list_memories(
                client.service, actor,
                agent=message.agent, user_id=user_id, kinds=message.kinds, limit=message.limit,
            )  # fmt: skip
        case "export":
            found += await service.list_memories(
                client.service, actor, agent=message.agent, user_id=user_id, kinds=message.kinds
            )
        case "clear":
            count = await service.clear_memories(
                client.service, actor, agent=message.agent, user_id=user_id, kinds=message.kinds
            )
        case "set_preference":
            found += await service.set_preference(client.service, actor, message.key or "", message.value)
    client.send(
        memory_replies.memory(
            message.action, found, client.engine.clock.text, count=count, request_id=message.request_id
        )
    )


async def _hello(client: Client, message: HelloMessage) -> None:
    client.wants_position = True
    client.actor = client.actor.acting_as(message.user_id)
    await join.join(client, message)


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

ROUTES: Final[Mapping[type[ClientMessage], Route]] = dict((
    _handled("urgent", PingMessage, lambda c, m: c.send(connection_replies.pong(timestamp=c.now(), request_id=m.request_id))),
    _handled("urgent", CancelMessage, _cancel),
    _handled("inline", HelloMessage, _hello),
    _handled("inline", SubscribeMessage, join.subscribe),
    _handled("inline", UnsubscribeMessage, join.subscribe),
    _handled("inline", UserRequestMessage, lambda c, m: c.follow_run(_user_request(c, m))),
    _handled("inline", MultiAgentRequestMessage, lambda c, m: c.follow_run(_multi_agent_request(c, m))),
    _edit(AddItemMessage, lambda c, m: bulk_edits.addition(c, m.item)),
    _edit(ChangeItemMessage, lambda _, m: m.change),
    _edit(RemoveItemMessage, lambda _, m: m.change),
    _edit(PublishMessage, lambda _, m: m.change),
    _answered(
        "query", GetItemMessage,
        lambda c, m: service.get_item(c.service, c.actor, m.item_id),
        lambda _, m, item: item_replies.item(
            orjson.dumps(item.flat()), version=item.version, versions=item.versions, request_id=m.request_id
        ),
    ),
    _answered(
        "query", ListItemsMessage,
        lambda c, m: service.list_items(
            c.service, c.actor,
            item_type=m.item_type, where=m.where, criterion=m.criterion, after=m.after, limit=m.limit,
        ),
        _item_page,
    ),
    _handled("query", SnapshotMessage, _snapshot),
    _handled("query", AttachMessage, _attach),
    _handled("query", RespondMessage, _respond),
    _answered(
        "query", ListInterruptsMessage,
        lambda c, m: service.list_interrupts(c.service, c.actor, m.thread_id),
        lambda c, m, waiting: thread_replies.interrupts(
            waiting, c.engine.clock.text, request_id=m.request_id
        ),
    ),
    _handled("query", ThreadMessage, _thread),
    _handled("query", MemoryMessage, _memory),
    _answered(
        "query", GetProgressMessage,
        lambda c, m: service.get_progress(c.service, c.actor, m.agents, m.history),
        lambda c, m, found: run_replies.progress_report(
            found[0].as_data(), workspace=c.actor.workspace,
            history=found[1] if m.history else None, request_id=m.request_id,
        ),
    ),
    _handled("serial", BulkMessage, bulk_edits.bulk),
    _handled("serial", ImportMessage, bulk_edits.import_table),
    _handled("serial", ExportMessage, _export),
    _answered("serial", UndoMessage, _undo, _undone),
))  # fmt: skip
"""Every message but `disconnect`, which ends the session."""

assert set(ROUTES) | {DisconnectMessage} == set(MESSAGES.values())
