"""Refuses names of fields that no item has or can have, in lists and in filters."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.core.item import Item
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.lists.referred_names import name_paths
from streamd.core.lists.view import View
from streamd.core.values import spelling_in
from streamd.engine import Engine
from streamd.errors import InvalidMessageError, did_you_mean, nearest
from streamd.service.actor import Actor

_MISSPELLED: Final = 0.8
"""How much alike the name of a field that items may get one day must be to a declared one to be a mistake."""


def declared_fields(types: ItemTypes, item_types: Collection[str] | None) -> frozenset[str]:
    """Return the fields that items (of these types) are declared to have."""
    listed_types = [declared for declared in types if item_types is None or declared.name in item_types]
    return COMMON_FIELDS.union(*(declared.fields for declared in listed_types))


class FieldNames:
    """Names of fields that something uses: those that are not declared, and that no item (of these types) has, are mistakes."""

    def __init__(
        self, types: ItemTypes, item_types: Collection[str] | None, used: Sequence[tuple[str, str]]
    ) -> None:
        known = declared_fields(types, item_types) | name_paths(types, item_types) | {"id"}
        self.undeclared = [(path, name) for path, name in used if spelling_in(known, name) not in known]
        self._known = set(known)
        # Where nothing declares the type and nothing has it, nothing is known of its fields.
        self._is_open = not types.declared or not types.declared.keys() >= set(item_types or ())

    def visit(self, block: Sequence[Item]) -> bool:
        """Look at the fields of items; returns whether more are wanted."""
        for item in block:
            self._is_open = False
            self._known.update(item.fields)
        return not all(map(self._is_known, self.undeclared))

    def allow_new(self) -> None:
        """Allow the names that no declared one is like: items that come may have them."""
        known = sorted(self._known)
        self.undeclared = [
            (path, name)
            for path, name in self.undeclared
            if nearest(name, known, alike=_MISSPELLED) is not None
        ]

    def check(self) -> None:
        """Raise InvalidMessageError for the first name that is unknown."""
        for path, name in self.undeclared:
            if not self._is_open and not self._is_known((path, name)):
                raise InvalidMessageError(
                    f"there is no field {name}{did_you_mean(name, sorted(self._known))}", path=path
                )

    def _is_known(self, named: tuple[str, str]) -> bool:
        return spelling_in(self._known, named[1]) in self._known


async def check_fields_of(engine: Engine, actor: Actor, view: View) -> None:
    """Raise InvalidMessageError where a condition of a view has a field that its items cannot have, or a misspelled one.

    A filter is for items to come, too: what they may have is allowed, though none has it yet.
    """
    types, kinds = engine.types, view.types
    if not types.declared or not types.declared.keys() >= (kinds or set()):
        return  # of a type that is not declared nothing is known
    fields = FieldNames(types, kinds, [("where", condition.field) for condition in view.where])
    if (kinds is None and types.accept_undeclared) or any(
        types.declared[kind].other_fields for kind in (kinds or types.declared)
    ):
        fields.allow_new()
    for kind in (None,) if kinds is None else sorted(kinds):
        if fields.undeclared:
            await engine.store.scan(actor.workspace, kind, fields.visit)
    fields.check()
