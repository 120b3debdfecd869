"""Splits messages that are too long into several, which clients join: lists one after the other, objects key by key."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, TypeVar, cast

import attrs
import orjson

from streamd.facts import define

T = TypeVar("T", bound=str)

MAX_MESSAGE_BYTES: Final = 262_144
_REPEATED_BYTES: Final = 256
"""Texts and numbers up to this length come in every part: those that say what a message is, and whose."""
_KEYS_BYTES: Final = 4_096
"""Left for the keys beside names."""
_WHOLE_TYPES: Final = frozenset({"snapshot", "items", "item", "history", "export"})
"""Types of replies that have items, which are not taken apart; those that may be long come in pages."""


def in_parts(message: bytes, most_bytes: int = MAX_MESSAGE_BYTES) -> Sequence[bytes]:
    """Split a reply or a response, a JSON object, where it is longer than `most_bytes`.

    All parts but the last say `more: true`, the last says `more: false`; a message that is not split is left as it is. A
    member of a list, and a text, is not taken apart.
    """
    if len(message) <= most_bytes:
        return (message,)
    keys: dict[str, object] = orjson.loads(message)
    if keys.get("type") in _WHOLE_TYPES:
        return (message,)
    followed = keys.pop("more", False)
    head = {
        name: value
        for name, value in keys.items()
        if not isinstance(value, list | dict) and _size(value) <= _REPEATED_BYTES
    }
    parts = list(_Splitter(most_bytes - _size({**head, "more": True})).split(keys, besides=head))
    last = len(parts) - 1
    return [
        orjson.dumps({**head, **part, "more": followed if number == last else True})
        for number, part in enumerate(parts)
    ]


@define
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


def names_in_parts(names: Mapping[T, str], most_bytes: int) -> Sequence[Mapping[T, str]]:
    """Split names of items into parts of so many bytes, as JSON; none where there are no names."""
    parts: list[dict[T, str]] = []
    size = most_bytes
    for one, name in names.items():
        added = _size(one) + _size(name) + 2
        if size + added > most_bytes:
            parts.append({})
            size = 2
        parts[-1][one] = name
        size += added
    return parts


def names_beside(names: Mapping[str, str], other_bytes: int) -> Mapping[str, str]:
    """Return the names of items, as far as a message has room for them beside so many other bytes."""
    parts = names_in_parts(names, max(0, MAX_MESSAGE_BYTES - _KEYS_BYTES - other_bytes))
    return parts[0] if parts else {}
