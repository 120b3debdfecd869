"""References that stand against the removal of items: those that keep an item, and those that a person has to let go."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from streamd.core.declared.relations import Reference
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.facts import frozen


@frozen
class Referring:
    """The references that stand against the removal of items, by the id of the item referred to."""

    consents: Mapping[str, Sequence[Reference]] = attrs.field(factory=dict)
    """Those that a person has to let go first."""
    refusals: Mapping[str, Sequence[Reference]] = attrs.field(factory=dict)
    """Those by which the item stays as long as they are there."""

    def staying(
        self, item_ids: Sequence[ItemId], apart_from: Collection[ItemId] = ()
    ) -> dict[ItemId, Sequence[Reference]]:
        """Find which of these items cannot be removed together, and the references from items that stay.

        References from items in `apart_from` do not count.
        """
        leaving, staying = set(item_ids), dict[ItemId, Sequence[Reference]]()
        waiting = [one for one in item_ids if one in self.refusals]
        while waiting:
            held = {
                one: [by for by in self.refusals[one] if by[0] not in leaving and by[0] not in apart_from]
                for one in waiting
            }
            found = {one: by for one, by in held.items() if by}
            if not found:
                break
            staying |= found
            leaving -= found.keys()
            waiting = [one for one in waiting if one not in found]
        return staying

    def in_order(self, item_ids: Sequence[ItemId]) -> Sequence[ItemId]:
        """Order items so that one is removed after those that refer to it; otherwise as they are given."""
        if not any(one in self.refusals for one in item_ids):
            return item_ids
        given = set(item_ids)
        ordered: dict[ItemId, None] = {}
        seen: set[ItemId] = set()
        for first in item_ids:
            stack = [(first, False)]
            while stack:
                one, is_ready = stack.pop()
                if is_ready:
                    ordered[one] = None
                elif one not in seen:
                    seen.add(one)
                    stack.append((one, True))
                    stack += [(by, False) for by, _ in reversed(self.refusals.get(one, ())) if by in given]
        return tuple(ordered)


def references_against_removal(items: Iterable[Item], types: ItemTypes) -> Referring:
    """Collect the references that a person has to let go, or that keep their item, before it is removed."""
    consents: dict[str, list[Reference]] = {}
    refusals: dict[str, list[Reference]] = {}
    if types.references:
        for item in items:
            for spec in types.references.get(item.type, ()):
                value = item.fields.get(spec.name)
                if isinstance(value, str) and spec.on_remove != "clear":
                    found = consents if spec.on_remove == "ask" else refusals
                    found.setdefault(value, []).append((item.id, spec.name))
    return Referring(consents, refusals)
