"""The responses of a run as a whole, for who waits for its end."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request

from streamd.core.item import START
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http.encoders import JSON_LINES
from streamd.engine.delivery import Cursor, UserBytes
from streamd.errors import StoreError, StreamdError, TooLargeError
from streamd.service import RunHandle


class _Collector:
    """A sink that keeps what it is given: the responses of a run, encoded as JSON. What it keeps is accounted for."""

    encoding = replay_encoding = JSON_LINES

    def __init__(self, over: asyncio.Event, account: UserBytes) -> None:
        self.ready = True
        self.bodies: list[bytes] = []
        self.failure: StreamdError | None = None
        self._over, self._account, self._size = over, account, 0

    def write(self, data: bytes) -> None:
        """Keep bytes, unless too much waits for the user already."""
        self.bodies.append(data)
        self._account.add(len(data))
        self._size += len(data)
        if self._account.is_over:
            self._fail_with(TooLargeError("the run has said more than can be kept for one answer"))

    def fail(self) -> None:
        """Give up."""
        self._fail_with(StoreError("the responses of the run cannot be read"))

    def close(self) -> None:
        """Account for nothing any more."""
        self.ready = False
        self._account.remove(self._size)
        self._size = 0

    def _fail_with(self, failure: StreamdError) -> None:
        self.ready, self.failure = False, failure
        self._over.set()


async def responses_of(request: Request, run: RunHandle) -> Sequence[bytes]:
    """Wait for the end of a run; all its responses as JSON. Where the client goes before that, the run goes on.

    Raises TooLargeError where they are too many to wait for, and the client should follow the run instead; StoreError
    where they cannot be read; ClientDisconnect.
    """
    ended = asyncio.Event()
    actor = actor_of(request)
    engine = context_of(request).engine
    collector = _Collector(ended, engine.waiting.of(actor.flow.account))
    outbox = engine.open_outbox(collector, actor.flow.account)
    cursor = Cursor(run.stream, START)
    cursor.on_end = ended.set
    leaving = asyncio.create_task(_gone(request, ended), name="waits for a run")
    try:
        outbox.add(cursor)
        await ended.wait()
    finally:
        leaving.cancel()
        outbox.close()
        collector.close()
    failure, run_id = collector.failure, run.record.run_id
    if isinstance(failure, TooLargeError):
        hint = f"{failure.message}; it goes on: read it at GET /runs/{run_id}/stream"
        raise TooLargeError(hint, run_id=run_id)
    if failure is not None:
        raise failure
    return b"".join(collector.bodies).splitlines()


async def _gone(request: Request, over: asyncio.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    over.set()
