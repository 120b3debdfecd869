"""Subscriptions: which topics and events of its workspace a session receives."""

from typing import Final

import attrs

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.lists.view import View
from streamd.engine.delivery import Filter
from streamd.facts import frozen
from streamd.long_work import json_size
from streamd.service import Service, item_view
from streamd.wire.messages.connection_messages import (
    HelloMessage,
    SubscribeMessage,
    SubscriptionTopic,
    UnsubscribeMessage,
)
from streamd.wire.messages.connection_params import ConnectionParams
from streamd.wire.messages.item_messages import SnapshotMessage, ViewWhere

_AT_FIRST: Final[frozenset[SubscriptionTopic]] = frozenset({"items"})


@frozen
class Subscription:
    """Topics, and filters within them. A filter that is None passes everything."""

    topics: frozenset[SubscriptionTopic] = _AT_FIRST
    item_types: frozenset[str] | None = None
    where: ViewWhere | None = None
    event_types: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    view: View | None = None
    """The items that `item_types` and `where` choose."""

    @property
    def filter(self) -> Filter | None:
        """Filter of the cursor in the workspace's stream; None passes everything."""
        if "items" in self.topics and self.view is None and self.event_types is None:
            return None
        return Filter(self.view, self.event_types, "items" in self.topics)

    @property
    def follows_items(self) -> bool:
        """Whether everything that happens to the items of the view is received."""
        return "items" in self.topics and (
            self.event_types is None or ITEM_EVENT_TYPES.issubset(self.event_types)
        )

    def effort(
        self,
        message: SubscribeMessage | UnsubscribeMessage | SnapshotMessage | HelloMessage | ConnectionParams,
    ) -> int:
        """Size of the conditions that are read for a message."""
        given = None if isinstance(message, UnsubscribeMessage) else message.where
        return json_size(self.where if given is None else given)

    def changed(self, message: SubscribeMessage | UnsubscribeMessage, service: Service) -> "Subscription":
        """The subscription after a message: `subscribe` adds topics and sets filters, `unsubscribe` removes both."""
        if isinstance(message, SubscribeMessage):
            return attrs.evolve(
                self,
                topics=self.topics | (message.topics or frozenset()),
                event_types=self.event_types if message.event_types is None else message.event_types,
                agents=self.agents if message.agents is None else message.agents,
            ).of_items(message, service)
        named = (
            message.topics,
            message.item_types,
            message.event_types,
            message.agents,
            message.where or None,
        )
        item_types = _without(self.item_types, message.item_types)
        where = None if message.where else self.where
        return Subscription(
            frozenset()
            if not any(one is not None for one in named)
            else self.topics - (message.topics or frozenset()),
            item_types,
            where,
            _without(self.event_types, message.event_types),
            _without(self.agents, message.agents),
            item_view(service, item_types, where),
        )

    def of_items(
        self,
        wanted: SubscribeMessage | SnapshotMessage | HelloMessage | ConnectionParams,
        service: Service,
    ) -> "Subscription":
        """The subscription with the filters on items that are given. Raises NotFoundError for an unknown criterion."""
        if wanted.item_types is None and wanted.where is None:
            return self
        item_types = self.item_types if wanted.item_types is None else wanted.item_types
        where = self.where if wanted.where is None else wanted.where
        view = item_view(service, item_types, where)
        return attrs.evolve(self, item_types=item_types, where=where, view=view)


def _without(names: frozenset[str] | None, removed: frozenset[str] | None) -> frozenset[str] | None:
    """A filter without the removed names; when none is left, None, which passes everything."""
    if names is None or removed is None:
        return names
    return names - removed or None
