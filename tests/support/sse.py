"""A reader of Server-Sent Events, which keeps what it has heard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import attrs
import httpx
import orjson

from tests.support.daemon import PATIENCE_SECONDS, Message


@attrs.frozen
class Block:
    """One event: its fields as they came."""

    data: Message
    id: str
    event: str
    raw: str


@attrs.define
class Reader:
    """One response."""

    response: httpx.Response
    blocks: list[Block] = attrs.field(factory=list)
    comments: list[str] = attrs.field(factory=list)
    """Blocks without an event, such as a position alone."""
    last_id: str = ""
    """The last id that it has read, of an event or alone."""
    _texts: AsyncIterator[str] = attrs.field(init=False)
    _rest: str = ""

    def __attrs_post_init__(self) -> None:
        self._texts = self.response.aiter_text()

    async def next(self) -> Block:
        """The next event. Raises StopAsyncIteration at the end."""
        count = len(self.blocks)
        while len(self.blocks) == count:
            await self.more()
        return self.blocks[-1]

    async def comment(self) -> str:
        """The next block without an event, whichever events come before it."""
        count = len(self.comments)
        while len(self.comments) == count:
            await self.more()
        return self.comments[-1]

    async def more(self) -> None:
        """Read one more block: an event, or a comment. Raises StopAsyncIteration at the end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "\n\n" not in self._rest:
                self._rest += await anext(self._texts)
        raw, _, self._rest = self._rest.partition("\n\n")
        fields = dict(line.partition(": ")[::2] for line in raw.split("\n"))
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            data = orjson.loads(fields["data"])
            self.blocks.append(Block(data, fields.get("id", ""), fields.get("event", ""), raw))
        else:
            self.comments.append(raw)

    async def until(self, wanted: Callable[[Block], bool]) -> Block:
        """The first event from now on that is wanted."""
        while True:
            block = await self.next()
            if wanted(block):
                return block

    async def rest(self) -> list[Block]:
        """All events to the end of the response."""
        found: list[Block] = []
        try:
            while True:
                found.append(await self.next())
        except StopAsyncIteration:
            return found


@asynccontextmanager
async def reading(
    url: str,
    path: str = "/events",
    headers: Mapping[str, str] | None = None,
    body: object = None,
    **query: object,
) -> AsyncIterator[Reader]:
    """Read a stream of events; with a body by POST."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
        method, sent = ("GET", None) if body is None else ("POST", orjson.dumps(body))
        params = {key: str(value) for key, value in query.items()}
        async with http.stream(method, path, headers=headers, content=sent, params=params) as response:
            yield Reader(response)
