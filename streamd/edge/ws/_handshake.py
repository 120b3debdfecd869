"""Accepts or rejects opening handshakes, and answers plain HTTP requests."""

from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from typing import Final

import attrs
import orjson
from websockets.datastructures import Headers, MultipleValuesError
from websockets.http11 import Request, Response

from streamd.edge.connections import OpenConnections
from streamd.edge.origins import Origins
from streamd.edge.ws._upgrade_request import bearer_token
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.wire.messages.connection_params import ConnectionParams, parse_target

_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@frozen
class Handshake:
    """Checks a request before its WebSocket opens."""

    origins: Origins
    connections: OpenConnections
    draining: Callable[[], bool]
    healthy: Callable[[], bool]
    """Whether the daemon accepts requests: not while it drains or cannot write."""

    def __call__(self, request: Request) -> ConnectionParams | Response:
        """Decide on a request of any kind: the parameters of a WebSocket that may open, or the HTTP response."""
        headers = request.headers
        try:
            headers.get("Authorization")
            upgrade, origin, host = headers.get("Upgrade", ""), headers.get("Origin"), headers.get("Host", "")
        except MultipleValuesError as error:
            return _text(HTTPStatus.BAD_REQUEST, f"There is more than one {error}.")
        if "websocket" not in upgrade.lower():
            return self._plain_http(request)
        params = self.upgrade(request.path, origin, host)
        if isinstance(params, ConnectionParams) and (token := bearer_token(request)) is not None:
            return attrs.evolve(params, token=token)
        return params

    def upgrade(self, target: str, origin: str | None, host: str) -> ConnectionParams | Response:
        """Decide on a request for a WebSocket."""
        if origin is not None and not self.origins.admits(origin, host):
            return _text(
                HTTPStatus.FORBIDDEN,
                f"Pages of {origin} may not connect. To let them, add it to ws.allowed_origins.",
            )
        if self.draining():
            return _text(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The daemon is stopping; try again in a moment.",
                retry_after=1,
            )
        if self.connections.are_all_taken:
            self.connections.refused += 1
            return _text(
                HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections; try again later.", retry_after=5
            )
        try:
            params = parse_target(target)
        except InvalidMessageError as error:
            return _text(HTTPStatus.BAD_REQUEST, f"{error.message}.")
        if params is None:
            return _text(
                HTTPStatus.NOT_FOUND, "There is a WebSocket at /, /ws and /api/streaming/ws/{connection_id}."
            )
        return params

    def _plain_http(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            refusal = _text(HTTPStatus.METHOD_NOT_ALLOWED, "There is nothing here but to GET.")
            refusal.headers["Allow"] = "GET, HEAD"
            return refusal
        response = self._get(request)
        if request.method == "HEAD":
            response.body = b""
        return response

    def _get(self, request: Request) -> Response:
        path = request.path.partition("?")[0]
        if path in ("/healthz", "/health"):
            healthy = self.healthy()
            return _respond(
                HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
                orjson.dumps({"status": "ok" if healthy else "unavailable"}),
                "application/json",
            )
        if path == "/":
            page = files("streamd").joinpath("web", "index.html").read_bytes()
            return _respond(HTTPStatus.OK, page, "text/html; charset=utf-8")
        return _text(HTTPStatus.UPGRADE_REQUIRED, "This port speaks WebSocket; try wscat -c ws://HOST:PORT.")


def _text(status: HTTPStatus, text: str, *, retry_after: int | None = None) -> Response:
    response = _respond(status, f"{text}\n".encode(), "text/plain; charset=utf-8")
    if status == HTTPStatus.UPGRADE_REQUIRED:
        response.headers["Upgrade"] = "websocket"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _respond(status: HTTPStatus, body: bytes, kind: str) -> Response:
    headers = Headers(
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
    )
    if kind.startswith("text/html"):
        headers["Content-Security-Policy"] = _PAGE_POLICY
    return Response(status.value, status.phrase, headers, body)
