"""Recorded calls: what a run set out to do to items, kept before it is done, so that it is finished and not decided anew."""

from collections.abc import Mapping
from typing import Any

import attrs
import orjson

from streamd.core import json_codec
from streamd.core.item import ItemId, Seq
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

    def encode(self) -> bytes:
        """The call as a JSON object."""
        return json_codec.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "RecordedCall":
        """The call that `encode` encoded, in this version or an earlier one."""
        read = orjson.loads(body)
        if "tool" in read:
            read["call"] = [read["tool"], read["input"]]
        return json_codec.from_json(
            cls,
            {
                **read,
                "call": call_as_written_now(read["call"]),
                "asked": call_as_written_now(read.get("asked")),
            },
        )

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


def _by_item(call: ChangeItems) -> list[ItemEdit]:
    return sorted(call.edits, key=lambda edit: edit.item_id)


def call_as_written_now(read: Any) -> Any:
    """A tool call as it is written now, the attributes of its class; streamd 0.1 wrote [name of the tool, its input]."""
    return read[1] if isinstance(read, list) else read


@attrs.define
class RecordedCalls:
    """The calls that a visit of a node had recorded before it was begun again."""

    replay: Replay
    path: str
    places: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Where items that they remove stood in the order of all."""
    taken: list[str] = attrs.field(factory=list)
    """Keys of the calls that this visit has made, or met again, in order."""
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
        if found is None:
            key = f"{self.path}:c{self._next}"
            self._next += 1
        else:
            key = found
        self.taken.append(key)
        return key, left.pop(key, None)

    async def recorded(self, key: str) -> RecordedCall | None:
        """What was recorded under a key, if it has not been met again."""
        return (await self._load()).get(key)

    async def base(self) -> Seq | None:
        """Up to where the items had been read for the next call that was recorded; None when there is none."""
        left = await self._load()
        return next((recorded.base for recorded in left.values()), None)

    async def _load(self) -> dict[str, RecordedCall]:
        if self._left is None:
            self._left = {}
            while (body := await self.replay.result(f"{self.path}:c{self._next}")) is not None:
                recorded = self._left[f"{self.path}:c{self._next}"] = RecordedCall.decode(body)
                self.places.update(recorded.places)
                self._next += 1
        return self._left
