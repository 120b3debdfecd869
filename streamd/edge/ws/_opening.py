"""Opening handshakes: from a client's first bytes to the response."""

from websockets.http11 import Response

from streamd.edge.ws._handshake import Handshake
from streamd.edge.ws._upgrade_request import Extensions, Negotiation, usual_request
from streamd.facts import frozen
from streamd.wire.messages.connection_params import ConnectionParams


@frozen
class Accepted:
    """A WebSocket that opens."""

    response: bytes
    params: ConnectionParams
    extensions: Extensions
    rest: bytes
    """What the client sent behind its request."""


@frozen
class Refused:
    """Any other response; nothing follows it."""

    response: bytes


class Opening:
    """The opening handshake of one connection, in as many pieces as it comes."""

    def __init__(self, handshake: Handshake, *, compression: bool) -> None:
        self._handshake = handshake
        self._compression = compression
        self._negotiation: Negotiation | None = None

    def receive(self, data: bytes) -> Accepted | Refused | None:
        """Take bytes; return the answer once it is known."""
        if self._negotiation is None:
            request = usual_request(data, compression=self._compression)
            if request is not None:
                params = self._handshake.upgrade(request.target, request.origin, request.host)
                if isinstance(params, Response):
                    return Refused(params.serialize())
                return Accepted(request.response(), params, request.extensions, request.rest)
            self._negotiation = Negotiation(compression=self._compression)
        return self._negotiate(self._negotiation, data)

    def _negotiate(self, negotiation: Negotiation, data: bytes) -> Accepted | Refused | None:
        request = negotiation.receive(data)
        params, extensions = None, Extensions()
        if request is not None:
            params, extensions = negotiation.answer(request, self._handshake)
        response, is_last = negotiation.to_send()
        if params is not None:
            return Accepted(response, params, extensions, negotiation.rest)
        return Refused(response) if is_last else None
