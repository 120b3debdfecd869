"""Views: the items that a subscriber follows, and what an event is to somebody who follows them."""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal, TypeVar, cast

import attrs

from streamd.core.criteria import CriterionByType, Where, WhereClause
from streamd.core.event import fold
from streamd.core.lists.list_splice import values_before
from streamd.core.values import Value
from streamd.facts import frozen

Fields = Mapping[str, Value]

C = TypeVar("C", bound=WhereClause)

Crossing = Literal["stays", "enters", "leaves"]
"""What an event does to an item of a view: it is in the view before and after, only after, or only before."""

NO_CONDITIONS: Final = Where()

_MARK: Final = "."
"""Stands between the epoch of the journal and the mark of a view; epochs have none."""
_MARK_CHARS: Final = 12


@frozen
class View:
    """Items of some types that meet conditions. Two views are equal when they are defined alike."""

    item_types: frozenset[str] | None = attrs.field(default=None, eq=False)
    """None does not restrict."""
    where: Where = attrs.field(default=NO_CONDITIONS, eq=False)
    referred: frozenset[str] = attrs.field(default=frozenset(), eq=False, kw_only=True)
    """Types that items of the view may refer to, whose names are shown with them. Follows from the others."""
    definition: str = attrs.field(init=False, repr=False)
    """All of it as text, to compare views by: values in conditions cannot be hashed."""

    @definition.default
    def _definition(self) -> str:
        types = None if self.item_types is None else sorted(self.item_types)
        return repr((types, _meaning(self.where)))

    @property
    def by_type_alone(self) -> bool:
        """Whether an item's type decides whether it is in the view."""
        return not self.where.parts

    @property
    def types(self) -> frozenset[str] | None:
        """Types that the items of the view can have; None: any."""
        types = self.item_types
        for part in self.where.parts:
            if isinstance(part, CriterionByType):
                types = frozenset(part.criteria) if types is None else types.intersection(part.criteria)
        return types

    def holds(self, fields: Fields) -> bool:
        """Whether an item with these fields is in the view."""
        if self.item_types is not None and fields.get("type") not in self.item_types:
            return False
        return self.where.holds(fields)

    def crossing(self, before: Fields | None, after: Fields | None) -> Crossing | None:
        """The effect of an event on an item of the view; None: it is not in the view, neither before nor after."""
        was = before is not None and self.holds(before)
        stays = was if before is after else after is not None and self.holds(after)
        if was:
            return "stays" if stays else "leaves"
        return "enters" if stays else None


def _meaning(clause: C) -> C:
    """A clause without what does not change which items meet it: other names of a criterion, the order of types."""
    match clause:
        case CriterionByType(criteria=criteria):
            told = {kind: attrs.evolve(criteria[kind], aliases=()) for kind in sorted(criteria)}
            return attrs.evolve(clause, criteria=told)
        case Where():
            return attrs.evolve(clause, parts=tuple(map(_meaning, clause.parts)))
        case _:
            return clause


def marked_epoch(epoch: str, view: View | None) -> str:
    """The epoch that positions of somebody with this view count in.

    A filter comes from a client or from the configuration, and may be another one when it returns: the epoch names it.
    """
    if view is None:
        return epoch
    return f"{epoch}{_MARK}{hashlib.sha256(view.definition.encode()).hexdigest()[:_MARK_CHARS]}"


def counts_in(epoch: str, given: str, view: View | None) -> bool:
    """Whether a position of this `given` epoch is one of somebody with this view.

    A filter by types alone is believed where the epoch names none: earlier versions did not mark it.
    """
    return given == marked_epoch(epoch, view) or (given == epoch and view is not None and view.by_type_alone)


def journal_epoch(epoch: str) -> str:
    """The epoch of the journal in a marked one."""
    return epoch.partition(_MARK)[0]


@frozen
class ItemStates:
    """An item before and after an event. None: there is no such item."""

    before: Fields | None
    after: Fields | None
    is_whole: bool = True
    """False where only the item's type is known, and fields that the event changes."""


def item_states(
    event_type: str, item_type: str, data: Mapping[str, object], recorded: Mapping[str, object] | None
) -> ItemStates | None:
    """The states of the item that an event is about; None where it is about none.

    Args:
        event_type: the event's type.
        item_type: the type of the item, after the event if it has one then.
        data: the event's data.
        recorded: what the journal has beside the event: the flat item before it (of a removed one with its place), or
            only previous values of fields where the item is long or an older streamd wrote it.

    """
    known = cast("Mapping[str, Value]", values_before(recorded or {}, data))
    match event_type:
        case "item_added":
            return ItemStates(None, cast("Fields", data))
        case "item_removed":
            item = known if "id" in known else cast("Mapping[str, Fields]", recorded or {}).get("item")
            return ItemStates(item or {"type": item_type}, None, is_whole=item is not None)
        case "item_updated" | "field_changed":
            before: Fields = {"type": item_type, **known}
            items: dict[str, dict[str, object]] = {"": dict(before)}
            fold(items, event_type, "", data)
            return ItemStates(before, cast("Fields", items[""]), is_whole="id" in known)
        case _ if recorded is not None:
            return ItemStates(known, known, is_whole="id" in known)
        case _:
            return None
