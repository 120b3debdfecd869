"""Splits messages that are too long into several, which clients join: lists one after the other, objects key by key."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, cast

import attrs
import orjson

MAX_MESSAGE_BYTES: Final = 262_144
_HEAD_BYTES: Final = 4_096
"""Left for what each part repeats."""
_REPEATED: Final = ("type", "request_id", "run_id", "thread_id", "agent", "agent_id", "timestamp")
"""Keys that say what a message is, and whose."""
_WHOLE_TYPES: Final = frozenset({"snapshot", "items", "item", "history", "export"})
"""Types of replies that have items, which are not taken apart; those that may be long come in pages."""


def in_parts(message: bytes) -> Sequence[bytes]:
    """Split a reply or a response, a JSON object, where it is too long.

    All parts but the last say `more: true`, the last says `more: false`; a message that is not split is left as it is. A
    member of a list, and a text, is not taken apart.
    """
    if len(message) <= MAX_MESSAGE_BYTES:
        return (message,)
    keys: dict[str, object] = orjson.loads(message)
    if keys.get("type") in _WHOLE_TYPES:
        return (message,)
    head = {name: keys[name] for name in _REPEATED if name in keys}
    followed = keys.pop("more", False)
    parts = list(_Splitter(MAX_MESSAGE_BYTES - _HEAD_BYTES).split(keys, besides=head))
    last = len(parts) - 1
    return [
        orjson.dumps({**head, **part, "more": followed if number == last else True})
        for number, part in enumerate(parts)
    ]


@attrs.define
class _Splitter:
    """Fills parts one after the other."""

    most: int
    """Bytes of a part."""
    _part: dict[str, object] = attrs.field(factory=dict)
    _size: int = 0

    def split(self, keys: Mapping[str, object], besides: Collection[str]) -> Iterator[dict[str, object]]:
        """Yield the parts of an object, without these keys. Short values come in the first one."""
        values = [(name, value) for name, value in keys.items() if name not in besides]
        for name, value in sorted(values, key=lambda pair: isinstance(pair[1], list | dict)):
            yield from self._put((name,), value)
        yield self._part

    def _put(self, path: tuple[str, ...], value: object) -> Iterator[dict[str, object]]:
        size = _size(value)
        match value:
            case dict() if self._size + size > self.most and value:
                self._size += len(path[-1]) * 4 + 6
                for name, one in cast("dict[str, object]", value).items():
                    yield from self._put((*path, name), one)
            case list() if self._size + size > self.most and value:
                for member in cast("list[object]", value):
                    yield from self._room_for(path, _size(member))
                    cast("list[object]", self._place(path).setdefault(path[-1], [])).append(member)
            case _:
                yield from self._room_for(path, size)
                self._place(path)[path[-1]] = value

    def _room_for(self, path: Sequence[str], size: int) -> Iterator[dict[str, object]]:
        """Yield the part where it has no room for one more value."""
        added = size + 1 + len(path[-1]) * 4 + 4
        if self._part and self._size + added > self.most:
            yield self._part
            self._part, self._size = {}, sum(len(name) * 4 + 6 for name in path)
        self._size += added

    def _place(self, path: Sequence[str]) -> dict[str, object]:
        """The object in the part that a path leads to."""
        place = self._part
        for name in path[:-1]:
            place = cast("dict[str, object]", place.setdefault(name, {}))
        return place


def joined(parts: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Join the parts of a message as clients do."""
    first, *others = parts
    for part in others:
        first = cast("Mapping[str, object]", _joined(first, part))
    return first


def _joined(one: object, other: object) -> object:
    match one, other:
        case list(), list():
            return [*one, *other]
        case dict(), dict():
            both = {**one, **other}
            return {
                name: _joined(one[name], other[name]) if name in one and name in other else both[name]
                for name in both
            }
        case _:
            return other


def _size(value: object) -> int:
    return len(orjson.dumps(value))


def fitting(names: Mapping[str, str], most_bytes: int) -> dict[str, str]:
    """Return the names by id, from the first on, that have so many bytes together, as JSON."""
    found: dict[str, str] = {}
    for one, name in names.items():
        most_bytes -= _size(one) + _size(name) + 2
        if most_bytes >= 0:
            found[one] = name
    return found
