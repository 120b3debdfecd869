"""An entry in memory: what the journal commits, and what windows and outboxes write to connections."""

from collections.abc import Mapping

import orjson

from streamd.core.item import Seq


class CachedEntry:
    """An entry in memory, and its bytes in each encoding once they were wanted (`streamd.ports.encoder.DeliveredEntry`).

    A plain class: one is made per event, and what attrs does for a frozen one costs more than the rest of it.
    """

    __slots__ = ("_content", "body", "encoded", "event_type", "item_type", "seq")

    def __init__(self, seq: Seq, body: bytes, event_type: str = "", item_type: str = "") -> None:
        self.seq = seq
        self.body = body
        self.event_type = event_type
        self.item_type = item_type
        self.encoded: dict[str, bytes] = {}
        self._content: Mapping[str, object] | None = None

    @property
    def content(self) -> Mapping[str, object]:
        """The body as values: decoded once for all encoders that ask, and gone with the entry. Not to be changed."""
        if self._content is None:
            self._content = orjson.loads(self.body)
        return self._content
