"""A dialect as other clients speak it, made from a run's stream from any position; and what such clients insist on.

It is much like AG-UI. The encoder begins where it is put, with nothing but the entries that follow.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from streamd.core.brackets import BRACKET_TYPES, text_piece
from streamd.ports.encoder import DeliveredEntry

LAST = {"complete", "interrupt", "cancelled", "error"}
Event = dict[str, Any]


@attrs.define
class Dialect:
    """One client's encoder: it opens what it did not see begin."""

    _has_begun: bool = False
    _open: dict[tuple[str, str], str] = attrs.field(factory=dict)
    """What is open, by kind and id, and under which id the client knows it."""
    _count: int = 0
    _calls: set[str] = attrs.field(factory=set)

    def events(self, entry: DeliveredEntry) -> list[Event]:
        """What the client is sent for one entry."""
        told: list[Event] = []
        if not self._has_begun:
            self._has_begun = True
            told.append({"type": "RUN_STARTED", "runId": entry.content["run_id"]})
        content: dict[str, Any] = dict(entry.content)
        kind = content["type"]
        if entry.event_type in BRACKET_TYPES:
            told += self._bracket(kind, content)
        elif (piece := text_piece(kind, content, entry.item_type)) is not None:
            for what, text in (("REASONING", piece.reasoning), ("TEXT", piece.text)):
                if text:
                    told += self._opened(what, piece.message_id)
                    told.append(
                        {
                            "type": f"{what}_CONTENT",
                            "messageId": self._open[what, piece.message_id],
                            "delta": text,
                        }
                    )
        elif kind in LAST:
            for what, name in reversed(tuple(self._open)):
                told += self._closed(what, name)
            told.append({"type": "RUN_ERROR" if kind == "error" else "RUN_FINISHED"})
        return told

    def _bracket(self, kind: str, content: dict[str, Any]) -> list[Event]:
        match kind:
            case "step_start":
                return self._opened("STEP", content["step"])
            case "step_end":
                return self._closed("STEP", content["step"])
            case "message_start":
                return self._opened("TEXT", content["message_id"])
            case "message_end":
                return self._closed("TEXT", content["message_id"])
            case "reasoning_start":
                return self._opened("REASONING", content["message_id"])
            case "reasoning_end":
                return self._closed("REASONING", content["message_id"])
            case "tool_call_start":
                return [] if content.get("resumed") else self._called(content)
            case _:
                told = [] if content["tool_call_id"] in self._calls else self._called(content)
                if "result" in content:
                    told.append(
                        {
                            "type": "TOOL_CALL_RESULT",
                            "id": content["tool_call_id"],
                            "content": content["result"],
                        }
                    )
                return told

    def _called(self, content: dict[str, Any]) -> list[Event]:
        name = content["tool_call_id"]
        self._calls.add(name)
        return [
            {"type": "TOOL_CALL_START", "id": name, "name": content["tool"]},
            {"type": "TOOL_CALL_ARGS", "id": name, "delta": content["arguments"]},
            {"type": "TOOL_CALL_END", "id": name},
        ]

    def _opened(self, what: str, name: str) -> list[Event]:
        if (what, name) in self._open:
            return []
        self._count += 1
        shown = name if what == "STEP" else f"{name}~{self._count}"
        self._open[what, name] = shown
        return [{"type": f"{what}_START", "messageId": shown}]

    def _closed(self, what: str, name: str) -> list[Event]:
        shown = self._open.pop((what, name), None)
        return [] if shown is None else [{"type": f"{what}_END", "messageId": shown}]


def spoken(entries: Iterable[DeliveredEntry]) -> list[Event]:
    """What a client is sent that joins before the first of these entries."""
    encoder = Dialect()
    return [event for entry in entries for event in encoder.events(entry)]


def insist(events: Sequence[Event]) -> None:
    """Refuse what a client of the dialect refuses."""
    assert events[0]["type"] == "RUN_STARTED"
    assert events[-1]["type"] in ("RUN_FINISHED", "RUN_ERROR")
    is_open: set[tuple[str, str]] = set()
    for event in events[1:-1]:
        what, _, part = event["type"].rpartition("_")
        key = (what, str(event.get("messageId", event.get("id"))))
        if part == "START":
            assert key not in is_open, event
            is_open.add(key)
        elif part == "RESULT":
            continue
        else:
            assert key in is_open, event
            if part == "END":
                is_open.remove(key)
    assert not is_open


def check_from_everywhere(entries: Sequence[DeliveredEntry], every: int = 1) -> None:
    """A client may join before any entry of a run that has ended."""
    for at in range(0, len(entries), every):
        insist(spoken(entries[at:]))


def check_brackets(entries: Sequence[DeliveredEntry]) -> None:
    """What the stream itself promises: everything begins once, and ends before the run does; text lies within."""
    is_open: dict[tuple[str, str], dict[str, Any]] = {}
    calls: list[str] = []
    for number, entry in enumerate(entries):
        content: dict[str, Any] = dict(entry.content)
        kind = content["type"]
        piece = text_piece(kind, content, entry.item_type)
        if entry.event_type in BRACKET_TYPES:
            assert entry.event_type == kind
            what, _, end = kind.rpartition("_")
            key = (what, content[{"step": "step", "tool_call": "tool_call_id"}.get(what, "message_id")])
            if end == "start":
                assert key not in is_open, content
                is_open[key] = content
                parent = content.get("parent") if what == "step" else content["step"]
                assert parent is None or ("step", parent) in is_open, content
                calls += [key[1]] * (what == "tool_call")
            else:
                begun = is_open.pop(key)
                assert content["status"]
                assert (
                    begun.items()
                    <= {**content, "type": begun["type"], "timestamp": begun["timestamp"]}.items()
                )
                within = [other["step"] for other in is_open.values()]
                assert what != "step" or not [step for step in within if f"{step}/".startswith(f"{key[1]}/")]
        elif piece is not None:
            assert not piece.text or ("message", piece.message_id) in is_open, content
            assert not piece.reasoning or ("reasoning", piece.message_id) in is_open, content
        elif kind in LAST:
            assert number == len(entries) - 1
            assert not is_open, is_open
    assert len(calls) == len(set(calls))
    assert json.dumps(calls)


def outline(entries: Iterable[DeliveredEntry]) -> list[str]:
    """Types in order, with what each is about; pieces of text that follow each other count once."""
    lines: list[str] = []
    for entry in entries:
        content: dict[str, Any] = dict(entry.content)
        about = content["step"] if content["type"].startswith("step_") else content.get("tool", "")
        status = content.get("status", "") if entry.event_type else ""
        line = " ".join(filter(None, (content["type"], about, status)))
        if not lines or lines[-1] != line:
            lines.append(line)
    return lines
