"""The application: all routes, and what every request passes before it reaches one."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamd.core.json.characters import is_percent_encoded_text
from streamd.edge.http import (
    _event_routes,
    _health_routes,
    _project_routes,
    _run_routes,
)
from streamd.edge.http._context import HttpContext
from streamd.edge.http._operations import Operation, routes_of
from streamd.edge.http._problems import failed, left, not_routed, problem, problem_response, refused
from streamd.edge.http._requests import ESCAPED_SLASH
from streamd.edge.http.documents import OPERATIONS as DOCUMENTS
from streamd.edge.http.openapi import document_operations
from streamd.edge.http.reading import CONNECTION
from streamd.edge.http.rest import OPERATIONS as REST
from streamd.edge.metrics import AccessLog
from streamd.errors import DrainingError, ForbiddenError, StreamdError

_EXPOSED: Final = ("ETag", "Location", "Retry-After", "Idempotent-Replayed")
_LEAST_COMPRESSED_BYTES: Final = 1024
_COMPRESSION_LEVEL: Final = 6
"""Level 9 takes a multiple of the time for a few bytes less."""
_ALWAYS: Final = frozenset({"/health", "/healthz", "/readyz", "/metrics"})
"""Answered while the daemon stops, too."""

_SLASH: Final = re.compile(rb"%2f", re.IGNORECASE)

_OPERATIONS: Final[Sequence[Operation]] = (
    *_health_routes.OPERATIONS,
    *_event_routes.OPERATIONS,
    *_run_routes.OPERATIONS,
    *REST,
    *_project_routes.OPERATIONS,
    *DOCUMENTS,
)

OPERATIONS: Final[Sequence[Operation]] = (*_OPERATIONS, *document_operations(_OPERATIONS))
"""Everything that can be asked for."""


def new_app(context: HttpContext) -> ASGIApp:
    """Make the application of a listener."""
    app = Starlette(
        routes=routes_of(OPERATIONS),
        exception_handlers={
            StreamdError: refused,
            HTTPException: not_routed,
            ClientDisconnect: left,
            Exception: failed,
        },
    )
    app.state.context = context
    app.router.redirect_slashes = False
    cors = CORSMiddleware(
        GZipMiddleware(app, minimum_size=_LEAST_COMPRESSED_BYTES, compresslevel=_COMPRESSION_LEVEL),
        allow_origin_regex=".*",  # the door has refused all others
        allow_methods=["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"],
        allow_headers=["*"],
        allow_credentials=True,
        expose_headers=_EXPOSED,
        max_age=600,
    )
    return AccessLog(_Door(cors, context), context.watched)


class _Door:
    """Refuses requests of foreign pages and unknown hosts, and all but health while the daemon stops."""

    def __init__(self, app: ASGIApp, context: HttpContext) -> None:
        self._app, self._context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. The connection ends with an answer ahead of a body that it would not drop to its end."""
        refusal, asked = self._refusal(scope, Headers(scope=scope)), scope

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and scope[CONNECTION].has_long_rest(asked):
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        if refusal is None:
            raw: bytes = scope["raw_path"]
            if _SLASH.search(raw):
                path = unquote(_SLASH.sub(ESCAPED_SLASH.encode(), raw).decode("ascii"))
                scope = {**scope, "path": path}
            if _refuses_gzip(Headers(scope=scope).getlist("accept-encoding")):
                scope["headers"] = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
            try:
                await self._app(scope, receive, closing)
            finally:
                scope[CONNECTION].account.release()
            return
        response = (
            problem(refusal) if isinstance(refusal, StreamdError) else problem_response(400, {
                "code": "invalid_message", "detail": refusal, "retryable": False,
            })
        )  # fmt: skip
        response.headers["connection"] = "close"
        await response(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> StreamdError | str | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 and (hosts or scope["http_version"] != "1.0"):
            return "a request has one Host"
        if len(origins) > 1:
            return "a request has at most one Origin"
        if headers.get("content-encoding", "identity").lower() != "identity":
            return "a body has no Content-Encoding here; send it as it is"
        if ESCAPED_SLASH in scope["path"]:
            return "an address has no control characters"
        if not is_percent_encoded_text(scope["raw_path"] + scope["query_string"]):
            return "the address must be percent-encoded UTF-8"
        host, rules = hosts[0] if hosts else "localhost", self._context.listener.origins
        if not rules.knows(host):
            return ForbiddenError(
                f"the daemon is not called {_shown(host)} here; to let it be, add its origin to ws.allowed_origins"
            )
        if origins and not rules.admits(origins[0], host):
            return ForbiddenError(
                f"pages of {_shown(origins[0])} may not connect; to let them, add it to ws.allowed_origins"
            )
        if self._context.listener.draining and scope["path"] not in _ALWAYS:
            return DrainingError("the daemon is stopping; try again in a moment")
        return None


def _shown(text: str) -> str:
    return re.sub(r"[^\x21-\x7e]", "?", text[:200])


def _refuses_gzip(accepted: Sequence[str]) -> bool:
    """Whether `Accept-Encoding` names gzip with a quality of zero."""
    for coding in ",".join(accepted).lower().split(","):
        name, _, quality = coding.partition(";")
        value = quality.partition("=")[2].strip()
        if name.strip() == "gzip" and value and not value.strip("0."):
            return True
    return False
