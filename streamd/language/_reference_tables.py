"""Targets of reference fields, looked up in a vocabulary when a request asks for it."""

from collections.abc import Iterator, Mapping, Sequence

from streamd.core.item import ItemId
from streamd.core.values import caseless
from streamd.facts import frozen
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._tokens import key_of


@frozen(eq=False)
class ReferableTable(Mapping[str, Mapping[str, Sequence[str]]]):
    """By name or id: the items of each type that fields refer to, as they stand in such a field."""

    vocabulary: ItemVocabulary

    def __getitem__(self, key: str) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for item_id in self.vocabulary.in_order(self.vocabulary.names.get(key)):
            kind = self.vocabulary.type_of(item_id)
            if kind in self.vocabulary.targets:
                values = found.setdefault(kind, [])
                value = self._value_of(item_id, kind)
                values += [value] if value not in values else []
        if not found:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key in self.vocabulary.names if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _value_of(self, item_id: ItemId, kind: str) -> str:
        vocabulary, name = self.vocabulary, self.vocabulary.name_of(item_id)
        key = key_of(name)
        alike = [
            one
            for one in map(ItemId, vocabulary.names.get(key))
            if vocabulary.type_of(one) == kind and key_of(vocabulary.name_of(one)) == key
        ]
        return name if len(alike) == 1 or not vocabulary.targets[kind] else item_id


@frozen(eq=False)
class ShownTable:
    """The names of all items of each type that fields refer to."""

    vocabulary: ItemVocabulary

    def get(self, kind: str, default: Sequence[str]) -> Sequence[str]:
        """The names of a type's items, in their order."""
        if kind not in self.vocabulary.targets:
            return default
        return [self.vocabulary.name_of(one) or one for one in self.vocabulary.of_type(kind)]


@frozen(eq=False)
class ReferringTable(Mapping[tuple[str, str], frozenset[str]]):
    """By type and field: the items that are referred to, in lower case."""

    vocabulary: ItemVocabulary

    def __getitem__(self, place: tuple[str, str]) -> frozenset[str]:
        kind, field = place
        values = (self.vocabulary.fields_of(one).get(field) for one in self.vocabulary.of_type(kind))
        return frozenset(caseless(value) for value in values if isinstance(value, str))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for declared in self.vocabulary.types:
            for spec in declared.fields.values():
                if spec.refers_to and self.vocabulary.has_field(declared.name, spec.name):
                    yield declared.name, spec.name

    def __len__(self) -> int:
        return sum(1 for _ in self)
