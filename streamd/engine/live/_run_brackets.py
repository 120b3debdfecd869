"""The brackets of one run: what is open on its stream, and what is about to be committed to it.

A bracket follows from what stands on the stream, not from what the code is doing: a message is opened with the first piece
that is told of it and closed only if it is open. So a step that is done again after a restart opens and closes nothing
twice, and a run of an older daemon, whose stream has none, is gone on with as it stands.
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
from streamd.ids import derived_id

MOST_CHARACTERS: Final = 8_192
"""Of arguments and results: what is longer is cut, in brackets only."""

_TURN: Final = re.compile(r":t\d+$")
_ENVELOPE: Final = frozenset({"type", "run_id", "thread_id", "request_id", "timestamp"})

_Key: TypeAlias = tuple[BracketKind, str]
Encode: TypeAlias = Callable[[BracketType, Mapping[str, object]], bytes]


@attrs.define(eq=False)
class RunBrackets:
    """What is open on a run's stream, in the order it was opened."""

    encode: Encode
    scope: str
    """What ids of tool calls follow from: the same for a run and for those that resume it."""
    pending: list[Bracket] = attrs.field(factory=list)
    """To be committed with the next write."""
    _open: dict[_Key, dict[str, object]] = attrs.field(factory=dict)
    _steps: set[str] = attrs.field(factory=set)
    """Steps that were begun on this stream."""
    _calls: dict[str, str] = attrs.field(factory=dict)
    """Tool calls that were told, and how they ended; also those of runs that this one resumes."""
    _attempts: dict[str, int] = attrs.field(factory=dict)
    _telling: dict[str, tuple[bool, bool]] = attrs.field(factory=dict)
    """Of messages: whether their last piece had text, and whether it had reasoning."""
    _has_ended: bool = False

    def take_pending(self) -> Sequence[Bracket]:
        """What is to be committed now, before what is told with it."""
        if not self.pending:
            return ()
        pending, self.pending = self.pending, []
        return pending

    def restore(self, told: Iterable[tuple[bool, bytes]]) -> None:
        """Learn what was told before: whether on this stream, and the body of each bracket, in order."""
        for is_own, body in told:
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
        """A visit of a node begins, or the consultation of an agent: its name says which."""
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
        """It is over, and everything in it that is still open."""
        below = f"{step}/"
        for kind, name in reversed(tuple(self._open)):
            owner = str(self._open[kind, name]["step"])
            if owner == step or owner.startswith(below):
                self._end(kind, name, status)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, response: Response, agent: str) -> None:
        """A piece of a message is about to be told: open what it belongs to. Called for every token."""
        extra = response.extra
        text, reasoning = text_and_reasoning(extra)
        message_id = str(extra.get("message_id") or response.step)
        said = (bool(text), bool(reasoning))
        if self._telling.get(message_id) == said or not (text or reasoning):
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
        self._telling[message_id] = said

    def end_message(self, message_id: str, status: str = "completed") -> None:
        """All of it has been told."""
        self._end("reasoning", message_id, status)
        self._end("message", message_id, status)

    def reset_message(self, message_id: str, attempt: int) -> None:
        """What was told of it does not hold; what comes from now on is another attempt."""
        self.end_message(message_id, "reset")
        self._attempts[message_id] = attempt

    # ── tool calls ───────────────────────────────────────────────────────────────────────────────────────────────────

    def start_tool_call(self, use: ToolUse, key: str, message_id: str, agent: str) -> None:
        """A model wants a tool used. `key` names the call within the run."""
        call_id = derived_id("call", self.scope, key)
        told = self._calls.get(call_id)
        if told is not None and told != "interrupted":
            return
        arguments, is_cut = _bounded(orjson.dumps(use.input).decode())
        fields: dict[str, object] = {
            "tool_call_id": call_id,
            "tool_use_id": use.tool_use_id,
            "tool": use.name,
            "arguments": arguments,
            "message_id": message_id,
            "agent": agent,
            "step": _TURN.sub("", message_id),
        }
        if is_cut:
            fields["arguments_truncated"] = True
        if told is not None:
            fields["resumed"] = True  # it was told by the run that asked a person about it
        self._calls[call_id] = "running"
        self._start("tool_call", call_id, fields)

    def end_tool_call(self, key: str, result: str, status: str = "completed") -> None:
        """What came of it: `refused` with words for the model, or `completed` with JSON."""
        text, is_cut = _bounded(result)
        more: dict[str, object] = {"result": text}
        if is_cut:
            more["result_truncated"] = True
        call_id = derived_id("call", self.scope, key)
        self._calls[call_id] = status
        self._end("tool_call", call_id, status, more)

    # ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────

    def end_all(self, status: str) -> Sequence[Bracket]:
        """The run ends: whatever is open ends before its last response, and nothing begins any more."""
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
                self._telling.pop(name, None)
            self._put(ENDS[kind], {**fields, "status": status, **(more or {})})

    def _put(self, bracket_type: BracketType, fields: Mapping[str, object]) -> None:
        self.pending.append(Bracket(bracket_type, str(fields["step"]), self.encode(bracket_type, fields)))


def _kind_of(bracket_type: str) -> tuple[BracketKind, bool]:
    kind, _, end = bracket_type.rpartition("_")
    return cast("BracketKind", kind), end == "start"


def _bounded(text: str) -> tuple[str, bool]:
    """The text, cut where it is too long, and whether it was. Half characters, which are no JSON, are replaced."""
    is_cut = len(text) > MOST_CHARACTERS
    return text[:MOST_CHARACTERS].encode("utf-8", "replace").decode(), is_cut
