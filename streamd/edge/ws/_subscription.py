"""Subscriptions: which topics and events of its workspace a session receives."""

from typing import Final

import attrs

from streamd.engine.delivery import Filter
from streamd.wire.connection_messages import SubscribeMessage, SubscriptionTopic, UnsubscribeMessage

_AT_FIRST: Final[frozenset[SubscriptionTopic]] = frozenset({"items"})


@attrs.frozen
class Subscription:
    """Topics, and filters within them. A filter that is None passes everything."""

    topics: frozenset[SubscriptionTopic] = _AT_FIRST
    item_types: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    agents: frozenset[str] | None = None

    @property
    def filter(self) -> Filter | None:
        """Filter of the cursor in the workspace's stream; None passes everything."""
        if "items" in self.topics and self.item_types is None and self.event_types is None:
            return None
        return Filter(self.item_types, self.event_types, "items" in self.topics)

    def changed(self, message: SubscribeMessage | UnsubscribeMessage) -> "Subscription":
        """The subscription after a message: `subscribe` adds topics and sets filters, `unsubscribe` removes both."""
        if isinstance(message, SubscribeMessage):
            return Subscription(
                self.topics | (message.topics or frozenset()),
                self.item_types if message.item_types is None else message.item_types,
                self.event_types if message.event_types is None else message.event_types,
                self.agents if message.agents is None else message.agents,
            )
        named = (message.topics, message.item_types, message.event_types, message.agents)
        return Subscription(
            frozenset()
            if named == (None, None, None, None)
            else self.topics - (message.topics or frozenset()),
            _without(self.item_types, message.item_types),
            _without(self.event_types, message.event_types),
            _without(self.agents, message.agents),
        )


def _without(names: frozenset[str] | None, removed: frozenset[str] | None) -> frozenset[str] | None:
    """A filter without the removed names; when none is left, None, which passes everything."""
    if names is None or removed is None:
        return names
    return names - removed or None
