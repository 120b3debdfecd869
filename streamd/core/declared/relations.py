"""Relations between the items of a workspace: values that only one may have, and references.

An index in memory answers who has a value and who refers to an item. It follows every change while it is decided, so that
the changes of one write see each other; what another change of the same write may still mend is judged at its end.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import attrs

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import DamagedItem, Item, ItemId, Known
from streamd.core.item_type import ItemType, ItemTypes, all_of
from streamd.core.values import Value, caseless, equal, equality_key, is_empty
from streamd.errors import InvalidMessageError, ReferencedError
from streamd.facts import define, frozen

K = TypeVar("K")
M = TypeVar("M")
V = TypeVar("V")

Reference: TypeAlias = tuple[ItemId, str]
"""The item that refers to another one, and the field that does."""

_NAMED_AT_MOST: Final = 20
"""Items that an error names."""

_Ids: TypeAlias = dict[ItemId, None]


@define
class ItemIndex:
    """The items of one workspace by what relates them. Only of types that have unique fields or references, or are referred to."""

    types: ItemTypes
    _named: dict[ItemId, tuple[str, str]] = attrs.field(factory=dict)
    """Type and name of each item."""
    _by_name: dict[tuple[str, str], _Ids] = attrs.field(factory=dict)
    """By type and name, whatever its case; of types that are referred to."""
    _by_value: dict[tuple[str, str, Hashable], _Ids] = attrs.field(factory=dict)
    """By type, unique field and value. An empty one is none, as of an empty cell: any number of items may have it."""
    _referring: dict[str, dict[Reference, FieldSpec]] = attrs.field(factory=dict)
    """The references to each id."""

    def __len__(self) -> int:
        return len(self._named)

    def replace(self, before: Known, after: Known) -> None:
        """Follow a change of an item; nothing or a tombstone stands for no item."""
        for known, is_there in ((before, False), (after, True)):
            if isinstance(known, Item) and known.type in self.types.related:
                self._put(known, is_there=is_there)

    def _put(self, item: Item, *, is_there: bool) -> None:
        kind = item.type
        if is_there:
            self._named[item.id] = (kind, item.name)
        else:
            self._named.pop(item.id, None)
        if kind in self.types.referred:
            _put(self._by_name, (kind, caseless(item.name)), item.id, None, is_there=is_there)
        for name in self.types.unique.get(kind, ()):
            value = item.fields.get(name)
            if value is not None and not is_empty(value):
                key = (kind, name, equality_key(value))
                _put(self._by_value, key, item.id, None, is_there=is_there)
        for spec in self.types.references.get(kind, ()):
            if isinstance(target := item.fields.get(spec.name), str):
                _put(self._referring, target, (item.id, spec.name), spec, is_there=is_there)

    def name_of(self, item_id: str, item_type: str | None = None) -> str | None:
        """The name of an item (of a type); None when there is none."""
        kind, name = self._named.get(ItemId(item_id), (None, None))
        return name if item_type in (None, kind) else None

    def ids_named(self, item_type: str, name: str) -> Sequence[ItemId]:
        """The items of a type with this name, exactly if there are any, else whatever the case of its letters."""
        alike = self._by_name.get((item_type, caseless(name)), {})
        return [one for one in alike if equal(self._named[one][1], name)] or list(alike)

    def holders(self, item_type: str, name: str, value: Value) -> Collection[ItemId]:
        """The items of a type that have this value in a unique field."""
        return self._by_value.get((item_type, name, equality_key(value)), {})

    def referring(self, item: Item | DamagedItem) -> Mapping[Reference, FieldSpec]:
        """The references to an item from others."""
        return {
            reference: spec
            for reference, spec in self._referring.get(item.id, {}).items()
            if spec.refers_to == item.type and reference[0] != item.id
        }

    def faults(self) -> Iterator[tuple[str, ItemId, InvalidMessageError]]:
        """Mistakes in the relations of all items: (type, item, mistake)."""
        for (item_type, name, _), ids in self._by_value.items():
            first, *others = ids
            for item_id in others:
                yield item_type, item_id, _taken(self, name, "of the same value", first)
        for target, references in self._referring.items():
            for (item_id, _), spec in references.items():
                if self.name_of(target, spec.refers_to) is None:
                    yield self._named[item_id][0], item_id, _dangling(spec, target)

    def referring_to(self, item_id: str) -> Iterable[ItemId]:
        """The items that may refer to this id."""
        return (referring for referring, _ in self._referring.get(item_id, {}))


def _put(index: dict[K, dict[M, V]], key: K, member: M, value: V, *, is_there: bool) -> None:
    if is_there:
        index.setdefault(key, {})[member] = value
    elif (members := index.get(key)) is not None:
        members.pop(member, None)
        if not members:
            del index[key]


@frozen
class Relations:
    """The relations of the items of a workspace as the change of an item is judged by them."""

    index: ItemIndex
    together: Collection[ItemId] = ()
    """Items that the same write changes, too: what has to do with them is judged at its end."""

    def fitted(self, item_type: ItemType, item_id: ItemId, name: str, value: Value) -> Value:
        """Return a field's value as it is stored, a name of an item referred to as its id. Raises InvalidMessageError."""
        spec = item_type.fields.get(name)
        if spec is None:
            return item_type.fitted(name, value)
        value = spec.fitted(value)
        if spec.is_reference:
            is_itself = value == item_id and spec.refers_to == item_type.name
            value = value if is_itself else self._referred(self.index, spec, str(value))
        if spec.unique:
            others = [one for one in self.index.holders(item_type.name, name, value) if one != item_id]
            if others and not any(one in self.together for one in others):
                raise _taken(self.index, name, value, others[0])
        return value

    def _referred(self, index: ItemIndex, spec: FieldSpec, given: str) -> Value:
        if index.name_of(given, spec.refers_to) is not None or given in self.together:
            return given
        found = index.ids_named(spec.refers_to, given)
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(found[:_NAMED_AT_MOST])
            raise InvalidMessageError(
                f"{spec.name}: {len(found)} items of type {spec.refers_to} are called {given}; give the id of one: {shown}",
                path=spec.name,
                candidates=[{"item_id": one, "name": index.name_of(one)} for one in found[:_NAMED_AT_MOST]],
            )
        raise _dangling(spec, given)

    def check_together(self, changed: Iterable[tuple[Known, Known]]) -> None:
        """Judge the items of one write at its end, from what they were to what they are; of several mistakes the last is raised.

        Raises:
            InvalidMessageError: a unique value is taken, or a reference has no item.
            ReferencedError: others refer to an item that is gone, or is of another type now.

        """
        index = self.index
        refusal: InvalidMessageError | None = None
        for before, after in changed:
            if isinstance(after, Item) and self.together and (found := list(_mistakes(index, before, after))):
                refusal = all_of(found, item_id=after.id)
            if not isinstance(before, Item | DamagedItem) or (
                isinstance(after, Item) and after.type == before.type
            ):
                continue
            if referring := index.referring(before):
                raise _still_referenced(index, before, referring, removed=not isinstance(after, Item))
        if refusal is not None:
            raise refusal


def _mistakes(index: ItemIndex, before: Known, after: Item) -> Iterable[InvalidMessageError]:
    """Mistakes of values that are new."""
    old = before.fields if isinstance(before, Item) and before.type == after.type else {}
    declared = index.types.declared.get(after.type)
    for name, spec in {} if declared is None else declared.fields.items():
        value = after.fields.get(name)
        if value is None or equal(old.get(name), value):
            continue
        if spec.is_reference and index.name_of(str(value), spec.refers_to) is None:
            yield _dangling(spec, str(value))
        if spec.unique:
            others = [one for one in index.holders(after.type, name, value) if one != after.id]
            if others:
                yield _taken(index, name, value, others[0])


def _taken(index: ItemIndex, name: str, value: Value, by: ItemId) -> InvalidMessageError:
    return InvalidMessageError(
        f"{name} {value} is taken by item {by} ({index.name_of(by)}); no two items may share it",
        path=name,
        taken_by=by,
    )


def _dangling(spec: FieldSpec, given: str) -> InvalidMessageError:
    return InvalidMessageError(
        f"{spec.name}: there is no item of type {spec.refers_to} with the id or name {given}; add it first",
        path=spec.name,
    )


def _still_referenced(
    index: ItemIndex, item: Item | DamagedItem, referring: Mapping[Reference, FieldSpec], *, removed: bool
) -> ReferencedError:
    """Make the refusal to remove an item to which others refer, or to give it another type: that clears no references."""
    named = [
        {"item_id": item_id, "name": index.name_of(item_id), "field": field}
        for item_id, field in list(referring)[:_NAMED_AT_MOST]
    ]
    more = len(referring) - len(named)
    listed = ", ".join(f"{one['name']} ({one['field']})" for one in named) + (
        f" and {more} more" if more else ""
    )
    asks = removed and all(spec.on_remove in ("ask", "clear") for spec in referring.values())
    then = (
        "remove it with clear_references to clear them"
        if asks
        else "give those another value, or remove them first"
    )
    return ReferencedError(
        f"{item.name if isinstance(item, Item) else item.id} is referred to by {listed}; {then}",
        item_id=item.id,
        version=item.version,
        count=len(referring),
        referred_by=named,
        on_remove="ask" if asks else "refuse",
    )


def with_names(items: Iterable[Item], types: ItemTypes, referred: Iterable[Item]) -> list[Item]:
    """Return items with names in place of the ids in their references, where a name says as clearly which item is meant."""
    names = {item.id: (item.type, item.name) for item in referred if item.type in types.referred}
    return with_clear_names(items, types, clear_names(names))


def clear_names(names: Mapping[ItemId, tuple[str, str]]) -> Mapping[ItemId, str]:
    """Of the types and names of all items that others can refer to, by id: the names that mean one of them alone."""
    known = Counter((kind, caseless(name)) for kind, name in names.values())
    return {
        one: name
        for one, (kind, name) in names.items()
        if name and known[kind, caseless(name)] == 1 and name not in names
    }


def with_clear_names(items: Iterable[Item], types: ItemTypes, clear: Mapping[ItemId, str]) -> list[Item]:
    """Return items with these names in place of the ids in their references."""
    if not types.references:
        return list(items)
    return [_with_names(item, types.references.get(item.type, ()), clear) for item in items]


def _with_names(item: Item, references: Iterable[FieldSpec], names: Mapping[ItemId, str]) -> Item:
    shown = {
        spec.name: names[one]
        for spec in references
        if isinstance(value := item.fields.get(spec.name), str) and (one := ItemId(value)) in names
    }
    return attrs.evolve(item, fields={**item.fields, **shown}) if shown else item


def referred_ids(items: Iterable[tuple[str, Mapping[str, object]]], types: ItemTypes) -> list[ItemId]:
    """Return the ids that items refer to, each once. Items are given by type and fields."""
    found: dict[ItemId, None] = {}
    for kind, fields in items:
        for spec in types.references.get(kind, ()):
            if isinstance(value := fields.get(spec.name), str):
                found[ItemId(value)] = None
    return list(found)
