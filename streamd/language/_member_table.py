"""A table of members by key that takes little memory where most keys have one member."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import attrs

from streamd.facts import define

M = TypeVar("M", str, tuple[str, str, str])


@define
class MemberTable(Generic[M]):
    """Members by key, in the order in which they were added; each is there as often as it was added."""

    _table: dict[str, M | dict[M, int]] = attrs.field(factory=dict)
    """The only member of a key that was added once, or all members with their counts."""

    def __contains__(self, key: object) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def get(self, key: str) -> tuple[M, ...]:
        """The members of a key."""
        found = self._table.get(key)
        if found is None:
            return ()
        return tuple(found) if isinstance(found, dict) else (found,)

    def add(self, key: str, member: M) -> None:
        """Add a member."""
        found = self._table.get(key)
        if found is None:
            self._table[key] = member
        elif isinstance(found, dict):
            found[member] = found.get(member, 0) + 1
        elif found == member:
            self._table[key] = {member: 2}
        else:
            self._table[key] = {found: 1, member: 1}

    def drop(self, key: str, member: M) -> None:
        """Take back that a member was added; it must have been."""
        found = self._table[key]
        if not isinstance(found, dict):
            del self._table[key]
            return
        found[member] -= 1
        if not found[member]:
            del found[member]
        if not found:
            del self._table[key]
