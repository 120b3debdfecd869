"""Recorded calls: a run's decisions about items, persisted before they are carried out, so that a restart finishes them."""

from collections.abc import Mapping
from typing import Any

import attrs
import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.json import json_codec
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.engine.record.replay import Replay
from streamd.facts import define, frozen


@frozen
class RecordedCall:
    """One call, and the reading that it was based on."""

    call: ToolCall
    base: Seq
    """Position up to which the items had been read."""
    names: Mapping[ItemId, str]
    """Names of the items that the call touches."""
    asked: ToolCall | None = None
    """The agent's call, where a person approved another one."""
    places: Mapping[ItemId, Seq] = attrs.field(factory=dict)
    """Places of the items that the call removes in the order of all."""
    approved: bool = False
    """Whether a person approved the call."""
    staying: Mapping[ItemId, str] = attrs.field(factory=dict)
    """What refers to items that the agent asked to remove and that stay for that reason, in words."""
    declined: str = ""
    """What the agent asked for and a person did not approve, in words."""

    def encode(self) -> bytes:
        """Encode the call as a JSON object."""
        return json_codec.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "RecordedCall":
        """Decode a call that this version or an earlier one encoded."""
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
        """Whether this call was recorded, in whatever order the agent listed the items."""
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
    """Convert a tool call to the current format, the attributes of its class; streamd 0.1 wrote [tool name, input]."""
    return read[1] if isinstance(read, list) else read


@define
class RecordedCalls:
    """The calls that a visit of a node had recorded before it was restarted."""

    replay: Replay
    path: str
    places: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Places of the items that the calls remove in the order of all."""
    taken: list[str] = attrs.field(factory=list)
    """Keys of the calls that this visit has made or repeated, in order."""
    _left: dict[str, RecordedCall] | None = None
    """Recorded calls that have not been repeated yet, by key."""
    _next: int = 0

    async def take(self, call: ToolCall) -> tuple[str, RecordedCall | None]:
        """Return the key of a call, and its record if there is one.

        A call is matched with the recorded ones by content, because the agent may list the items in another order.
        New items are matched by their turn only: they must not be added twice because a text differs.
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
        """The call recorded under a key, if it has not been repeated yet."""
        return (await self._load()).get(key)

    async def base(self) -> Seq | None:
        """The position up to which the items had been read for the next recorded call; None without one."""
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
