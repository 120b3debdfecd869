"""The items of a workspace as requests name them: kept up with their changes, so that no request reads them all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from sys import intern

import attrs
import orjson

from streamd.core.item import START, Item, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value, caseless
from streamd.facts import define, frozen
from streamd.language._item_codes import codes_of
from streamd.language._member_table import MemberTable
from streamd.language._tokens import key_of
from streamd.language._type_words import TypeWords, type_words
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.language._vocabulary_words import WordCounts

_LONGEST_VALUE_CHARS = 80
_PLACE_BYTES = 8

Use = tuple[str, str, str]
"""Type, field and text of a value."""

_key_of = lru_cache(maxsize=4096)(key_of)


@frozen
class _Entries:
    """All under which an item is found."""

    names: frozenset[str]
    codes: frozenset[str]
    uses: frozenset[tuple[str, Use]]
    fields: frozenset[tuple[str, str]]


@define(slots=False)
class ItemVocabulary:
    """Names, codes and values of items by key, and the items themselves, packed.

    What a request names is looked up; what it describes by conditions is found by unpacking item after item. Not safe for
    threads: whoever reads it must keep others from changing it.
    """

    types: ItemTypes
    names: MemberTable[str] = attrs.field(factory=MemberTable)
    """Ids by name and by id."""
    codes: MemberTable[str] = attrs.field(factory=MemberTable)
    """Ids by SKU, order number and the like."""
    values: MemberTable[Use] = attrs.field(factory=MemberTable)
    longer_values: MemberTable[str] = attrs.field(factory=MemberTable)
    """Keys of values of several words, by their first word."""
    words: WordCounts = attrs.field(factory=WordCounts)
    _items: dict[ItemId, bytes] = attrs.field(factory=dict)
    """The place of each item in the order of all, then its fields as a JSON object."""
    _by_type: dict[str, dict[ItemId, None]] = attrs.field(factory=dict)
    _fields: dict[tuple[str, str], int] = attrs.field(factory=dict)
    """How many items of a type have a field."""
    _last: Seq = START
    _is_sorted: bool = True

    @classmethod
    def of(cls, types: ItemTypes, items: Iterable[Item]) -> "ItemVocabulary":
        """Build the vocabulary of items."""
        found = cls(types)
        for item in items:
            found.put(item)
        return found

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._items

    def __iter__(self) -> Iterator[ItemId]:
        self._sort()
        return iter(self._items)

    # ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, item: Item) -> None:
        """Add an item, or replace what it was."""
        before = self._fields_of(item.id) if item.id in self._items else None
        if before is None or item.added < self._last:
            self._is_sorted = self._is_sorted and item.added >= self._last
            self._last = max(self._last, item.added)
        old = NOTHING if before is None else self._entries(item.id, before)
        self._replace(item.id, old, self._entries(item.id, item.fields))
        if before is not None and before.get("type", "") != item.type:
            self._drop_type(str(before.get("type", "")), item.id)
        self._by_type.setdefault(intern(item.type), {})[item.id] = None
        self._items[item.id] = item.added.to_bytes(_PLACE_BYTES) + orjson.dumps(item.fields)

    def remove(self, item_id: ItemId) -> None:
        """Remove an item; a no-op where it is not there."""
        if item_id in self._items:
            before = self._fields_of(item_id)
            self._replace(item_id, self._entries(item_id, before), NOTHING)
            self._drop_type(str(before.get("type", "")), item_id)
            del self._items[item_id]

    def _drop_type(self, kind: str, item_id: ItemId) -> None:
        ids = self._by_type[kind]
        del ids[item_id]
        if not ids:
            del self._by_type[kind]

    def _entries(self, item_id: ItemId, fields: Mapping[str, Value]) -> _Entries:
        kind = intern(str(fields.get("type", "")))
        references = self._reference_fields.get(kind, ())
        uses: set[tuple[str, Use]] = set()
        for field, value in fields.items():
            if field in ("name", "type"):
                continue
            for one in value if isinstance(value, list) else (value,):
                if not isinstance(one, str):
                    continue
                if field in references:
                    uses.add((_key_of(one), (kind, intern(field), one)))
                elif len(one) <= _LONGEST_VALUE_CHARS:
                    key = _key_of(one)
                    if key and not key.replace(".", "").isdigit():
                        uses.add((key, (kind, intern(field), key if key == one else one)))
        names = {_key_of(str(fields.get("name", ""))), _key_of(item_id)} - {""}
        codes = {key for key in codes_of(fields) if key not in FUNCTION_WORDS}
        return _Entries(
            frozenset(names),
            frozenset(codes),
            frozenset(uses),
            frozenset((kind, intern(one)) for one in fields),
        )

    def _replace(self, item_id: ItemId, old: _Entries, new: _Entries) -> None:
        for key in old.names - new.names:
            self.names.drop(key, item_id)
            self.words.drop(key)
        for key in new.names - old.names:
            self.names.add(key, item_id)
            self.words.add(key)
        for key in old.codes - new.codes:
            self.codes.drop(key, item_id)
            self.words.drop(key)
        for key in new.codes - old.codes:
            self.codes.add(key, item_id)
            self.words.add(key)
        for key, use in old.uses - new.uses:
            self.values.drop(key, use)
            self.words.drop(key)
            if " " in key:
                self.longer_values.drop(key.partition(" ")[0], key)
        for key, use in new.uses - old.uses:
            self.values.add(key, use)
            self.words.add(key)
            if " " in key:
                self.longer_values.add(key.partition(" ")[0], key)
        for one in old.fields - new.fields:
            self._fields[one] -= 1
            if not self._fields[one]:
                del self._fields[one]
                self.__dict__.pop("type_words", None)
        for one in sorted(new.fields - old.fields):
            if one not in self._fields:
                self.__dict__.pop("type_words", None)
            self._fields[one] = self._fields.get(one, 0) + 1

    def _sort(self) -> None:
        """Put the items into their order again, where an old one was restored in its place."""
        if not self._is_sorted:
            self._items = dict(sorted(self._items.items(), key=lambda pair: pair[1][:_PLACE_BYTES]))
            self._by_type = {}
            for item_id in self._items:
                self._by_type.setdefault(self.type_of(item_id), {})[item_id] = None
            self._is_sorted = True

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def type_words(self) -> TypeWords:
        """The words for types, fields and criteria, also for those that only items have."""
        return type_words(self.types, self._fields)

    def of_type(self, kind: str) -> Iterable[ItemId]:
        """The items of a type, in their order."""
        self._sort()
        return self._by_type.get(kind, {})

    def in_order(self, ids: Sequence[str]) -> list[ItemId]:
        """Return ids of items in the order in which these were added."""
        found = [ItemId(one) for one in ids]
        return found if len(found) < 2 else sorted(found, key=lambda one: self._items[one][:_PLACE_BYTES])

    def type_of(self, item_id: ItemId) -> str:
        """The type of an item; empty where there is no such item."""
        return str(self._fields_of(item_id).get("type", "")) if item_id in self._items else ""

    def name_of(self, item_id: ItemId) -> str:
        """The name of an item; empty where there is no such item."""
        return str(self._fields_of(item_id).get("name", "")) if item_id in self._items else ""

    def fields_of(self, item_id: ItemId) -> Mapping[str, Value]:
        """The fields of an item, with names in its references where these are clear. Raises KeyError."""
        fields = self._fields_of(item_id)
        for field in self._reference_fields.get(str(fields.get("type", "")), ()):
            if isinstance(value := fields.get(field), str):
                fields[field] = self.clear_name(value) or value
        return fields

    def items(self) -> Iterator[Item]:
        """All items, without the positions of their changes."""
        for item_id in self:
            yield Item(item_id, self.fields_of(item_id), {}, START)

    def _fields_of(self, item_id: ItemId) -> dict[str, Value]:
        found: dict[str, Value] = orjson.loads(memoryview(self._items[item_id])[_PLACE_BYTES:])
        return found

    # ── references ───────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _reference_fields(self) -> Mapping[str, frozenset[str]]:
        return {kind: frozenset(one.name for one in specs) for kind, specs in self.types.references.items()}

    @cached_property
    def targets(self) -> Mapping[str, bool]:
        """The types that fields refer to, and whether these hold ids."""
        specs = [spec for declared in self.types for spec in declared.fields.values()]
        return {spec.refers_to: spec.is_reference for spec in specs if spec.refers_to}

    def has_field(self, kind: str, field: str) -> bool:
        """Whether some item of a type has a field."""
        return (kind, field) in self._fields

    def is_reference(self, kind: str, field: str) -> bool:
        """Whether a field holds the id of an item."""
        return field in self._reference_fields.get(kind, ())

    def clear_name(self, value: str) -> str:
        """The name that says as clearly as this id which item is meant; empty where there is none."""
        item_id = ItemId(value)
        if not self.types.references or item_id not in self._items:
            return ""
        fields = self._fields_of(item_id)
        kind, name = str(fields.get("type", "")), str(fields.get("name", ""))
        if kind not in self.types.referred or not name or self.type_of(ItemId(name)) in self.types.referred:
            return ""
        alike = [
            one
            for one in map(ItemId, self.names.get(_key_of(name)))
            if self._bears(one, kind, caseless(name))
        ]
        return name if alike == [item_id] else ""

    def _bears(self, item_id: ItemId, kind: str, name: str) -> bool:
        fields = self._fields_of(item_id)
        return fields.get("type", "") == kind and caseless(str(fields.get("name", ""))) == name

    def referred_keys(self) -> Iterator[str]:
        """The keys of all names of items that may be referred to."""
        for kind in self.types.referred:
            for item_id in self.of_type(kind):
                if key := _key_of(str(self._fields_of(item_id).get("name", ""))):
                    yield key

    def referred_by(self, key: str) -> Sequence[Use]:
        """The references to the items of a name, each with that name."""
        if not self.types.references:
            return ()
        return [
            (kind, field, name)
            for item_id in self.names.get(key)
            if (name := self.clear_name(item_id)) and _key_of(name) == key
            for kind, field, value in self.values.get(_key_of(item_id))
            if value == item_id and self.is_reference(kind, field)
        ]


NOTHING = _Entries(frozenset(), frozenset(), frozenset(), frozenset())
