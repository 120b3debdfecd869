"""Operations: what a method does at an address, declared once for the routes, the OpenAPI document and the tests.

    Operation("GET", "/threads", list_threads, ListThreadsMessage, {200: "threads"})

The function is called with the request, and with the message that was read from it: from the query of `GET` and `DELETE`,
else from the body, and the parts of the path. The first line of its docstring is the summary.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from streamd.core.json.typed_schemas import JsonSchema
from streamd.edge.http._context import ACTOR_KEYS, ADMISSION, admitted
from streamd.edge.http._requests import check_others, keys_known, keys_of, path_of, query_values, read_message
from streamd.facts import frozen
from streamd.wire.messages.client_message import ClientMessage

HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
GivenKeys: TypeAlias = Mapping[str, object]
AnswerKind: TypeAlias = str | type[Any] | None
"""The name of a reply of the protocol, the `TypedDict` of another one, a media type (with a slash), or None: no body."""

JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"


@frozen
class Operation:
    """A method at an address."""

    method: HttpMethod
    path: str
    """With the names of its parts in braces, which are keys of the message."""
    call: Callable[..., Awaitable[Response]]
    """Called with the request, and with the message where there is one."""
    message: type[ClientMessage] | None
    answers: Mapping[int, AnswerKind | Sequence[AnswerKind]]
    """By status; errors are problem details everywhere."""
    fixed: GivenKeys = attrs.field(factory=dict)
    """GivenKeys of the message that the address says."""
    takes: Sequence[str] | None = None
    """GivenKeys of the message that it has a use for, beside those in the address; None: all. It ignores others."""
    reads: Callable[[Request], Awaitable[GivenKeys]] | None = None
    """Reads the keys of the message where they are not all in the query or the body."""
    body: JsonSchema | None = None
    """Schema of the body where that is not the keys of the message; `{}`: any bytes."""
    body_types: Sequence[str] = (JSON,)
    query: Mapping[str, JsonSchema] = attrs.field(factory=dict)
    """Parameters of the query beside the keys of the message."""
    needs: Sequence[str] = ()
    """Those of them that are required."""
    has_actor: bool = True
    """Whether it is about a workspace, and who asks matters."""
    headers: Sequence[str] = ()
    """Further headers that it reads."""
    makes: str = ""
    """The key of its answer that is a part of the paths of what can be done next."""

    @property
    def has_body(self) -> bool:
        """Whether it takes a body."""
        return self.body is not None or (self.message is not None and self.method not in ("GET", "DELETE"))

    @property
    def keys_in_query(self) -> bool:
        """Whether the keys of the message stand in the query."""
        return self.message is not None and (self.method in ("GET", "DELETE") or self.body == {})

    def _keys_of_query(self) -> frozenset[str]:
        own = self.message.declared_keys() if self.message is not None and self.keys_in_query else ()
        return ACTOR_KEYS.union(self.query, own)

    async def answer(self, request: Request) -> Response:
        """Read the message and call the function. Raises InvalidMessageError, and what the function raises."""
        if self.has_actor and request.query_params:
            known = self._keys_of_query()
            check_others(request.query_params.keys() - known, known)
        if self.message is None:
            return await self.call(request)
        given: GivenKeys
        if self.reads is not None:
            given = await self.reads(request)
        elif self.keys_in_query:
            given = query_values(self.message, request)
        else:
            given = await keys_of(request, keys_known(self.message))
        if self.takes is not None:
            given = {key: value for key, value in given.items() if key in self.takes}
        fixed = {} if self.reads is not None else self.fixed
        message = await read_message(self.message, request, {**given, **path_of(request), **fixed})
        return await self.call(request, message)


@frozen(eq=False)
class Address:
    """All operations of one path, as an application."""

    operations: Mapping[str, Operation]
    """By method."""

    @property
    def allowed(self) -> str:
        """The methods that are for this address, as `Allow` lists them."""
        return ", ".join(
            sorted({*self.operations, "OPTIONS", *(["HEAD"] if "GET" in self.operations else [])})
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        method = scope["method"]
        operation = self.operations.get("GET" if method == "HEAD" else method)
        if operation is not None:
            request = Request(scope, receive, send)
            if operation.has_actor:
                scope[ADMISSION] = await admitted(request)
            response = await operation.answer(request)
        elif method == "OPTIONS":
            response = Response(status_code=204, headers={"allow": self.allowed})
        else:
            raise HTTPException(405, headers={"allow": self.allowed})
        await response(scope, receive, send)


def routes_of(operations: Iterable[Operation]) -> Sequence[Route]:
    """One route for each path; those that are all text come before those with parts that vary."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        here = by_path.setdefault(operation.path, {})
        assert operation.method not in here, f"{operation.method} {operation.path} is declared twice"
        here[operation.method] = operation
    ordered = sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [Route(path, Address(by_path[path])) for path in ordered]
