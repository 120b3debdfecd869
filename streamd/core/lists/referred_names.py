"""Names of the items that others refer to, as fields of these: `supplier.name` beside a reference `supplier`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.lists.item_words import has_words, may_be_number
from streamd.facts import frozen

_NAME: Final = ".name"


def name_paths(types: ItemTypes, item_types: Collection[str] | None) -> frozenset[str]:
    """Return the paths of the names that items (of these types) show beside their references."""
    return frozenset(
        spec.name + _NAME
        for kind, specs in types.references.items()
        if item_types is None or kind in item_types
        for spec in specs
    )


@frozen
class ReferredNames:
    """The names that a list sorts, groups and chooses by."""

    references: Mapping[str, Sequence[FieldSpec]] = attrs.field(factory=dict)
    """By item type."""
    paths: frozenset[str] = frozenset()
    """Those that the list names."""
    names: Mapping[str, str] = attrs.field(factory=dict)
    """By id."""

    def shown(self, item: Item) -> Item:
        """Return the item with the names under their paths; a field of its own that is called so stays."""
        if not self.paths:
            return item
        found = {
            path: self.names[value]
            for spec in self.references.get(item.type, ())
            if (path := spec.name + _NAME) in self.paths
            and isinstance(value := item.fields.get(spec.name), str)
            and value in self.names
        }
        return attrs.evolve(item, fields={**found, **item.fields}) if found else item


@frozen
class WordSearch:
    """A search for words in items, their numbers and the names of what they refer to."""

    words: tuple[str, ...]
    references: Mapping[str, Sequence[FieldSpec]] = attrs.field(factory=dict)
    """By item type."""
    named: Mapping[str, Collection[str]] = attrs.field(factory=dict)
    """The ids of the items that others refer to, whose names have a word, by that; only words that some have."""

    @property
    def indexed(self) -> tuple[str, ...]:
        """The words that only the texts of the items themselves can have: an index finds those."""
        return tuple(word for word in self.words if word not in self.named and not may_be_number(word))

    def finds(self, item: Item) -> bool:
        """Whether the item has all the words."""
        referred = self._referred(item) if self.named else ()
        left = [word for word in self.words if not any(one in self.named.get(word, ()) for one in referred)]
        return has_words(item, left)

    def _referred(self, item: Item) -> Sequence[str]:
        values = (item.fields.get(spec.name) for spec in self.references.get(item.type, ()))
        return [value for value in values if isinstance(value, str)]
