"""Who leaves is noticed, whatever waits, and nothing is done any more that only serves to answer."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import orjson
import pytest

from streamd.access import Access
from streamd.config.options import WsOptions
from streamd.core.item import Item, ItemId, Seq
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.edge.socket_writer import SocketWriter
from streamd.edge.ws._bad_messages import BadMessages
from streamd.edge.ws._client import Client
from streamd.edge.ws._session import Session
from streamd.edge.ws.listener import WebSocketListener, open_listener
from streamd.engine.engine import Engine
from streamd.ports.store import VisitBodies
from streamd.service import Actor, Service
from streamd.stores.memory import MemoryStore
from streamd.wire.codes import CloseCode
from streamd.wire.messages.connection_params import ConnectionParams
from tests.support.daemon import Daemon
from tests.support.engines import Pipe, engine_on
from tests.support.frames import messages
from tests.support.raw import RawClient, handshake, message, raw_socket

AT_ONCE = 8
"""Queries of one session that are answered at the same time."""


@attrs.define(eq=False)
class DeafStore(MemoryStore):
    """Answers nobody who asks for a page or a snapshot."""

    is_deaf: bool = True
    begun: int = 0
    waiting: int = 0

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        await self._wait()
        return []

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        await self._wait()
        return Seq(0)

    async def _wait(self) -> None:
        self.begun += 1
        self.waiting += 1
        try:
            if self.is_deaf:
                await asyncio.Event().wait()
        finally:
            self.waiting -= 1


@attrs.frozen
class Scene:
    """A listener over a store that answers nobody."""

    store: DeafStore
    engine: Engine
    listener: WebSocketListener
    daemon: Daemon
    """Where it listens."""


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = DeafStore()
    async with (
        engine_on(store) as engine,
        open_listener(Service(engine), WsOptions(port=0)) as listener,
    ):
        yield Scene(store, engine, listener, Daemon(tmp_path, port=int(listener.address.rpartition(":")[2])))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - nothing tells when a socket has been read
            await asyncio.sleep(0)


def reset(client: RawClient) -> None:
    there = client.writer.get_extra_info("socket")
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.writer.transport.abort()


def end(client: RawClient) -> None:
    client.writer.write_eof()


@asynccontextmanager
async def asking(scene: Scene, *further: bytes) -> AsyncIterator[RawClient]:
    """A client that has asked for so much that nothing more is read of it."""
    async with raw_socket(scene.daemon) as client:
        await client.open()
        await client.send(message(type="list_items") * 100 + b"".join(further))
        await until(lambda: scene.store.begun == AT_ONCE)
        await client.send(message(type="list_items") * 100)
        yield client


@pytest.mark.parametrize("leave", [reset, end])
async def test_who_leaves_is_noticed_though_nothing_is_read_of_it(
    scene: Scene, leave: Callable[[RawClient], None]
) -> None:
    async with asking(scene) as client:
        leave(client)
        await until(lambda: not scene.listener.count)
        assert not scene.store.waiting
        assert scene.store.begun == AT_ONCE


async def test_an_edit_of_who_has_left_is_done_in_the_workspace_that_it_had_named(scene: Scene) -> None:
    item = {"type": "note", "name": "last words"}
    hello, edit = message(type="hello", workspace="b"), message(type="add_item", id="last", item=item)
    async with asking(scene, hello, edit) as client:
        reset(client)
        await until(lambda: not scene.listener.count)
    await scene.engine.journal.flushed()
    assert set(await scene.store.known([("default", ItemId("last")), ("b", ItemId("last"))])) == {
        ("b", "last")
    }


async def test_who_leaves_while_it_joins_is_not_waited_for(scene: Scene) -> None:
    async with raw_socket(scene.daemon) as client:
        await client.send(handshake("/?snapshot=1", {}))
        await until(lambda: scene.store.waiting == 1)
        reset(client)
        await until(lambda: not scene.listener.count)
    await until(lambda: not scene.store.waiting)


async def test_a_snapshot_that_somebody_gave_up_is_read_for_who_comes_in_that_moment() -> None:
    store = DeafStore()
    async with engine_on(store) as engine:
        leaving = asyncio.create_task(engine.snapshots.pages("hall"))
        await until(lambda: store.waiting == 1)
        store.is_deaf = False
        leaving.cancel()
        await asyncio.sleep(0)
        assert (await engine.snapshots.pages("hall")).seq == 0


async def test_who_leaves_while_it_subscribes_is_not_waited_for(scene: Scene) -> None:
    async with raw_socket(scene.daemon) as client:
        await client.open()
        await client.send(message(type="subscribe", item_types=["note"], snapshot=True))
        await until(lambda: scene.store.waiting == 1)
        reset(client)
        await until(lambda: not scene.listener.count)
    await until(lambda: not scene.store.waiting)


def session_on(engine: Engine, pipe: Pipe) -> Session:
    actor = Actor.of(ANONYMOUS_PRINCIPAL, "hall", "ann")
    access = Access(required=False, clock=engine.clock)
    outbox = engine.open_outbox(pipe, "ann")
    client = Client(Service(engine), outbox, actor, "c-1", 25, access, lost=lambda _: None)
    return Session(client, BadMessages(20), left_seconds=0)


async def test_what_waits_to_be_read_is_refused_when_the_daemon_stops_and_so_is_what_comes() -> None:
    store, pipe = DeafStore(), Pipe()
    async with engine_on(store) as engine:
        session = session_on(engine, pipe)
        await session.open(ConnectionParams("hall"))
        await session.receive(orjson.dumps({"type": "list_items", "request_id": 1}))
        await until(lambda: store.waiting == 1)
        session.drain()
        await session.receive(orjson.dumps({"type": "list_items", "request_id": 2}))
        await session.receive(orjson.dumps({"type": "ping", "request_id": 3}))
        await until(lambda: not store.waiting)
        await session.client.outbox.drained()

    heard = {one["request_id"]: one.get("code", one["type"]) for one in messages(bytes(pipe.data))[1:]}
    assert heard == {1: "draining", 2: "draining", 3: "pong"}


@pytest.mark.parametrize("asked", ["export", "list_items"])
async def test_a_job_that_ends_before_it_begins_is_no_fault(asked: str) -> None:
    async with engine_on(MemoryStore()) as engine:
        session = session_on(engine, Pipe())
        await session.open(ConnectionParams("hall"))
        await session.receive(orjson.dumps({"type": asked}))
        session.client.outbox.close()
        session.leave()


async def test_long_after_the_end_nothing_is_begun_any_more_of_what_a_client_had_said() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        session = session_on(engine, Pipe())
        await session.open(ConnectionParams("hall"))
        async with engine.journal.long_writes.turn(
            None, "", "", ""
        ):  # the first job waits, and the others for it
            for name in "abc":
                added = [{"type": "note", "name": name, "id": f"{name}{number}"} for number in range(500)]
                bulk = {"type": "bulk", "operation": "add_multiple", "items": added, "atomic": True}
                assert await session.receive(orjson.dumps(bulk))
            await asyncio.sleep(0)
            session.leave()
            await until(lambda: session._is_late)
        assert not await session.receive(
            orjson.dumps({"type": "add_item", "item": {"type": "note", "name": "d"}})
        )
        session.close()
        await until(lambda: not session._serial)
        assert {item.name for item in await store.items("hall")} == {"a"}


async def test_an_engine_does_not_wait_for_ever_for_what_was_begun_for_clients() -> None:
    async with asyncio.timeout(20):
        async with engine_on(MemoryStore()) as engine:
            engine.spawn(asyncio.sleep(3600), name="late")


@attrs.define
class Owner:
    """A connection that nobody aborts."""

    def abort(self, code: CloseCode) -> None:
        raise AssertionError(code)


async def test_nothing_is_written_to_a_connection_that_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
    writer = SocketWriter(transport, Owner(), "text", "replay")
    writer.ready = True
    theirs.close()
    with caplog.at_level(logging.WARNING, "asyncio"):
        writer.write(os.urandom(100))
        assert not writer.ready
        for _ in range(20):
            writer.write(b"more")
    assert not caplog.records
