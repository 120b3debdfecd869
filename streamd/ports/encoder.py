"""Encoders: how what is delivered becomes the bytes of one kind of client.

Above: the engine's delivery, which has an entry encoded once for each encoding that anybody listens in, joins the bytes of
many entries and hands the same ones to everyone who stands at the same place. It knows no frames. Below: the edge that
meets such clients, which brings its encoders; the composition root hands all of them to the engine under their names. What
an encoder promises:

* It is pure and keeps nothing: the bytes of an entry follow from that entry alone, whoever gets them and from wherever
  they listen. What a client needs to know that joins in the middle is sent to it alone, as a message before the entries.
* What it does not tell is `b""`: a position of which the client hears nothing.
* The bytes of several entries may stand right behind each other.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from streamd.core.item import Seq
from streamd.core.position import StreamKind


class DeliveredEntry(Protocol):
    """An entry of a stream, as delivery holds it in memory."""

    @property
    def seq(self) -> Seq:
        """Its position."""

    @property
    def body(self) -> bytes:
        """The JSON object as it is in the journal, without a position."""

    @property
    def event_type(self) -> str:
        """Of an event what happened; of what a run tells the kind of bracket, or empty."""

    @property
    def item_type(self) -> str:
        """Of an event the type of its item; of a feed the agent; of what a run tells the step that tells it."""

    @property
    def content(self) -> Mapping[str, object]:
        """The body as values, decoded when it is first asked for and shared by all who ask. Not to be changed."""


class Encoder(Protocol):
    """See the module's text for what is promised."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """The bytes of one entry of a stream of that kind."""

    def message(self, payload: bytes) -> bytes:
        """The bytes of a message to one client that stands on no stream: a reply, a page of a snapshot. It is JSON."""


Encoders: TypeAlias = Mapping[str, Encoder]
"""By the name under which sinks ask for them."""
