"""State of feeds: the newest broadcast of each agent, or of each text, for who has heard none of them."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeAlias

import attrs
import orjson

from streamd.core.item import Seq
from streamd.core.position import StreamName
from streamd.engine.journal import CachedEntry
from streamd.facts import define
from streamd.ports.store import Entry, JournalStore

_MOST_READ: Final = 1000
"""Broadcasts that are looked at, at most, when a feed is asked for the first time."""
_MAX_TOLD: Final = 256
_MAX_FEEDS: Final = 64

_Subject: TypeAlias = tuple[str, str, object]
"""Subject of a broadcast: its type, the agent, and the text where it names one."""


@define
class _Feed:
    upto: Seq
    """Position up to which it has been read."""
    newest: OrderedDict[_Subject, CachedEntry] = attrs.field(factory=OrderedDict)
    """By subject, ascending."""


class StandingBroadcasts:
    """Finds the newest broadcast of each subject of a feed, and reads each broadcast once for all who ask."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._feeds: OrderedDict[StreamName, _Feed] = OrderedDict()
        self._used: set[StreamName] = set()

    async def of(self, stream: StreamName) -> tuple[Sequence[CachedEntry], Seq]:
        """Return the newest broadcasts of a feed, oldest first, and the position that they are of."""
        span = await self._store.span(stream)
        feed = self._feeds.get(stream)
        if feed is None or feed.upto < span.oldest - 1:
            feed = self._feeds[stream] = _Feed(Seq(max(span.oldest - 1, span.top - _MOST_READ)))
            if len(self._feeds) > _MAX_FEEDS:
                self._feeds.popitem(last=False)
        self._used.add(stream)
        while feed.upto < span.top:
            entries = await self._store.entries(stream, feed.upto, _MOST_READ)
            if not entries:
                break
            for entry in entries:
                if entry.seq > feed.upto:  # else another has read it meanwhile
                    _take(feed, entry)
        return [entry for entry in feed.newest.values() if entry.seq >= span.oldest], feed.upto

    def forget_unused(self) -> None:
        """Forget the feeds that nobody asked for since the last call."""
        for stream in [stream for stream in self._feeds if stream not in self._used]:
            del self._feeds[stream]
        self._used.clear()


def _take(feed: _Feed, entry: Entry) -> None:
    feed.upto = entry.seq
    if not entry.body:
        return
    data = orjson.loads(entry.body)["data"]
    subject = entry.event_type, entry.item_type, data.get("id", data.get("section"))
    feed.newest.pop(subject, None)
    feed.newest[subject] = CachedEntry(entry.seq, entry.body, entry.event_type, entry.item_type)
    if len(feed.newest) > _MAX_TOLD:
        feed.newest.popitem(last=False)
