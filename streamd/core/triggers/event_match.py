"""Which events a trigger fires for."""

from collections.abc import Mapping
from typing import cast

from streamd.core.lists.view import Fields, View, item_states
from streamd.core.values import Value
from streamd.facts import frozen


@frozen(eq=False)
class EventMatch:
    """Types of events, and conditions on the items that they are about, or on the data of what somebody publishes."""

    event_types: frozenset[str]
    view: View
    """The items whose events count, after the event; of a removed one as it was."""
    fields: frozenset[str] = frozenset()
    """Of these one at least has changed; empty: any."""
    enters: bool = False
    """Whether only events count with which an item comes to meet the conditions."""
    is_published: bool = False
    """Whether these are events that somebody publishes: conditions are on their data."""

    def may_hold(self, event_type: str, item_type: str) -> bool:
        """Whether an event has to be looked at at all."""
        types = None if self.is_published else self.view.item_types
        return event_type in self.event_types and (types is None or item_type in types)

    def holds(
        self,
        event_type: str,
        item_type: str,
        data: Mapping[str, object],
        recorded: Mapping[str, object] | None,
        present: Fields | None = None,
    ) -> bool:
        """Whether an event fires the trigger.

        Args:
            event_type: its type.
            item_type: the type of its item.
            data: its data.
            recorded: what the journal has beside it: the item before it.
            present: the item as it is now, for one that is too long to be recorded with each event.

        """
        if self.is_published:
            return self.view.where.holds(cast("Mapping[str, Value]", data))
        if self.fields and self.fields.isdisjoint(data):
            return False
        states = item_states(event_type, item_type, data, recorded)
        if states is None:
            return False
        before, after = states.before, states.after
        if present is not None and not states.is_whole:
            before, after = {**present, **(before or {})}, present
        crossing = self.view.crossing(before, after)
        if event_type == "item_removed":
            return crossing == "leaves"
        return crossing == "enters" if self.enters else crossing in ("enters", "stays")

    def needs_present(self, event_type: str, recorded: Mapping[str, object] | None) -> bool:
        """Whether the journal has too little of the item to judge by."""
        judges = not self.view.by_type_alone or self.enters
        return (
            judges
            and not self.is_published
            and event_type in ("item_updated", "field_changed")
            and "id" not in (recorded or {})
        )
