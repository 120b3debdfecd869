"""An entry in memory: what the journal commits, and what windows and outboxes write to connections."""

from streamd.core.item import Seq


class CachedEntry:
    """An entry in memory, and its bytes in each spelling once they were wanted.

    A plain class: one is made per event, and what attrs does for a frozen one costs more than the rest of it.
    """

    __slots__ = ("body", "event_type", "item_type", "prepared", "seq")

    def __init__(self, seq: Seq, body: bytes, event_type: str = "", item_type: str = "") -> None:
        self.seq = seq
        self.body = body
        self.event_type = event_type
        self.item_type = item_type
        self.prepared: dict[str, bytes] = {}
