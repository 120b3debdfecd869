"""An entry in memory: committed by the journal, then written to connections by windows and outboxes."""

from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal, cast

import orjson

from streamd.core.event import NAMES_CHANGED
from streamd.core.item import Seq
from streamd.core.lists.view import ItemStates, item_states
from streamd.wire.entries import entering_body, leaving_body, renaming_body

_NOT_READ: Final = ItemStates(None, None)
_ORJSON_BUFFER_BYTES: Final = 4096


class CachedEntry:
    """An entry in memory, with its bytes in each encoding used so far (`streamd.ports.encoder.DeliveredEntry`).

    A plain class: one is created per event, and a frozen attrs class costs more than the rest of it. What only filters
    need is made when the first one asks, and shared by all.
    """

    __slots__ = (
        "_content",
        "_derived",
        "_states",
        "before",
        "body",
        "encoded",
        "event_type",
        "item_type",
        "seq",
        "size",
    )

    def __init__(
        self, seq: Seq, body: bytes, event_type: str = "", item_type: str = "", before: bytes | None = None
    ) -> None:
        self.seq = seq
        self.body = body
        self.event_type = event_type
        self.item_type = item_type
        self.before = before
        """JSON of the item before an event, as the journal has it."""
        self.size = len(body) if before is None else len(body) + len(before)
        """Approximate size in bytes."""
        self.encoded: dict[str, bytes] = {}
        self._content: Mapping[str, object] | None = None
        self._states: ItemStates | None = _NOT_READ
        self._derived: dict[str, CachedEntry] | None = None

    @property
    def content(self) -> Mapping[str, object]:
        """The body as values, decoded once for all encoders. Not to be changed."""
        if self._content is None:
            self._content = orjson.loads(self.body)
        return self._content

    @property
    def states(self) -> ItemStates | None:
        """The item before and after an event; None where it is about none."""
        if self._states is _NOT_READ:
            data = cast("Mapping[str, object]", self.content.get("data", {}))
            self._states = item_states(self.event_type, self.item_type, data, _decoded(self.before))
        return self._states

    def seen(self, crossing: Literal["enters", "leaves"]) -> "CachedEntry":
        """The event for subscribers into whose view the item comes, whole, or from whose view it goes."""
        if crossing == "enters" and self.states is not None and self.states.after is not None:
            after = self.states.after
            return self._made(crossing, "item_added", lambda: entering_body(self.content, after))
        return self._made(crossing, "item_removed", lambda: leaving_body(self.content))

    def renamed(self, referred: Collection[str]) -> "CachedEntry | None":
        """The event for subscribers who do not follow the item, where it has another name now and they show it.

        Args:
            referred: the types that their items refer to.

        """
        if self.event_type != "item_updated" or self.item_type not in referred:
            return None
        data = cast("Mapping[str, object]", self.content["data"])
        if "name" not in data:
            return None
        names = {str(self.content["item_id"]): data["name"] or ""}
        return self._made("renamed", NAMES_CHANGED, lambda: renaming_body(self.content, names))

    def _made(self, kind: str, event_type: str, body: Callable[[], bytes]) -> "CachedEntry":
        """The event as others see it, made when the first of them needs it."""
        if self._derived is None:
            self._derived = {}
        derived = self._derived.get(kind)
        if derived is None:
            derived = self._derived[kind] = CachedEntry(self.seq, body(), event_type)
        return derived


def trimmed(body: bytes) -> bytes:
    """The same bytes without the buffer that orjson wrote them into, 4 KiB at least; a copy has its own length."""
    return b"%b" % body if len(body) < _ORJSON_BUFFER_BYTES else body


def _decoded(before: bytes | None) -> Mapping[str, object] | None:
    """The values; None where there are none, or a damaged row has them."""
    try:
        decoded = None if before is None else orjson.loads(before)
    except orjson.JSONDecodeError:
        return None
    return decoded if isinstance(decoded, dict) else None
