"""An entry in memory: committed by the journal, then written to connections by windows and outboxes."""

from collections.abc import Mapping

import orjson

from streamd.core.item import Seq


class CachedEntry:
    """An entry in memory, with its bytes in each encoding used so far (`streamd.ports.encoder.DeliveredEntry`).

    A plain class: one is created per event, and a frozen attrs class costs more than the rest of it.
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
        """The body as values, decoded once for all encoders. Not to be changed."""
        if self._content is None:
            self._content = orjson.loads(self.body)
        return self._content
