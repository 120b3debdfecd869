"""The items as the commands of a request leave them, over a vocabulary that others share."""

from collections.abc import Iterator, Mapping, MutableMapping

import attrs

from streamd.core.item import ItemId
from streamd.core.values import Value
from streamd.facts import define
from streamd.language._item_vocabulary import ItemVocabulary

ItemFields = Mapping[str, Value]


@define(eq=False)
class RequestItems(MutableMapping[ItemId, ItemFields]):
    """Fields by id, in the order in which items were added; what a request changes is its own."""

    vocabulary: ItemVocabulary
    _own: dict[ItemId, ItemFields] = attrs.field(factory=dict)
    """Items that the request adds or changes."""
    _gone: set[ItemId] = attrs.field(factory=set)

    def __getitem__(self, item_id: ItemId) -> ItemFields:
        if item_id in self._own:
            return self._own[item_id]
        if item_id in self._gone:
            raise KeyError(item_id)
        return self.vocabulary.fields_of(item_id)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._own or (item_id in self.vocabulary and item_id not in self._gone)

    def __iter__(self) -> Iterator[ItemId]:
        yield from (one for one in self.vocabulary if one not in self._gone)
        yield from (one for one in self._own if one not in self.vocabulary)

    def __len__(self) -> int:
        return len(self.vocabulary) - len(self._gone) + sum(one not in self.vocabulary for one in self._own)

    def __setitem__(self, item_id: ItemId, fields: ItemFields) -> None:
        self._own[item_id] = fields
        self._gone.discard(item_id)

    def __delitem__(self, item_id: ItemId) -> None:
        if item_id not in self:
            raise KeyError(item_id)
        self._own.pop(item_id, None)
        if item_id in self.vocabulary:
            self._gone.add(item_id)

    def type_of(self, item_id: ItemId) -> str:
        """The type of a present item."""
        return str(self[item_id].get("type", ""))

    def of_type(self, kind: str) -> list[ItemId]:
        """The present items of a type, in their order."""
        found = [
            one
            for one in self.vocabulary.of_type(kind)
            if one not in self._gone and (one not in self._own or self.type_of(one) == kind)
        ]
        known = set(found) if self._own else ()
        return found + [one for one in self._own if one not in known and self.type_of(one) == kind]

    def with_restored(self, gone: Mapping[ItemId, ItemFields]) -> "RequestItems":
        """The items, and those that were removed."""
        return RequestItems(self.vocabulary, {**gone, **self._own}, self._gone - gone.keys())
