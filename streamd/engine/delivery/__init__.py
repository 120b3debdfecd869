"""Delivers entries to connections: streams with their windows, cursors, outboxes, catch-up from the journal, snapshots.

A `Cursor` is a position in a `LiveStream`; an `Outbox` writes the entries between its cursors and the tops of their streams.
"""

from streamd.engine.delivery.broadcaster import Broadcaster
from streamd.engine.delivery.catch_up import CatchUp
from streamd.engine.delivery.cursor import Cursor, Insert
from streamd.engine.delivery.entry_block import Filter
from streamd.engine.delivery.hub import Hub
from streamd.engine.delivery.live_stream import LiveStream
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.delivery.past_items import PastItems
from streamd.engine.delivery.resync import resync_lost
from streamd.engine.delivery.sink import Sink
from streamd.engine.delivery.snapshot_cache import Pages, Snapshots
from streamd.engine.delivery.spool import Spool, SpooledFile, SpoolRoom
from streamd.engine.delivery.spooled_snapshot import SpooledSnapshot
from streamd.engine.delivery.standing_broadcasts import StandingBroadcasts
from streamd.engine.delivery.waiting_bytes import UserBytes, WaitingBytes

__all__ = [
    "Broadcaster",
    "CatchUp",
    "Cursor",
    "Filter",
    "Hub",
    "Insert",
    "LiveStream",
    "Outbox",
    "Pages",
    "PastItems",
    "Sink",
    "Snapshots",
    "Spool",
    "SpoolRoom",
    "SpooledFile",
    "SpooledSnapshot",
    "StandingBroadcasts",
    "UserBytes",
    "WaitingBytes",
    "resync_lost",
]
