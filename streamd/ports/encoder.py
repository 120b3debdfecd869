"""Encoders: convert delivered entries to the bytes of one kind of client.

Above: the engine's delivery, which encodes an entry once for each encoding with subscribers, joins the bytes of many
entries and writes the same ones to all subscribers at the same position. It knows no frames. Below: the edge that serves
such clients and has its encoders; the composition root passes all of them to the engine under their names. What an
encoder promises:

* It is pure and stateless: the bytes of an entry follow from that entry alone, whichever client receives them, attached
  at whichever position. State for a client that attaches in the middle is sent to it alone, as a message before the entries.
* An entry that it leaves out is `b""`: the client receives nothing for that position.
* The bytes of several entries may be concatenated.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias, runtime_checkable

from streamd.core.item import Seq
from streamd.core.lists.view import View
from streamd.core.position import StreamKind


class DeliveredEntry(Protocol):
    """An entry of a stream in the memory of delivery."""

    @property
    def seq(self) -> Seq:
        """The entry's position."""

    @property
    def body(self) -> bytes:
        """The JSON object as stored in the journal, without the position."""

    @property
    def event_type(self) -> str:
        """The type of an item event or of a bracket; empty for responses of a run."""

    @property
    def item_type(self) -> str:
        """The item type of an item event, the agent of a feed's broadcast, or the step of a run's entry."""

    @property
    def content(self) -> Mapping[str, object]:
        """The body as values, decoded on first use and shared by all encoders. Not to be changed."""


class Encoder(Protocol):
    """Encodes entries and messages, as the module promises."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode one entry of a stream of that kind."""

    def message(self, payload: bytes) -> bytes:
        """Encode a JSON message to one client that belongs to no stream: a reply, a page of a snapshot."""


@runtime_checkable
class PositionEncoder(Encoder, Protocol):
    """An encoder that writes positions with their epoch, which is another one for each view (`marked_epoch`)."""

    def of_view(self, view: View) -> Encoder:
        """The same for subscribers with this view. Its bytes are kept for nobody else: there may be many views."""


Encoders: TypeAlias = Mapping[str, Encoder]
"""Encoders by the names that sinks use."""
