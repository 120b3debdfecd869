"""The access log: a line for each request, and a count by route.

Lines are debug, and warnings where the daemon failed. They have the path; nothing of the query, which may hold secrets, nor of
a body.
"""

from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamd.edge.metrics.watched import Watched

log = structlog.get_logger(__name__)

_NO_ROUTE: Final = "none"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_GONE: Final = 0
"""The status of requests whose client left before there was an answer."""
_SHOWN_CHARACTERS: Final = 200


class AccessLog:
    """Counts and logs every request that reaches the application."""

    def __init__(self, app: ASGIApp, watched: Watched) -> None:
        self._app, self._watched = app, watched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        status = _CLIENT_GONE

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._watched.requests[method, route, status] += 1
            tell = log.warning if status >= 500 and status != 503 else log.debug
            tell("http_request", method=method, path=scope["path"][:_SHOWN_CHARACTERS], status=status)
