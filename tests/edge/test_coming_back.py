"""What happens to a session while it waits for the store."""

import asyncio

import orjson

from streamd.access import Access
from streamd.core.change import Publish
from streamd.core.item import Seq
from streamd.core.position import Span, StreamName, workspace_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.edge.ws._bad_messages import BadMessages
from streamd.edge.ws._client import Client
from streamd.edge.ws._session import Session
from streamd.engine.engine import Engine
from streamd.errors import StoreError
from streamd.ports.store import VisitBodies
from streamd.service import Actor, Service
from streamd.stores.memory import MemoryStore
from streamd.wire.messages.connection_params import ConnectionParams
from tests.support.engines import Pipe, done, engine_on, submit
from tests.support.frames import messages

HALL = workspace_stream("hall")
TICK = Publish("told", {})


class SlowStore(MemoryStore):
    """Says where a stream stands, and what it read of all items, when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.let.set()
        self.asked = asyncio.Event()

    async def span(self, stream: StreamName) -> Span:
        self.asked.set()
        await self.let.wait()
        return await MemoryStore.span(self, stream)

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        read = await MemoryStore.snapshot(self, workspace, item_types, visit)
        self.asked.set()
        await self.let.wait()
        return read


class UnreadableStore(MemoryStore):
    """Takes everything and gives no snapshot."""

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        raise StoreError("the disk does not read")


def session_on(engine: Engine, pipe: Pipe) -> Session:
    actor = Actor.of(ANONYMOUS_PRINCIPAL, "hall", "ann")
    access = Access(required=False, clock=engine.clock)
    outbox = engine.open_outbox(pipe, "ann")
    client = Client(Service(engine), outbox, actor, "c-1", 25, access, lost=lambda _: None)
    return Session(client, BadMessages(20))


def heard(pipe: Pipe) -> list[object]:
    """Positions of events, and types of everything else."""
    return [
        message["seq"] if "event_type" in message else message["type"]
        for message in messages(bytes(pipe.data))
    ]


async def test_a_stream_that_the_hub_let_go_meanwhile_is_heard_all_the_same() -> None:
    store = SlowStore()
    async with engine_on(store) as engine:
        await done(submit(engine, TICK))
        await engine.hub.open(HALL)
        pipe = Pipe()
        session = session_on(engine, pipe)
        store.let.clear()
        store.asked.clear()
        entering = asyncio.ensure_future(
            session.open(ConnectionParams("hall", since=Seq(0), epoch=store.epoch))
        )
        await store.asked.wait()
        for number in range(200):
            engine.hub.create(workspace_stream(f"other-{number}"))
        assert engine.hub.find(HALL) is None
        store.let.set()
        await entering
        await done(submit(engine, TICK))
        await session.client.outbox.drained()

    assert heard(pipe) == ["connected", 1, 2]


async def test_events_that_come_while_a_snapshot_is_read_come_after_it() -> None:
    store = SlowStore()
    async with engine_on(store) as engine:
        pipe = Pipe()
        session = session_on(engine, pipe)
        await session.open(ConnectionParams("hall"))
        await done(submit(engine, TICK))
        store.let.clear()
        store.asked.clear()
        await session.receive(orjson.dumps({"type": "snapshot"}))
        await store.asked.wait()
        await done(submit(engine, TICK))
        store.let.set()
        await session.client.outbox.drained()

    assert heard(pipe) == ["connected", 1, "snapshot", 2]


async def test_a_snapshot_that_cannot_be_read_is_refused_and_events_go_on() -> None:
    store = UnreadableStore()
    async with engine_on(store) as engine:
        pipe = Pipe()
        session = session_on(engine, pipe)
        await session.open(ConnectionParams("hall"))
        await session.receive(orjson.dumps({"type": "snapshot"}))
        await done(submit(engine, TICK))
        await session.client.outbox.drained()

    assert sorted(map(str, heard(pipe))) == ["1", "connected", "error"]
