"""Outcomes of edits: acknowledgements and refusals."""

from typing import Literal, NotRequired, TypedDict

from streamd.core.item import ItemId, Seq
from streamd.core.thread import InterruptDecision
from streamd.tables import ImportReportData


class FieldValueData(TypedDict):
    """A field value that somebody else wrote."""

    value: object
    """Its value; null: none."""
    version: Seq
    """The position of that change."""


class CandidateData(TypedDict):
    """An item that a name may mean."""

    item_id: ItemId
    name: str


class ReferenceData(TypedDict):
    """A reference to an item."""

    item_id: ItemId
    """The item that refers to it."""
    name: str
    """Its name."""
    field: str
    """The field that does."""


class MistakeData(TypedDict):
    """One mistake in an item."""

    path: str
    """The field."""
    message: str
    """For people."""
    taken_by: NotRequired[ItemId]
    """The item that has the unique value."""
    candidates: NotRequired[list[CandidateData]]
    """The items that a name may mean."""


class ErrorData(TypedDict):
    """A refusal or a failure. Further keys depend on the code."""

    code: str
    """What to go by."""
    message: str
    """For people."""
    retryable: bool
    """Whether the same message may succeed later."""
    path: NotRequired[str]
    """The key that breaks a rule."""
    retry_after_ms: NotRequired[float]
    """Milliseconds to wait."""
    item_id: NotRequired[ItemId]
    version: NotRequired[Seq]
    """The position of the item's last change, or of its removal."""
    fields: NotRequired[dict[str, FieldValueData]]
    """The values that conflict, by field."""
    run_id: NotRequired[str]
    mistakes: NotRequired[list[MistakeData]]
    """Of an item that violates the declaration of its type: all of them. `path` is that of the first."""
    count: NotRequired[int]
    """`referenced`: how many references there are to the item."""
    referred_by: NotRequired[list[ReferenceData]]
    """`referenced`: some of them."""
    on_remove: NotRequired[Literal["ask", "refuse"]]
    """`referenced`: what removes the item all the same. `ask`: the same message with `clear_references`."""
    size: NotRequired[int]
    """`too_large`: the bytes of the item as JSON, or the members of the list, that it would have."""
    limit: NotRequired[int]
    """`too_large`: how many it may have."""
    index: NotRequired[int]
    """`bulk` with `atomic`: the place of the item that is refused, from 0."""


class ErrorReply(ErrorData):
    """A refusal or a failure of a message."""

    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


class EditData(TypedDict, total=False):
    """The result of one edit."""

    seq: Seq
    """The position of its event."""
    item_id: ItemId
    version: Seq
    """The item's version from now on."""
    unchanged: bool | int
    """True: nothing differed, and there is no event. `import`: items."""
    overwrote: dict[str, FieldValueData]
    """What newer values were replaced, by field."""
    conflicts: dict[str, FieldValueData]
    """What was left as it is, by field."""
    cleared: int
    """Of a removal: how many items referred to the item, and do so no more."""


class BulkResultData(EditData, total=False):
    """The result of one edit of many."""

    index: int
    """Its place in the message, from 0."""
    error: ErrorData
    """Why it was refused."""


class AckReply(EditData, total=False):
    """It is done and stored. Which keys there are depends on the message."""

    done: int
    """`bulk`: edits that were made."""
    refused: int
    """`bulk`, `import`: edits or rows that were not."""
    results: list[BulkResultData]
    """`bulk`: what came of each, in order."""
    run_id: str
    """`cancel`, `undo`: the run. `user_request` that answers a question: the run that goes on with the answer."""
    answered: str
    """`user_request`: the question that its words were taken as the answer to."""
    decision: InterruptDecision
    """`user_request`: that answer."""
    message: str
    """`user_request`: the same in words."""
    seqs: list[Seq]
    """`undo`: the positions of the changes that it made."""
    undone: int
    """`undo`: how many those are."""
    item_ids: list[ItemId]
    """`undo`: their items."""
    added: int
    """`import`: items."""
    changed: int
    """`import`: items."""
    demand: int
    """`import`: rows of demand history."""
    refused_items: list[object]
    """`import`: the edits that were refused, at most 100."""
    dry_run: bool
    """`import`: whether it was only a report."""
    report: ImportReportData
    """`import`: what was understood of the file."""
    upload: str
    """`import` of a part of a file: the name of the file."""
    part: int
    """`import` of a part of a file: its number."""
    received: int
    """`import` of a part of a file: the bytes of the file that are there."""
    user_id: str
    """`forget_user`: the user."""
    threads: int
    """`forget_user`: conversations that went."""
    runs: int
    """`forget_user`: runs that went."""
    memories: int
    """`forget_user`: memories that went."""
    events: int
    """`forget_user`: events that have no author any more."""
    op_results: int
    """`forget_user`: stored results of edits that went."""
    more: bool
    """Whether a further message follows; absent where one has everything."""
