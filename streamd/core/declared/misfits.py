"""Counts the stored items that do not fit their declarations: they were there before these."""

from collections.abc import Iterator
from typing import Final

import attrs

from streamd.core.declared.relations import ItemIndex
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.values import equal, is_empty
from streamd.errors import InvalidMessageError
from streamd.facts import define

_NAMED_AT_MOST: Final = 5


@define
class Misfit:
    """The items of a type in a workspace that do not fit the declaration of one field."""

    workspace: str
    item_type: str
    field: str
    why: str
    """What is wrong with the first."""
    count: int = 0
    item_ids: list[ItemId] = attrs.field(factory=list)
    """The first of them."""

    @property
    def text(self) -> str:
        """The finding in one line for people."""
        items = "1 item" if self.count == 1 else f"{self.count:,} items"
        does = "does" if self.count == 1 else "do"
        first = ", ".join(self.item_ids)
        return (
            f"{items} of type {self.item_type} in workspace {self.workspace} {does} not fit {self.field}: "
            f"{self.why} ({'' if self.count == 1 else 'first '}{first})"
        )


@define
class Misfits:
    """Takes items one after the other, and says at the end which do not fit."""

    types: ItemTypes
    _found: dict[tuple[str, str, str], Misfit] = attrs.field(factory=dict)
    _indexes: dict[str, ItemIndex] = attrs.field(factory=dict)

    def take(self, workspace: str, item: Item) -> None:
        """Look at one item."""
        for field, why in faults_of(item, self.types):
            self._add(workspace, item.type, item.id, field, why)
        if item.type in self.types.related:
            index = self._indexes.setdefault(workspace, ItemIndex(self.types))
            index.replace(None, item)

    def all(self) -> list[Misfit]:
        """Return what was found, after the last item."""
        for workspace, index in self._indexes.items():
            for item_type, item_id, mistake in index.faults():
                self._add(workspace, item_type, item_id, mistake.path, mistake.message)
        self._indexes.clear()
        return sorted(self._found.values(), key=lambda one: (one.workspace, one.item_type, one.field))

    def _add(self, workspace: str, item_type: str, item_id: ItemId, field: str, why: str) -> None:
        field = field.partition("[")[0]
        misfit = self._found.setdefault(
            (workspace, item_type, field), Misfit(workspace, item_type, field, why)
        )
        misfit.count += 1
        if len(misfit.item_ids) < _NAMED_AT_MOST:
            misfit.item_ids.append(item_id)


def faults_of(item: Item, types: ItemTypes) -> Iterator[tuple[str, str]]:
    """Mistakes of an item alone: (field, why)."""
    declared = types.declared.get(item.type)
    if declared is None:
        if not types.accept_undeclared:
            yield "type", f"there is no item type {item.type}"
        return
    for name in declared.required:
        if is_empty(item.fields.get(name)):
            yield name, declared.needs(name).message
    for name, value in item.fields.items():
        try:
            stored = declared.fitted(name, value)
        except InvalidMessageError as mistake:
            yield name, mistake.message
        else:
            if not equal(stored, value):
                yield name, f"{name} is stored in another form than its type has"
