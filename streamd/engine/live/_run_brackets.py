"""The brackets of one run: those open on its stream, and those about to be committed to it.

A bracket follows from the entries of the stream, not from what the code is doing: a message is opened with the first piece
of it that is emitted and closed only if it is open. So a step that is repeated after a restart opens and closes nothing
twice, and a run of an older daemon, whose stream has no brackets, resumes without them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs
import orjson

from streamd.core.brackets import ENDS, ID_KEYS, STARTS, BracketKind, BracketType, text_and_reasoning
from streamd.core.prompt import ToolUse
from streamd.core.run import Response
from streamd.engine.journal import Bracket
from streamd.facts import define
from streamd.ids import derived_id

_TURN: Final = re.compile(r":t\d+$")
_ENVELOPE: Final = frozenset({"type", "run_id", "thread_id", "request_id", "timestamp"})

_Key: TypeAlias = tuple[BracketKind, str]
Encode: TypeAlias = Callable[[BracketType, Mapping[str, object]], bytes]


@define(eq=False)
class RunBrackets:
    """The open brackets of a run's stream, in the order they were opened."""

    encode: Encode
    scope: str
    """The namespace of tool call ids: the same for a run and for those that resume it."""
    pending: list[Bracket] = attrs.field(factory=list)
    """Brackets to commit with the next write."""
    _open: dict[_Key, dict[str, object]] = attrs.field(factory=dict)
    _steps: set[str] = attrs.field(factory=set)
    """Steps that were started on this stream."""
    _calls: dict[str, str] = attrs.field(factory=dict)
    """Emitted tool calls with their status; also those of runs that this one resumes."""
    _attempts: dict[str, int] = attrs.field(factory=dict)
    _last_pieces: dict[str, tuple[bool, bool]] = attrs.field(factory=dict)
    """By message: whether its last piece had text, and whether it had reasoning."""
    _has_ended: bool = False

    def take_pending(self) -> Sequence[Bracket]:
        """Take the brackets to commit before the responses of the next write."""
        if not self.pending:
            return ()
        pending, self.pending = self.pending, []
        return pending

    def restore(self, emitted: Iterable[tuple[bool, bytes]]) -> None:
        """Restore the state from emitted brackets in order: whether on this stream, and the body of each."""
        for is_own, body in emitted:
            read = orjson.loads(body)
            kind, is_start = _kind_of(read["type"])
            name = str(read[ID_KEYS[kind]])
            if kind == "tool_call":
                self._calls[name] = "running" if is_start else read["status"]
            if not is_own:
                continue
            if kind == "step":
                self._steps.add(name)
            if is_start:
                self._open[kind, name] = {key: value for key, value in read.items() if key not in _ENVELOPE}
            else:
                self._open.pop((kind, name), None)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start_step(self, step: str, agent: str, *, internal: bool = False) -> None:
        """Open the step of a visit of a node, or of the consultation of an agent, as its name shows."""
        if step in self._steps:
            return
        self._steps.add(step)
        parent, _, name = step.rpartition("/")
        node, is_node, _ = name.rpartition("#")
        fields: dict[str, object] = {"step": step, "agent": agent}
        if is_node:
            fields["node"] = node
        if parent:
            fields["parent"] = parent
        if internal:
            fields["internal"] = True
        self._start("step", step, fields)

    def end_step(self, step: str, status: str = "completed") -> None:
        """Close a step, and everything in it that is still open."""
        below = f"{step}/"
        for kind, name in reversed(tuple(self._open)):
            owner = str(self._open[kind, name]["step"])
            if owner == step or owner.startswith(below):
                self._end(kind, name, status)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_message(self, response: Response, agent: str) -> None:
        """Open the message that a piece about to be emitted belongs to. Called for every token."""
        extra = response.extra
        text, reasoning = text_and_reasoning(extra)
        message_id = str(extra.get("message_id") or response.step)
        piece = (bool(text), bool(reasoning))
        if self._last_pieces.get(message_id) == piece or not (text or reasoning):
            return
        if not reasoning:
            self._end("reasoning", message_id, "completed")
        fields: dict[str, object] = {
            "message_id": message_id,
            "attempt": self._attempts.get(message_id, 1),
            "agent": extra.get("agent") or agent,
            "step": _TURN.sub("", response.step),
        }
        if extra.get("internal"):
            fields["internal"] = True
        if reasoning:
            self._start("reasoning", message_id, fields)
        if text:
            self._start("message", message_id, fields)
        self._last_pieces[message_id] = piece

    def end_message(self, message_id: str, status: str = "completed") -> None:
        """Close a message."""
        self._last_pieces.pop(message_id, None)
        self._end("reasoning", message_id, status)
        self._end("message", message_id, status)

    def reset_message(self, message_id: str, attempt: int) -> None:
        """Close a message as reset; its pieces from now on belong to another attempt."""
        self.end_message(message_id, "reset")
        self._attempts[message_id] = attempt

    # ── tool calls ───────────────────────────────────────────────────────────────────────────────────────────────────

    def start_tool_call(self, use: ToolUse, key: str, message_id: str, agent: str) -> None:
        """Open a tool call of a model. `key` names the call within the run."""
        call_id = derived_id("call", self.scope, key)
        status = self._calls.get(call_id)
        if status is not None and status != "interrupted":
            return
        fields: dict[str, object] = {
            "tool_call_id": call_id,
            "tool_use_id": use.tool_use_id,
            "tool": use.name,
            "arguments": orjson.dumps(use.input).decode(),
            "message_id": message_id,
            "agent": agent,
            "step": _TURN.sub("", message_id),
        }
        if status is not None:
            fields["resumed"] = True  # the run that asked a person about it has emitted it
        self._calls[call_id] = "running"
        self._start("tool_call", call_id, fields)

    def end_tool_call(self, key: str, result: str, status: str = "completed") -> None:
        """Close a tool call with its result: `refused` with words for the model, or `completed` with JSON."""
        call_id = derived_id("call", self.scope, key)
        self._calls[call_id] = status
        # Half characters, which are not JSON, are replaced.
        self._end("tool_call", call_id, status, {"result": result.encode("utf-8", "replace").decode()})

    # ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────

    def end_all(self, status: str) -> Sequence[Bracket]:
        """Close all brackets before the run's last response; none is opened afterwards."""
        for kind, name in reversed(tuple(self._open)):
            self._end(kind, name, status)
        self._has_ended = True
        return self.take_pending()

    def _start(self, kind: BracketKind, name: str, fields: dict[str, object]) -> None:
        if (kind, name) not in self._open and not self._has_ended:
            self._open[kind, name] = fields
            self._put(STARTS[kind], fields)

    def _end(
        self, kind: BracketKind, name: str, status: str, more: Mapping[str, object] | None = None
    ) -> None:
        fields = self._open.pop((kind, name), None)
        if fields is not None:
            if kind in ("message", "reasoning"):
                self._last_pieces.pop(name, None)
            self._put(ENDS[kind], {**fields, "status": status, **(more or {})})

    def _put(self, bracket_type: BracketType, fields: Mapping[str, object]) -> None:
        self.pending.append(Bracket(bracket_type, str(fields["step"]), self.encode(bracket_type, fields)))


def _kind_of(bracket_type: str) -> tuple[BracketKind, bool]:
    kind, _, end = bracket_type.rpartition("_")
    return cast("BracketKind", kind), end == "start"
