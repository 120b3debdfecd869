"""What a client may say: one class a message type, together the closed union `ClientMessage`.

Those about runs, threads and memory stand in `run_messages.py`; take them from here.

Everything here has passed the rules of shape that `codec.parse` checks; the rules of content (does the item exist, may
this person do it) belong to others. None: not said. Match with the module's name in front, since the core has words of
its own for changes: `case messages.ChangeItem(change=change): …`.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

import attrs

from streamd.core import change as changes
from streamd.core.item import START, ItemId, Seq
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.wire.request_id import RequestId
from streamd.wire.run_messages import (
    Attach,
    Cancel,
    GetProgress,
    ListInterrupts,
    Memory,
    MultiAgentRequest,
    Respond,
    Thread,
    Undo,
    UserRequest,
)

__all__ = [
    "BULK_OPERATIONS", "TOPICS",
    "AddItem", "Attach", "Bulk", "BulkItem", "BulkOperation", "Cancel", "ChangeItem", "ClientMessage", "Disconnect",
    "Export", "GetItem", "GetProgress", "Hello", "Import", "ListInterrupts", "ListItems", "Memory",
    "MultiAgentRequest", "NewItem", "Ping", "Publish", "RemoveItem", "RequestId", "Respond", "Snapshot", "Subscribe",
    "Thread", "Topic", "Undo", "Unsubscribe", "UserRequest",
]  # fmt: skip

Topic = Literal["items", "runs", "progress", "quality"]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)

BulkOperation = Literal["add_multiple", "remove_multiple", "update_multiple"]
BULK_OPERATIONS: Final[tuple[BulkOperation, ...]] = get_args(BulkOperation)


@attrs.frozen
class Ping:
    """`ping`."""

    request_id: RequestId = None


@attrs.frozen
class Hello:
    """`hello`: who is there and where they left off. What is not said stays as the address said it."""

    token: str | None = attrs.field(default=None, repr=False)
    workspace: str | None = None
    since: Seq | None = None
    epoch: str | None = None
    snapshot: bool = False
    client: Mapping[str, object] = attrs.field(factory=dict)
    """What program it is, in its own words; `{name}` when it was told as a text."""
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Snapshot:
    """`snapshot`: all items (of these types), and everything after."""

    item_types: frozenset[str] | None = None
    request_id: RequestId = None


@attrs.frozen
class Subscribe:
    """`subscribe`: hear these topics too, and of each only what passes the filters."""

    topics: frozenset[Topic] | None = None
    item_types: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    request_id: RequestId = None


@attrs.frozen
class Unsubscribe:
    """`unsubscribe`: stop hearing these. With nothing named: hear no topic."""

    topics: frozenset[Topic] | None = None
    item_types: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    request_id: RequestId = None


@attrs.frozen
class NewItem:
    """An item to be added, alone or in bulk."""

    item_id: ItemId | None
    """None: the daemon gives it one."""
    fields: Mapping[str, Value | None]
    """Flat, without `id`. A null means 'no such field'."""


@attrs.frozen
class AddItem:
    """`add_item`."""

    item: NewItem
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class ChangeItem:
    """`change_item`."""

    change: changes.ChangeItem
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class RemoveItem:
    """`remove_item`."""

    change: changes.RemoveItem
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


BulkItem: TypeAlias = NewItem | changes.ChangeItem | changes.RemoveItem | InvalidMessageError


@attrs.frozen
class Bulk:
    """`bulk`: many edits of one kind, in this order."""

    operation: BulkOperation
    items: tuple[BulkItem, ...]
    """An error stands for an item that breaks a rule of shape: it alone is refused. Never one when `atomic`."""
    atomic: bool = False
    """All or nothing. Else: item by item."""
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class ListItems:
    """`list_items`: one page."""

    item_type: str | None = None
    where: tuple[object, ...] = ()
    """Triples of the right shape; `core.criteria.parse_conditions` makes conditions of them and a type's field names."""
    criterion: str | None = None
    after: Seq = START
    """Where the last page ended; 0 for the first."""
    limit: int = 100
    request_id: RequestId = None


@attrs.frozen
class GetItem:
    """`get_item`."""

    item_id: ItemId
    request_id: RequestId = None


@attrs.frozen
class Publish:
    """`publish`: a custom event for everyone."""

    change: changes.Publish
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Import:
    """`import`: items from the text of a CSV file."""

    text: str = attrs.field(repr=False)
    item_type: str | None = None
    filename: str | None = None
    """Tells what the rows are when nobody said."""
    dry_run: bool = False
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Export:
    """`export`: items (of a type) as the text of a CSV file."""

    item_type: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Disconnect:
    """`disconnect`."""

    request_id: RequestId = None


ClientMessage: TypeAlias = (
    Ping | Hello | Snapshot | Subscribe | Unsubscribe | Disconnect
    | AddItem | ChangeItem | RemoveItem | Bulk | ListItems | GetItem | Publish | Import | Export
    | UserRequest | MultiAgentRequest | Attach | Cancel | Undo | GetProgress
    | Respond | ListInterrupts | Thread | Memory
)  # fmt: skip
