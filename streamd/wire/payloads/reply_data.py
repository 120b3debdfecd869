"""The keys of every reply, beside its `type` and `request_id`. Tests hold what is sent against them.

`reply` leaves out keys that are None.
"""

from collections.abc import Mapping
from typing import Final, Literal, NotRequired, TypedDict

from streamd.core.item import ItemId, Seq
from streamd.core.run import RunStatus
from streamd.core.thread import ThreadStatus
from streamd.wire.messages.connection_messages import SubscriptionTopic
from streamd.wire.messages.memory_messages import MemoryAction
from streamd.wire.payloads.description_data import DescriptionReply
from streamd.wire.payloads.edit_data import AckReply, ErrorReply
from streamd.wire.payloads.event_data import ProgressFeedEvent, ReportedProgressData
from streamd.wire.payloads.list_data import RunsReply, ThreadsReply
from streamd.wire.payloads.thread_data import (
    CheckpointData,
    CheckpointInHistoryData,
    InterruptData,
    MemoryData,
    QuestionStatusData,
)
from streamd.wire.payloads.usage_data import UsageReply
from streamd.wire.replies import ReplyType

FlatItem = dict[str, object]
"""An item as clients see it: `id`, `type`, `name` and its other fields."""


class ConnectedReply(TypedDict):
    """The greeting, on every new connection and in answer to `hello`."""

    message: str
    connection_id: str
    protocol: int
    """The version of the protocol."""
    server: str
    """The program and its version."""
    workspace: str
    seq: Seq
    """The workspace's newest position."""
    epoch: str
    """The journal that positions count in."""
    user_id: str
    heartbeat_seconds: float
    """Seconds between two `position` messages, at most."""
    timestamp: str


class PongReply(TypedDict):
    """The answer to a `ping`."""

    timestamp: str


class SubscribedReply(TypedDict):
    """The subscription of the connection from now on. An absent filter lets everything pass."""

    topics: list[SubscriptionTopic]
    item_types: NotRequired[list[str]]
    where: NotRequired[str | list[object]]
    """The name of a criterion, or conditions."""
    event_types: NotRequired[list[str]]
    agents: NotRequired[list[str]]
    epoch: NotRequired[str]
    """The epoch that positions of this connection count in from now on."""


class PositionReply(TypedDict):
    """A resume point: everything up to it has been sent."""

    seq: Seq
    epoch: str


class SnapshotReply(TypedDict):
    """A page of all items as they stood at one position."""

    seq: Seq
    """That position."""
    epoch: str
    more: bool
    """Whether another page follows; the whole is to be taken when it is false."""
    reason: NotRequired[Literal["no_epoch", "epoch", "trimmed", "future", "filter"]]
    """Why it comes although the client did not ask for it."""
    items: list[FlatItem]
    names: NotRequired[dict[str, str]]
    """The names of the items that these refer to, by id."""


class ItemGroupData(TypedDict):
    """Items that have the same value in the field `group_by`."""

    value: NotRequired[object]
    """That value; absent where they have none, and for the sums of all."""
    count: int
    sums: NotRequired[dict[str, float]]
    """Sums by field; values that are no numbers are left out."""


class ItemsReply(TypedDict):
    """A page of a list of items."""

    seq: NotRequired[Seq]
    """A position at or before the state of the page."""
    after: NotRequired[Seq | str]
    """What to send for the next page; absent on the last one."""
    more: bool
    """Whether there is another page."""
    total: NotRequired[int]
    """How many items match, on all pages: where the list is sorted, searched or grouped, or `total` was asked for."""
    groups: NotRequired[list[ItemGroupData]]
    """Counts and sums of all items that match; by ascending value, last those without one."""
    more_groups: NotRequired[bool]
    """True: a further message, without items, has more groups."""
    items: list[FlatItem]
    names: NotRequired[dict[str, str]]
    """The names of the items that these refer to, by id."""


class ItemReply(TypedDict):
    """One item."""

    version: Seq
    """The position of its last change."""
    versions: NotRequired[dict[str, Seq]]
    """The position of the last change of each field."""
    item: FlatItem
    names: NotRequired[dict[str, str]]
    """The names of the items that it refers to, by id."""


class PastChangeData(TypedDict):
    """One event in the history of an item."""

    seq: Seq
    at: str
    """When."""
    event_type: str
    by: str
    """Whose change it was."""
    agent_id: str
    before: dict[str, object] | None
    """The values that the fields had; null: no value. Of an item that was removed the whole item, of one that was added null."""
    after: dict[str, object] | None
    """The values that they had from then on. Of an item that was removed null."""
    reason: NotRequired[str]
    """Why it was removed."""
    run_id: NotRequired[str]
    op_id: NotRequired[str]
    change: NotRequired[Seq]
    """The position of the first event of the same change."""
    undoes: NotRequired[list[Seq]]
    """The positions of the events that it took back."""
    more: NotRequired[bool]
    """Of a change that is too long for one message: whether a further message has more of it."""


class HistoryReply(TypedDict):
    """The changes of an item."""

    item_id: ItemId
    changes: list[PastChangeData]
    """Newest first."""
    damaged: NotRequired[list[Seq]]
    """Positions of changes that are not among them, newest first: what is stored of them cannot be read."""
    before: NotRequired[Seq]
    """What to send for the next page; absent on the last one."""
    more: bool
    """Whether there is another page."""


class ProgressReply(TypedDict):
    """The progress of a bulk edit or an import."""

    progress: float
    """0 to 1."""
    message: NotRequired[str]
    step: int
    """What is done."""
    total_steps: int
    """Of how much."""
    timestamp: NotRequired[str]


class ExportReply(TypedDict):
    """A piece of a CSV file."""

    format: Literal["csv"]
    item_type: NotRequired[str]
    count: int
    """Lines in this piece."""
    more: bool
    """Whether another piece follows."""
    text: str
    """The joined texts of all pieces are the file."""


class AttachedReply(TypedDict):
    """The connection receives the responses of this run."""

    run_id: str
    thread_id: str
    status: RunStatus
    after: Seq
    """Responses after this `run_seq` come first …"""
    top: Seq
    """… up to this one, then new ones."""
    interrupt: NotRequired[QuestionStatusData]
    """Of a run that ended with a question: how that stands now."""


class InterruptsReply(TypedDict):
    """Questions that wait for a person."""

    interrupts: list[InterruptData]
    """Oldest first."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


class ThreadReply(TypedDict):
    """The current state of a conversation, or, to `history`, its checkpoints."""

    thread_id: str
    status: NotRequired[ThreadStatus | None]
    values: NotRequired[dict[str, object] | None]
    """Its state, by name."""
    next: NotRequired[list[str] | None]
    """The nodes that come next."""
    checkpoint: NotRequired[CheckpointData | None]
    interrupts: NotRequired[list[InterruptData] | None]
    """Its questions that wait for a person."""
    run_id: NotRequired[str | None]
    """The run that is going on, or was the last one."""
    checkpoints: NotRequired[list[CheckpointInHistoryData] | None]
    """To `history`: newest first."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


class MemoryReply(TypedDict):
    """The memories that were found, set or forgotten."""

    action: MemoryAction
    memories: list[MemoryData]
    count: int
    """Memories in this message, or, after `clear`, forgotten."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


class ProgressReportReply(TypedDict):
    """The progress of the agents of the workspace."""

    workspace: str
    overall: float
    """The mean of their percentages."""
    agents: dict[str, ReportedProgressData]
    """By `agent_id`."""
    estimatedCompletion: int | None
    """Unix time in milliseconds; null while nobody is at work or nobody knows."""
    history: NotRequired[list[ProgressFeedEvent]]
    """Past broadcasts, oldest first."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


REPLIES: Final[Mapping[ReplyType, type[object]]] = {
    "connected": ConnectedReply,
    "pong": PongReply,
    "ack": AckReply,
    "error": ErrorReply,
    "subscribed": SubscribedReply,
    "position": PositionReply,
    "snapshot": SnapshotReply,
    "items": ItemsReply,
    "item": ItemReply,
    "history": HistoryReply,
    "progress": ProgressReply,
    "export": ExportReply,
    "attached": AttachedReply,
    "memory": MemoryReply,
    "thread": ThreadReply,
    "interrupts": InterruptsReply,
    "progress_report": ProgressReportReply,
    "describe": DescriptionReply,
    "threads": ThreadsReply,
    "runs": RunsReply,
    "usage": UsageReply,
}
