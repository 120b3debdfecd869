"""Recorded calls: what a run set out to do to items, kept before it is done, so that it is finished and not decided anew."""

from collections.abc import Mapping
from typing import Any, cast

import attrs
import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.item_tools import ADD, CHANGE, input_of
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.engine.record.replay import Replay


@attrs.frozen
class RecordedCall:
    """One call, and what it rested on."""

    call: ToolCall
    base: Seq
    """Position up to which the items had been read."""
    names: Mapping[ItemId, str]
    """Names of the items it touches."""
    asked: ToolCall | None = None
    """What the agent wanted, where a person allowed something else."""
    places: Mapping[ItemId, Seq] = attrs.field(factory=dict)
    """Where items that it removes stood in the order of all."""
    approved: bool = False
    """Whether a person allowed it."""

    def to_json(self) -> bytes:
        """As JSON."""
        name, given = input_of(self.call)
        read: dict[str, object] = {"tool": name, "input": given, "base": self.base, "names": self.names}
        if self.asked is not None:
            read["asked"] = input_of(self.asked)
        if self.places:
            read["places"] = self.places
        if self.approved:
            read["approved"] = True
        return orjson.dumps(read)

    def stands_for(self, call: ToolCall) -> bool:
        """Whether it is this call that was recorded, in whatever order the agent met the items."""
        asked = self.call if self.asked is None else self.asked
        match asked, call:
            case RemoveItems(), RemoveItems():
                return set(asked.item_ids) == set(call.item_ids)
            case ChangeItems(), ChangeItems():
                return _by_item(asked) == _by_item(call)
            case _:
                return asked == call

    @classmethod
    def from_json(cls, body: bytes) -> "RecordedCall":
        """From what `dumped` made."""
        read = orjson.loads(body)
        asked = loaded_call(*read["asked"]) if "asked" in read else None
        call = loaded_call(read["tool"], read["input"])
        return cls(
            call, Seq(read["base"]), read["names"], asked, read.get("places", {}), read.get("approved", False)
        )


def _by_item(call: ChangeItems) -> list[ItemEdit]:
    return sorted(call.edits, key=lambda edit: edit.item_id)


def loaded_call(tool: str, given: Mapping[str, Any]) -> ToolCall:
    """The call that `input_of` spelt, exactly: no defaults are filled in and nothing is checked."""
    if tool == ADD:
        return AddItems(tuple(given["items"]))
    if tool == CHANGE:
        return ChangeItems(tuple(_edit(edit) for edit in given["edits"]))
    return RemoveItems(tuple(given["item_ids"]), given["reason"])


def _edit(given: Mapping[str, Any]) -> ItemEdit:
    return ItemEdit(
        ItemId(given["item_id"]),
        given.get("set", {}),
        tuple(given.get("unset", ())),
        given.get("inc", {}),
        cast(
            "Mapping[str, Any]", {name: tuple(values) for name, values in given.get("add_to_set", {}).items()}
        ),
    )


@attrs.define
class RecordedCalls:
    """The calls that a visit of a node had recorded before it was begun again."""

    replay: Replay
    path: str
    places: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Where items that they remove stood in the order of all."""
    _left: dict[str, RecordedCall] | None = None
    """By key, those that have not been met again."""
    _next: int = 0

    async def take(self, call: ToolCall) -> tuple[str, RecordedCall | None]:
        """The key of a call, and what was recorded of it before.

        What the agent wants now is looked for among what it wanted before, because it may meet the items in another
        order. New items are told apart by their turn only: they must not be added twice because a text differs.
        """
        left = await self._load()
        found = next((key for key, recorded in left.items() if recorded.stands_for(call)), None)
        if found is None and isinstance(call, AddItems):
            found = next((key for key, recorded in left.items() if isinstance(recorded.call, AddItems)), None)
        if found is not None:
            return found, left.pop(found)
        self._next += 1
        return f"{self.path}:c{self._next - 1}", None

    async def base(self) -> Seq | None:
        """Up to where the items had been read for the next call that was recorded; None when there is none."""
        left = await self._load()
        return next((recorded.base for recorded in left.values()), None)

    async def _load(self) -> dict[str, RecordedCall]:
        if self._left is None:
            self._left = {}
            while (body := await self.replay.result(f"{self.path}:c{self._next}")) is not None:
                recorded = self._left[f"{self.path}:c{self._next}"] = RecordedCall.from_json(body)
                self.places.update(recorded.places)
                self._next += 1
        return self._left
