"""Tool calls as servers stream them: in pieces with an index, or without; with an id, or without; whole, or as objects."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import orjson

from streamd.core.prompt import ToolUse
from streamd.facts import define
from streamd.models.failure_kinds import bad_tool_input
from streamd.models.streamed_pieces import CallSize, json_object
from streamd.ports.model import ModelStreamEvent, ToolUseStarted

_INDEX: Final = "index"


@define
class _OpenCall:
    call_id: str
    name: str
    arguments: list[str] = attrs.field(factory=list)
    size: CallSize = attrs.field(factory=CallSize)

    def is_whole(self, more: str) -> bool:
        """Whether further arguments are another call's, as servers send whole calls under one index or id."""
        return more.lstrip().startswith("{") and json_object("".join(self.arguments)) is not None


@define
class CalledTools:
    """The calls of one turn."""

    _calls: list[_OpenCall] = attrs.field(factory=list)
    _by_index: dict[int, _OpenCall] = attrs.field(factory=dict)

    def add(self, piece: Mapping[str, object]) -> tuple[Sequence[ModelStreamEvent], str]:
        """Add a piece of a call; returns what to yield for it, and the piece of its arguments."""
        function = piece.get("function")
        parts: Mapping[str, object] = function if isinstance(function, Mapping) else piece
        name, given = _text(parts.get("name")), parts.get("arguments")
        call_id, index = _text(piece.get("id")), piece.get(_INDEX)
        arguments = given if isinstance(given, str) else "" if given is None else orjson.dumps(given).decode()
        call = self._by_index.get(index) if isinstance(index, int) else self._without_index(call_id, name)
        begins = call is None or (
            bool(name and call.name)
            and (call.is_whole(arguments) or (bool(call_id) and call.call_id != call_id))
        )
        if call is None or begins:
            is_taken = not call_id or any(one.call_id == call_id for one in self._calls)
            call = _OpenCall(f"call_{len(self._calls)}" if is_taken else call_id, name)
            self._calls.append(call)
        elif not call.name:
            call.name, begins = name, bool(name)
        if isinstance(index, int):
            self._by_index[index] = call
        call.arguments.append(arguments)
        started = (ToolUseStarted(call.name),) if begins and call.name else ()
        return (*started, *call.size.add(call.name, arguments)), arguments

    def __bool__(self) -> bool:
        """Whether there is a call."""
        return bool(self._calls)

    def finished(self, *, is_cut: bool) -> tuple[list[ToolUse], str]:
        """Return the whole calls, and the name of the tool whose call was cut, if one was.

        Raises ModelError for a call with an input that is no JSON object, unless the end of the turn cut it.
        """
        uses: list[ToolUse] = []
        for number, call in enumerate(self._calls):
            text, is_last = "".join(call.arguments).strip(), number == len(self._calls) - 1
            given = json_object(text) if text else None if is_cut and is_last else {}
            if given is not None and call.name:
                uses.append(ToolUse(call.call_id, call.name, given))
            elif is_cut:
                return uses, call.name
            else:
                raise bad_tool_input(call.name)
        return uses, ""

    def _without_index(self, call_id: str, name: str) -> _OpenCall | None:
        """Find the call that a piece without an index belongs to: one with its id, or the last one if it begins none."""
        if call_id:
            return next((call for call in self._calls if call.call_id == call_id), None)
        return None if name or not self._calls else self._calls[-1]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
