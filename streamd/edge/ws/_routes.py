"""The routes: one line per message, from its class to its lane, its use case and its reply.

A new message needs a class in `wire`, a use case in `service`, and a line here.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

import attrs

from streamd import service
from streamd.core.change import Change
from streamd.edge import usage_answers
from streamd.edge.ws import _bulk_edits as bulk_edits
from streamd.edge.ws import _imports as imports
from streamd.edge.ws import _item_answers as item_answers
from streamd.edge.ws import _join as join
from streamd.edge.ws import _run_answers as run_answers
from streamd.edge.ws._client import Client
from streamd.engine import lifecycle
from streamd.facts import frozen
from streamd.wire import (
    connection_replies,
    list_replies,
    replies,
    run_replies,
)
from streamd.wire.codec import MESSAGES
from streamd.wire.messages.client_message import ClientMessage
from streamd.wire.messages.connection_messages import (
    DisconnectMessage,
    HelloMessage,
    PingMessage,
    SubscribeMessage,
    UnsubscribeMessage,
)
from streamd.wire.messages.description_messages import DescribeMessage
from streamd.wire.messages.edit_messages import (
    AddItemMessage,
    BulkMessage,
    ChangeItemMessage,
    PublishMessage,
    RemoveItemMessage,
)
from streamd.wire.messages.item_messages import (
    GetItemMessage,
    HistoryMessage,
    ListItemsMessage,
    SnapshotMessage,
)
from streamd.wire.messages.list_messages import ListRunsMessage, ListThreadsMessage
from streamd.wire.messages.memory_messages import ForgetUserMessage, MemoryMessage
from streamd.wire.messages.run_messages import (
    AttachMessage,
    CancelMessage,
    GetProgressMessage,
    MultiAgentRequestMessage,
    UndoMessage,
    UserRequestMessage,
)
from streamd.wire.messages.table_messages import ExportMessage, ImportMessage
from streamd.wire.messages.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage
from streamd.wire.messages.usage_messages import UsageMessage

Lane = Literal["urgent", "inline", "query", "serial"]
"""Scheduling of a message.

`urgent`: in the read loop, at once. `inline`: in the read loop, when the session has room for more.
`query`: in a task, concurrently with others. `serial`: in a task, one after the other, as it may take long.
`query` and `serial` wait for the session's own edits, so that they read its own writes."""

M = TypeVar("M", bound=Any)
V = TypeVar("V")


@frozen
class Route:
    """The lane and the function of a message."""

    lane: Lane
    handle: Callable[[Client, Any, int], Awaitable[None] | None]
    """Called with the client, the message and its size in bytes."""
    is_task: bool = attrs.field(init=False)
    """Whether it is called in a task."""

    @is_task.default
    def _is_task(self) -> bool:
        return self.lane in ("query", "serial")


RouteOf: TypeAlias = tuple[type[Any], Route]


def _answered(
    lane: Lane,
    kind: type[M],
    call: Callable[[Client, M], Awaitable[V]],
    encode: Callable[[Client, M, V], bytes],
) -> RouteOf:
    """Route of a message whose reply encodes the result of its use case."""

    async def handle(client: Client, message: M, _size: int) -> None:
        client.send(encode(client, message, await call(client, message)))

    return kind, Route(lane, handle)


def _handled(lane: Lane, kind: type[M], handle: Callable[[Client, M], Awaitable[None] | None]) -> RouteOf:
    """Route of a message whose function sends its replies itself."""
    return kind, Route(lane, lambda client, message, _size: handle(client, message))


def _edit(kind: type[M], change: Callable[[Client, M], Change]) -> RouteOf:
    """Route of a message that edits one item; its reply is sent once the edit is committed."""
    return kind, Route(
        "inline",
        lambda client, message, size: item_answers.submit_edit(
            client, message, change(client, message), size
        ),
    )


async def _hello(client: Client, message: HelloMessage) -> None:
    await join.join(client, message)
    client.wants_position = True


def _told(gone: lifecycle.Forgotten) -> Mapping[str, int]:
    """The numbers of what went; of workspaces only where all were meant."""
    numbers: Mapping[str, int] = attrs.asdict(gone)
    return {what: number for what, number in numbers.items() if what != "workspaces" or number}


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

ROUTES: Final[Mapping[type[ClientMessage], Route]] = dict((
    _handled("urgent", PingMessage, lambda c, m: c.send(connection_replies.pong(timestamp=c.now(), request_id=m.request_id))),
    _handled("urgent", CancelMessage, run_answers.cancel),
    _handled("inline", HelloMessage, _hello),
    _handled("inline", SubscribeMessage, join.change_subscription),
    _handled("inline", UnsubscribeMessage, join.change_subscription),
    _handled("inline", UserRequestMessage, run_answers.start_user_request),
    _handled("inline", MultiAgentRequestMessage, run_answers.start_multi_agent_request),
    _edit(AddItemMessage, lambda c, m: service.addition(c.service, c.actor.acting_as(m.user_id), m.item, m.op_id)),
    _edit(ChangeItemMessage, lambda _, m: m.change),
    _edit(RemoveItemMessage, lambda _, m: m.change),
    _edit(PublishMessage, lambda _, m: m.change),
    _answered(
        "query", GetItemMessage,
        lambda c, m: service.get_item(c.service, c.actor, m.item_id),
        item_answers.one_item,
    ),
    _handled("query", ListItemsMessage, item_answers.list_items),
    _answered(
        "query", DescribeMessage,
        lambda c, m: service.describe(c.service, c.actor, m.what),
        lambda _, m, told: connection_replies.describe(told, request_id=m.request_id),
    ),
    _handled("query", HistoryMessage, item_answers.send_history),
    _handled("query", SnapshotMessage, item_answers.insert_snapshot),
    _handled("query", AttachMessage, run_answers.attach),
    _handled("query", RespondMessage, run_answers.respond),
    _handled("query", ListInterruptsMessage, run_answers.list_interrupts),
    _answered(
        "query", ListThreadsMessage,
        lambda c, m: service.list_threads(c.service, c.actor, m.wanted, m.limit, m.before),
        lambda c, m, found: list_replies.threads(found, m.limit, c.engine.clock.text, request_id=m.request_id),
    ),
    _answered(
        "query", ListRunsMessage,
        lambda c, m: service.list_runs(c.service, c.actor, m.wanted, m.limit, m.before),
        lambda c, m, found: list_replies.runs(found, m.limit, c.engine.clock.text, request_id=m.request_id),
    ),
    _answered(
        "query", UsageMessage,
        lambda c, m: service.get_usage(
            c.service, c.actor, first_day=m.first_day, last_day=m.last_day, by=m.by, agent=m.agent, user_id=m.user_id,
            limit=m.limit,
        ),
        lambda c, m, report: usage_answers.usage(report, m.limit, c.engine.clock.text, request_id=m.request_id),
    ),
    _handled("query", ThreadMessage, run_answers.answer_thread),
    _handled("query", MemoryMessage, run_answers.answer_memory),
    _answered(
        "query", GetProgressMessage,
        lambda c, m: service.get_progress(c.service, c.actor, m.agents, m.history),
        lambda c, m, report: run_replies.progress_report(
            report[0].as_data(), workspace=c.actor.workspace,
            history=report[1] if m.history else None, request_id=m.request_id,
        ),
    ),
    (BulkMessage, Route("serial", bulk_edits.bulk)),
    _handled("serial", ImportMessage, imports.import_table),
    _handled("serial", ExportMessage, item_answers.send_export),
    _answered(
        "serial", ForgetUserMessage,
        lambda c, m: service.forget_user(c.service, c.actor, m.user_id, everywhere=m.everywhere),
        lambda _, m, gone: replies.ack(
            replies.result(user_id=m.user_id, **_told(gone)), request_id=m.request_id
        ),
    ),
    _answered("serial", UndoMessage, run_answers.undo, run_answers.undone),
))  # fmt: skip
"""Routes of all messages but `disconnect`, which ends the session."""

assert set(ROUTES) | {DisconnectMessage} == set(MESSAGES.values())

_READING: Final = (
    AttachMessage, DescribeMessage, ExportMessage, GetItemMessage, GetProgressMessage, HelloMessage, HistoryMessage,
    ListInterruptsMessage, ListItemsMessage, ListRunsMessage, ListThreadsMessage, PingMessage, SnapshotMessage, SubscribeMessage, UnsubscribeMessage,
    UsageMessage,
)  # fmt: skip


def only_reads(message: ClientMessage) -> bool:
    """Whether a message changes nothing: then nothing is done for it once its client is gone."""
    match message:
        case ImportMessage():
            return message.dry_run and message.upload is None
        case MemoryMessage():
            return message.action in ("search", "list", "export")
        case ThreadMessage():
            return message.action in ("history", "state")
        case _:
            return isinstance(message, _READING)
