"""Counts and sums of items by the value of a field."""

from collections.abc import Hashable, Sequence
from math import isfinite
from typing import Final

import attrs

from streamd.core.item import Item
from streamd.core.lists.exact_numbers import ExactSum
from streamd.core.lists.item_order import rank_of, value_of
from streamd.core.values import Value, equality_key, is_number
from streamd.errors import InvalidMessageError
from streamd.facts import define

MAX_GROUPS: Final = 1_000
MAX_SUMS: Final = 16
MAX_GROUP_CHARS: Final = 500


@define
class ItemGroup:
    """Items that have the same value in a field, or none."""

    value: Value | None
    count: int = 0
    sums: dict[str, ExactSum] = attrs.field(factory=dict)


@define
class ItemGroups:
    """Groups items by the value of a field, and adds up fields of each group."""

    by: str | None
    """None: all are one group."""
    summed: tuple[str, ...] = ()
    _groups: dict[Hashable, ItemGroup] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.by is None:
            self._groups[None] = self._new(None)

    def add(self, item: Item) -> None:
        """Count an item. Raises InvalidMessageError when there are too many groups."""
        value = None if self.by is None else value_of(item, self.by)
        key = None if value is None else equality_key(value)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = self._new(value)
        group.count += 1
        for name, total in group.sums.items():
            number = value_of(item, name)
            if isinstance(number, int | float) and is_number(number):
                total.add(number)

    def _new(self, value: Value | None) -> ItemGroup:
        if len(self._groups) >= MAX_GROUPS:
            raise InvalidMessageError(
                f"{self.by} has more than {MAX_GROUPS} different values; choose fewer items by where",
                path="group_by",
            )
        if isinstance(value, str | list | dict) and len(str(value)) > MAX_GROUP_CHARS:
            raise InvalidMessageError(
                f"{self.by} has values of more than {MAX_GROUP_CHARS} characters; group by another field",
                path="group_by",
            )
        return ItemGroup(value, sums={name: ExactSum() for name in self.summed})

    def listed(self) -> Sequence[ItemGroup]:
        """Return the groups by value in ascending order, last the items without one.

        Raises InvalidMessageError where a sum is beyond the largest double.
        """
        for index, name in enumerate(self.summed):
            if not all(isfinite(group.sums[name].value) for group in self._groups.values()):
                raise InvalidMessageError(
                    f"the sum of {name} is larger than a number can be; choose fewer items by where",
                    path=f"sum[{index}]",
                )
        return sorted(
            self._groups.values(),
            key=lambda group: (group.value is None, () if group.value is None else rank_of(group.value)),
        )
