"""What a run tells about each change of an item, and how it sums up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.decide import Decision
from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.run import Response, ResponseType
from streamd.core.tool_calls import AddItems, ChangeItems, RemoveItems, ToolCall
from streamd.errors import ConflictError, StreamdError
from streamd.ports.agent import Outcome

_NAMED_AT_MOST: Final = 5


def number(count: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(call: ToolCall) -> int:
    """How many items a call touches."""
    match call:
        case AddItems():
            return len(call.items)
        case ChangeItems():
            return len(call.edits)
        case RemoveItems():
            return len(call.item_ids)
        case _:
            assert_never(call)


def creating(call: AddItems, types: ItemTypes) -> str:
    """Said before items are added."""
    kinds = Counter(_title(str(item.get("type", "item")), types) for item in call.items)
    return f"Creating {_list(number(count, kind) for kind, count in kinds.items())}…"


def _title(kind: str, types: ItemTypes) -> str:
    declared = types.declared.get(kind)
    return declared.title if declared is not None else f"{kind} item"


def changing(call: ChangeItems) -> str:
    """Said before items are changed."""
    return f"Changing {number(len(call.edits), 'item')}…"


def removing(call: RemoveItems) -> str:
    """Said before items are removed."""
    return f"Removing {number(len(call.item_ids), 'item')} ({call.reason})…"


def responses(change: Change, decision: Decision, names: Mapping[ItemId, str]) -> list[Response]:
    """One response for each event of a decision, named like the event."""
    told = []
    for event in decision.events:
        item_id = event.item_id or ItemId("")
        kind: ResponseType
        match change:
            case AddItem():
                kind, message = "item_added", f"Added item: {event.data.get('name', item_id)}"
            case RemoveItem():
                kind, message = (
                    "item_removed",
                    f"Removed item: {names.get(item_id, item_id)} ({change.reason})",
                )
            case _:
                kind = "item_updated" if event.event_type == "item_updated" else "field_changed"
                message = f"{names.get(item_id, item_id)}: {_list(f'{name} is now {_value(value)}' for name, value in event.data.items())}"
        told.append(Response(kind, message, event.data, {"item_id": item_id}))
    return told


def refused(change: Change, error: StreamdError, names: Mapping[ItemId, str]) -> str:
    """Why one change was not made."""
    if not isinstance(change, AddItem | ChangeItem | RemoveItem):
        return error.message
    if isinstance(change, AddItem):
        name = str(change.fields.get("name", change.item_id))
    else:
        name = names.get(change.item_id, change.item_id)
    if isinstance(error, ConflictError):
        return f"{name} was left alone: somebody changed it meanwhile"
    return f"{name} was left alone: {error.message}"


def summary(outcome: Outcome, names: Mapping[ItemId, str]) -> str:
    """What a run did, in a sentence or a few; empty when it did nothing and nothing was refused."""
    sentences = [
        f"{verb} {number(len(ids), 'item')}{_named(ids, names)}."
        for verb, ids in (
            ("Added", outcome.added),
            ("Changed", outcome.changed),
            ("Removed", outcome.removed),
        )
        if ids
    ]
    sentences += [f"{reason}." for reason in outcome.refused[:_NAMED_AT_MOST]]
    if len(outcome.refused) > _NAMED_AT_MOST:
        sentences.append(f"{len(outcome.refused) - _NAMED_AT_MOST:,} more were left alone.")
    return " ".join(sentences)


def _named(ids: Sequence[ItemId], names: Mapping[ItemId, str]) -> str:
    known = [names[item_id] for item_id in ids if item_id in names]
    if not known or len(known) > _NAMED_AT_MOST:
        return ""
    return f": {', '.join(known)}"


def _list(parts: Iterable[str]) -> str:
    *most, last = list(parts) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def _value(value: object) -> str:
    return "gone" if value is None else str(value)
