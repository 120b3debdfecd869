"""The messages of a run about each change of an item, and its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, assert_never

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.decide import Decision
from streamd.core.declared.relations import Reference
from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.run import Outcome, Response, ResponseType
from streamd.core.tool_calls import AddItems, ChangeItems, RemoveItems, ToolCall, touched_by
from streamd.errors import ConflictError, StreamdError

if TYPE_CHECKING:
    from streamd.ports.agent_wording import ItemChange
    from streamd.ports.wording import Wording

_NAMED_AT_MOST: Final = 5


def size(call: ToolCall) -> int:
    """Count the items that a call touches."""
    match call:
        case AddItems():
            return len(call.items)
        case ChangeItems():
            return len(call.edits)
        case RemoveItems():
            return len(call.item_ids)
        case _:
            assert_never(call)


def creating(call: AddItems, types: ItemTypes, wording: Wording) -> str:
    """Announce an addition of items."""
    kinds = Counter(_title(str(item.get("type", "item")), types, wording) for item in call.items)
    return wording.adding(kinds)


def _title(kind: str, types: ItemTypes, wording: Wording) -> str:
    declared = types.declared.get(kind)
    return declared.title if declared is not None else wording.untitled_type(kind)


def responses(
    change: Change, decision: Decision, names: Mapping[ItemId, str], wording: Wording
) -> list[Response]:
    """Build one response for each event of a decision, named like the event."""
    built = []
    for event in decision.events:
        item_id = event.item_id or ItemId("")
        name = names.get(item_id, item_id)
        kind: ResponseType
        match change:
            case AddItem():
                kind, message = "item_added", wording.added(str(event.data.get("name", item_id)))
            case RemoveItem():
                kind, message = "item_removed", wording.removed(name, change.reason)
            case _:
                kind = "item_updated" if event.event_type == "item_updated" else "field_changed"
                message = wording.changed(name, event.data)
        built.append(Response(kind, message, event.data, {"item_id": item_id}))
    return built


def names_in(call: ToolCall, names: Mapping[ItemId, str]) -> dict[ItemId, str]:
    """Return the names of the items that a call changes or takes away, for the summary."""
    return {item_id: names.get(item_id, item_id) for item_id in touched_by(call)}


def refused(change: Change, error: StreamdError, names: Mapping[ItemId, str], wording: Wording) -> str:
    """Explain why one change was not made."""
    if not isinstance(change, AddItem | ChangeItem | RemoveItem):
        return error.message
    if isinstance(change, AddItem):
        name = str(change.fields.get("name", change.item_id))
    else:
        name = names.get(change.item_id, change.item_id)
    return wording.left_alone(name, "" if isinstance(error, ConflictError) else error.message)


def still_referred_to(references: Sequence[Reference], names: Mapping[ItemId, str], wording: Wording) -> str:
    """Explain what keeps an item from being removed."""
    named = [(names.get(by, by), field) for by, field in references[:_NAMED_AT_MOST]]
    return wording.still_referred_to(named, max(0, len(references) - _NAMED_AT_MOST))


def summary(outcome: Outcome, names: Mapping[ItemId, str], wording: Wording) -> str:
    """Sum up a run's changes in a sentence or a few; empty when nothing changed and nothing was refused."""
    done: tuple[tuple[ItemChange, Sequence[ItemId]], ...] = (
        ("added", outcome.added),
        ("changed", outcome.changed),
        ("removed", outcome.removed),
    )
    summed_up = wording.summary(
        [(kind, len(ids), _named(ids, names)) for kind, ids in done if ids],
        outcome.refused[:_NAMED_AT_MOST],
        max(0, len(outcome.refused) - _NAMED_AT_MOST),
    )
    return f"{wording.took_back(outcome.undone)} {summed_up}".strip() if outcome.undone else summed_up


def _named(ids: Sequence[ItemId], names: Mapping[ItemId, str]) -> Sequence[str]:
    """Return the known names, where they are few enough to be listed."""
    known = [names[item_id] for item_id in ids if item_id in names]
    return known if len(known) <= _NAMED_AT_MOST else ()
