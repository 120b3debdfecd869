"""The context that all routes share: the service, the rules of the listener, and who asks."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.requests import Request

from streamd.access import Access, Admission
from streamd.edge.http._connection import HttpConnection
from streamd.edge.http.reading import CONNECTION
from streamd.edge.metrics import Exposition, Watched
from streamd.engine import Engine
from streamd.engine.delivery import UserBytes
from streamd.errors import NotFoundError
from streamd.facts import frozen
from streamd.service import Actor, Service
from streamd.wire.messages.connection_params import ConnectionParams, parse_target

if TYPE_CHECKING:
    from streamd.edge.http.listener import HttpListener


ADMISSION: Final = "streamd.admission"
"""Where a request's scope has what its token opens."""
TOKEN_HEADERS: Final = ("authorization", "x-streamd-token", "x-api-key")
ACTOR_KEYS: Final = frozenset({"workspace", "user_id", "token"})
"""Keys of a query that say who asks, and of which workspace."""


@frozen(eq=False)
class HttpContext:
    """The listener as routes see it."""

    listener: "HttpListener"
    watched: Watched
    metrics: Exposition
    """Those of the daemon, as Prometheus reads them."""

    @classmethod
    def of(cls, listener: "HttpListener") -> "HttpContext":
        """The context of a listener."""
        watched = Watched(listener.service, listener.connections)
        return cls(listener, watched, Exposition(watched))

    @property
    def service(self) -> Service:
        """The use cases."""
        return self.listener.service

    @property
    def access(self) -> Access:
        """Tells who holds a token."""
        return self.listener.access

    @property
    def engine(self) -> Engine:
        """The engine behind them, for the clock and the epoch."""
        return self.listener.service.engine

    def text_of(self, at_ms: int) -> str:
        """A time in RFC 3339."""
        return self.engine.clock.text(at_ms)


def context_of(request: Request) -> HttpContext:
    """The context of a request."""
    context: HttpContext = request.app.state.context
    return context


def connection_of(request: Request) -> HttpConnection:
    """The connection that a request came on."""
    connection: HttpConnection = request.scope[CONNECTION]
    return connection


def params_of(request: Request) -> ConnectionParams:
    """The parameters in the query: who asks, of which workspace, and from where on. Raises InvalidMessageError."""
    params = parse_target(f"/?{request.url.query}")
    if params is None:
        raise NotFoundError("there is nothing here")
    return params


def actor_of(request: Request, claimed: str | None = None) -> Actor:
    """The actor in the workspace that the query names; `claimed` is a user id that the body names.

    Raises InvalidMessageError for a workspace or a user id that nobody can have.
    """
    named = [(key, value) for key, value in request.query_params.items() if key in ACTOR_KEYS]
    params = parse_target(f"/?{urlencode(named)}") or ConnectionParams()
    admission: Admission = request.scope[ADMISSION]
    return Actor.of(
        admission.principal, params.workspace, claimed or params.user_id, id(connection_of(request))
    )


async def admitted(request: Request) -> Admission:
    """Tell what the token of a request opens: that of a header, else of the query. Raises UnauthorizedError."""
    access = context_of(request).access
    token = None
    for header in TOKEN_HEADERS:
        given = request.headers.get(header, "").strip()
        if header == "authorization":
            scheme, _, given = given.partition(" ")
            given = given.strip() if scheme.lower() == "bearer" else ""
        token = token or given
    return await access.admit_newest(token or request.query_params.get("token"))


def account_of(request: Request) -> UserBytes:
    """The account of what waits of who asks. Raises InvalidMessageError as `actor_of`."""
    return context_of(request).engine.waiting.of(actor_of(request).flow.account)
