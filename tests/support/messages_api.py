"""A server for tests that speaks the Messages API over HTTP and SSE on loopback, and does what it is told to.

    async with MessagesApi() as api:            # base_url = api.url, any key
        api.script(said("Hel", "lo"))           # one reply for each request, in order; or
        api.answer = lambda request: said(...)  # a reply by the request, when no script is left

With neither it answers a request for structured output with the least JSON that the schema allows, and any other with
"Understood.". What the real service refuses it refuses as well (see `objection`). It may serve a daemon in another
process: set ANTHROPIC_BASE_URL to its `url` there.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import attrs

from tests.support.model_refusals import objection
from tests.support.model_replies import Reply, failed, minimal, said, structured
from tests.support.model_wire import Head, Writing, read_request, write_json

_STOP_SECONDS: Final = 5.0


@attrs.define(eq=False)
class Request:
    """What was asked."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    connection: int
    """Which connection it came on, counted from 0."""
    reply: Reply
    """What it was answered by."""
    cut: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the client closes the connection in the middle of the answer."""
    ended: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the answer is over, in whatever way."""

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """Of the structured output that is asked for."""
        form = (self.body.get("output_config") or {}).get("format")
        chat = (self.body.get("response_format") or {}).get("json_schema")
        return form["schema"] if form is not None else None if chat is None else chat["schema"]

    @property
    def words(self) -> str:
        """All text of the newest message."""
        content = self.body["messages"][-1]["content"]
        if isinstance(content, str):
            return content
        return "".join(block["text"] for block in content if block["type"] == "text")


def default_reply(request: Request) -> Reply:
    """What is answered when nothing else is said."""
    return said("Under", "stood.") if request.schema is None else structured(minimal(request.schema))


def model_info(model: str, lifecycle: str = "active", **more: Any) -> dict[str, Any]:
    """An entry of the list of models that knows everything."""
    yes = {"supported": True}
    efforts = dict.fromkeys(("low", "medium", "high", "xhigh", "max"), yes)
    thinking = dict.fromkeys(("adaptive", "between_tools", "disabled", "enabled"), yes)
    capabilities = {
        **dict.fromkeys(("batch", "citations", "image_input", "pdf_input", "structured_outputs"), yes),
        "effort": {**yes, **efforts},
        "thinking": {**yes, "types": thinking},
    }
    return {
        "type": "model", "id": model, "display_name": model, "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": lifecycle, "max_tokens": 64_000, "capabilities": capabilities, **more,
    }  # fmt: skip


@attrs.define(eq=False)
class MessagesApi:
    """The server; opens at a free port, and closes all connections at its end."""

    answer: Callable[[Request], Reply] = default_reply
    """Asked when no script is left."""
    window_tokens: int = 200_000
    """Tokens that a prompt may have; a longer one is refused."""
    models: list[dict[str, Any]] = attrs.field(factory=list)
    """What `/v1/models` lists; see `model_info`."""
    models_reply: Reply | None = None
    """What `/v1/models` answers instead, to fail or to wait."""
    requests: list[Request] = attrs.field(factory=list)
    """For messages, in the order in which they came."""
    connections: int = 0
    """How many there have been."""
    _script: deque[Reply] = attrs.field(factory=deque)
    _server: asyncio.Server | None = None
    _open: dict[asyncio.Task[None], asyncio.StreamWriter] = attrs.field(factory=dict)
    _news: asyncio.Condition = attrs.field(factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """For `base_url` or ANTHROPIC_BASE_URL."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def script(self, *replies: Reply) -> None:
        """Answer the next requests so, in order."""
        self._script.extend(replies)

    def refusal(self, request: Request) -> Reply | None:
        """What the real service refuses."""
        wrong = objection(request.body, self.window_tokens)
        return None if wrong is None else failed(400, "invalid_request_error", said=wrong)

    def writing(self, request: Request, writer: asyncio.StreamWriter) -> Writing:
        """How a reply is written."""
        return Writing(request.reply, str(request.body.get("model")), writer)

    async def asked(self, count: int = 1) -> Request:
        """Wait until there have been so many requests, and give the last of them. Give it a bound."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()  # what serves it ends by itself
        if self._open:
            await asyncio.wait(self._open, timeout=_STOP_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        connection, self.connections = self.connections, self.connections + 1
        try:
            early = b""
            while (asked := await read_request(reader, early)) is not None:
                early = await self._answer(*asked, connection, reader, writer)
        except ConnectionError:
            pass  # the client is gone
        finally:
            del self._open[task]
            writer.close()

    async def _answer(
        self,
        head: Head,
        body: Mapping[str, Any],
        connection: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bytes:
        """Answer one request, and give what was read of the next one."""
        method, path, headers = head
        request = Request(method, path, headers, body, connection, Reply())
        if path.startswith("/v1/models"):
            if self.models_reply is None:
                write_json(writer, *self._listed(path.partition("?")[0].removeprefix("/v1/models")))
                return b""
            request.reply = self.models_reply
        else:
            wrong = self.refusal(request)
            if wrong is not None:
                request.reply = wrong
            else:
                request.reply = self._script.popleft() if self._script else self.answer(request)
            async with self._news:
                self.requests.append(request)
                self._news.notify_all()
        writing = asyncio.create_task(self.writing(request, writer).run(), name="reply")
        leaving = asyncio.create_task(reader.read(1), name="client-gone")
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and not writing.done() and _gone(leaving):
                request.cut.set()
                raise ConnectionResetError
            await writing
            if writer.is_closing():
                raise ConnectionResetError
            return leaving.result() if leaving.done() and not _gone(leaving) else b""
        finally:
            for task in (writing, leaving):
                task.cancel()
            await asyncio.wait({writing, leaving})
            request.ended.set()

    def _listed(self, name: str) -> tuple[int, Mapping[str, Any]]:
        if not name:
            return 200, {"data": self.models, "has_more": False, "first_id": None, "last_id": None}
        for model in self.models:
            if model["id"] == name.removeprefix("/"):
                return 200, model
        return 404, {"type": "error", "error": {"type": "not_found_error", "message": f"model: {name[1:]}"}}


def closed_port() -> str:
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _gone(leaving: asyncio.Task[bytes]) -> bool:
    """Whether the client closed its side, in good order or not."""
    return leaving.exception() is not None or not leaving.result()
