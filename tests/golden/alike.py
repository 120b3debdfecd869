"""Makes what two daemons tell comparable: ids, times and durations differ from one to the other, and nothing else."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from tests.support.daemon import Message

_ID: Final = re.compile(r"\b([A-Za-z_]+)-([0-9a-hjkmnp-tv-z]{16,17})\b")
"""Made by the daemon: a word, and 16 or 17 letters and digits of its alphabet."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_PLACE: Final = re.compile(r"^\d{13,16}(?=/)")
"""The place of a page in a list: once a time, now a position."""
_VERSION: Final = re.compile(r"streamd/\d+\.\d+\.\d+\S*")
_DURATIONS: Final = frozenset(
    {"timestamp", "lastUpdated", "estimatedCompletion", "estimatedTimeRemaining", "eta_seconds", "seconds"}
)


@attrs.define
class Names:
    """Short names for ids, in the order in which they are met."""

    known: Mapping[str, str] = attrs.field(factory=dict)
    """Texts that have names already: whole ids, epochs."""
    numbered: bool = True
    """Whether two ids of one kind have two names; where several tell side by side, the order means nothing."""
    _given: dict[str, str] = attrs.field(factory=dict)
    _count: defaultdict[str, int] = attrs.field(factory=lambda: defaultdict(int))

    def of(self, found: re.Match[str]) -> str:
        """The name of an id."""
        whole, kind = found[0], found[1]
        if whole in self.known:
            return self.known[whole]
        if not self.numbered:
            return f"<{kind}>"
        if whole not in self._given:
            self._count[kind] += 1
            self._given[whole] = f"<{kind} {self._count[kind]}>"
        return self._given[whole]


def plain(value: Any, names: Names) -> Any:
    """The value without what is different each time."""
    match value:
        case str():
            known, dot, mark = value.partition(".")  # of a filter, after an epoch
            if known in names.known:
                return f"{names.known[known]}{dot}{mark}"
            timeless = _PLACE.sub("<ms>", _TIME.sub("<time>", value))
            return _VERSION.sub("streamd/<version>", _ID.sub(names.of, timeless))
        case {"type": "describe", "protocol": _}:  # what there is grows with the code
            shown = {key: one for key, one in value.items() if key in ("type", "request_id", "protocol")}
            return {**shown, "sections": [key for key in value if key not in (*shown, "server")]}
        case {"type": "usage", "total": _, "first_day": _, "last_day": _}:  # of this month, until today
            return {
                key: "<day>" if key in ("first_day", "last_day") else plain(one, names)
                for key, one in value.items()
            }
        case Mapping():
            return {
                plain(key, names): _duration(one) if key in _DURATIONS else plain(one, names)
                for key, one in value.items()
            }
        case list() | tuple():
            return [plain(one, names) for one in value]
        case _:
            return value


def _duration(value: Any) -> Any:
    return "<number>" if isinstance(value, int | float) else "<time>" if isinstance(value, str) else value


def story(told: Sequence[Message], names: Names | None = None) -> list[Message]:
    """What holds of what a run told: the pieces of each answer put together, and without positions."""
    names = Names() if names is None else names
    shown: list[Message] = []
    answers: dict[tuple[str, str], Message] = {}
    for message in holding(told):
        if message["type"] == "notice":  # of the moment
            continue
        one = {key: value for key, value in message.items() if key not in ("run_seq", "replayed")}
        words = "chunk" if one["type"] == "agent_chunk" else "content"
        if "message_id" not in one or words not in one:
            shown.append(one)
        elif (answer := answers.get((one["type"], one["message_id"]))) is None:
            answers[one["type"], one["message_id"]] = one
            shown.append(one)
        else:
            answer[words] += one[words]
            answer |= {key: value for key, value in one.items() if key not in (words, "reasoning")}
            if "reasoning" in one:
                answer["reasoning"] += one["reasoning"]
    return [plain(one, names) for one in shown]


def without_usage(value: Any) -> Any:
    """The value whose last responses do not say what was used: `complete` alone did, and of resumed runs the sum."""
    match value:
        case {"type": "complete" | "interrupt" | "cancelled" | "error", "data": {"usage": _, **data}, **more}:
            did = any(data.values()) or value["type"] in ("complete", "cancelled")
            return {**without_usage(more), "type": value["type"], **({"data": data} if did else {})}
        case Mapping():
            return {key: without_usage(one) for key, one in value.items()}
        case list() | tuple():
            return [without_usage(one) for one in value]
        case _:
            return value


def holding(told: Sequence[Message]) -> list[Message]:
    """What a client shows in the end: without what was declared void, and without the declarations."""
    gone: set[int] = set()
    for reset in told:
        if reset["type"] == "attempt_reset":
            before = [one for one in told if one["run_seq"] < reset["run_seq"]]
            void = reset.get("void")
            gone |= {reset["run_seq"]} | {
                one["run_seq"]
                for one in before
                if (one.get("message_id") == reset["message_id"] if void is None else one["run_seq"] in void)
            }
    return [one for one in told if one["run_seq"] not in gone]


def in_any_order(messages: Sequence[Message]) -> Counter[bytes]:
    """Messages of several who tell side by side."""
    return Counter(orjson.dumps(message, option=orjson.OPT_SORT_KEYS) for message in messages)
