"""Records of lists: beside an event that changes a long list, the journal keeps only what differs of the list before."""

from collections.abc import Mapping
from itertools import takewhile
from typing import Final, cast

import attrs
import orjson

from streamd.facts import frozen

SPLICED: Final = ""
"""The key of the recorded differences among recorded values: no field has this name."""


@frozen
class ListSplice:
    """The list before a change, by the one after it: begin and end are alike."""

    start: int
    """Members at the begin that both have."""
    end: int
    """Members at the end that both have."""
    members: list[object]
    """Those between, of the list before."""

    @classmethod
    def of(cls, before: list[object], after: list[object]) -> "ListSplice":
        """Compare two lists."""
        start = _alike(before, after, len(before))
        end = _alike(before[start:][::-1], after[start:][::-1], len(before) - start)
        return cls(start, end, before[start : len(before) - end])

    def before(self, after: list[object]) -> list[object]:
        """The list before, given the one after."""
        return [*after[: self.start], *self.members, *after[len(after) - self.end :]]


def recorded_values(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Make the record of the values before a change: of a list that stays one, only the differences."""
    values: dict[str, object] = {}
    splices: dict[str, object] = {}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, list) and isinstance(value, list):
            splices[name] = attrs.astuple(ListSplice.of(old, value), recurse=False)
        else:
            values[name] = old
    return {SPLICED: splices, **values} if splices else values


def values_before(recorded: Mapping[str, object], after: Mapping[str, object]) -> Mapping[str, object]:
    """The values before a change, given what is recorded of them and the values after it."""
    splices = recorded.get(SPLICED)
    if splices is None:
        return recorded
    lists = {
        name: ListSplice(*splice).before(cast("list[object]", after[name]))
        for name, splice in cast("Mapping[str, tuple[int, int, list[object]]]", splices).items()
    }
    return {**{name: value for name, value in recorded.items() if name != SPLICED}, **lists}


def _alike(before: list[object], after: list[object], most: int) -> int:
    """Count the members at the begin that are the same, to the letter."""
    return sum(1 for _ in takewhile(lambda pair: _same(*pair), zip(before[:most], after, strict=False)))


def _same(left: object, right: object) -> bool:
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, list | dict):
        return orjson.dumps(left) == orjson.dumps(right)
    return left == right
