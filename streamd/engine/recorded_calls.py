"""Recorded calls: what a run set out to do to items, kept before it is done, so that it is finished and not decided anew."""

from collections.abc import Mapping
from typing import Any, cast

import attrs
import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.item_tools import ADD, CHANGE, input_of
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall


@attrs.frozen
class RecordedCall:
    """One call, and what it rested on."""

    call: ToolCall
    base: Seq
    """Position up to which the items had been read."""
    names: Mapping[ItemId, str]
    """Names of the items it touches."""

    def dumped(self) -> bytes:
        """As JSON."""
        name, given = input_of(self.call)
        return orjson.dumps({"tool": name, "input": given, "base": self.base, "names": self.names})

    @classmethod
    def loaded(cls, body: bytes) -> "RecordedCall":
        """From what `dumped` made."""
        read = orjson.loads(body)
        return cls(loaded_call(read["tool"], read["input"]), Seq(read["base"]), read["names"])


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
