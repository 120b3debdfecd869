"""An engine over a store in memory that fails, waits or is overtaken when a test says so; and a place for bytes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import attrs

from streamd.config import Config
from streamd.core.change import AddItem, Change, ChangeItem
from streamd.core.event import Author
from streamd.core.item import ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.principal import DAEMON, Asker, Flow
from streamd.edge.ws.encoders import websocket_encoders
from streamd.engine.engine import Engine, open_engine
from streamd.engine.journal.writes import ItemWrite, Receipt, WriteResult
from streamd.errors import StoreError, StreamdError
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.encoder import Encoders
from streamd.ports.knowledge import NoKnowledge
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.ports.store import Batch, Store, VisitBodies
from streamd.stores.memory import MemoryStore

ANN = Author("ann")


@attrs.define
class TroubledStore(MemoryStore):
    """The store in memory, with a door that can be shut and troubles that wait behind it."""

    troubles: deque[Callable[[], Awaitable[None]]] = attrs.field(factory=deque)
    """Awaited one by one, each before one commit: it may raise, or commit something itself."""
    batches: list[Batch] = attrs.field(factory=list)
    """What was committed, one after the other."""
    commits: list[int] = attrs.field(factory=list)
    """How many batches each commit took."""
    knocked: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when somebody came to the door."""
    door: asyncio.Event = attrs.field(factory=asyncio.Event)

    unwritable: str = ""
    """A workspace that cannot be written."""

    def __attrs_post_init__(self) -> None:
        self.door.set()

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        self.knocked.set()
        await self.door.wait()
        if self.troubles:
            await self.troubles.popleft()()
        writable = [batch for batch in batches if batch.workspace != self.unwritable]
        written = iter(await MemoryStore.commit(self, writable))
        verdicts = [
            next(written) if batch.workspace != self.unwritable else StoreError("it cannot be written")
            for batch in batches
        ]
        self.batches += [batch for batch, why in zip(batches, verdicts, strict=True) if why is None]
        self.commits.append(len(batches))
        return verdicts

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        read = await MemoryStore.snapshot(self, workspace, item_types, visit)
        self.knocked.set()
        await self.door.wait()
        return read


@attrs.define(eq=False)
class Pipe:
    """A connection that takes bytes as long as it is ready."""

    encoding: str = "text"
    replay_encoding: str = "replay"
    ready: bool = True
    data: bytearray = attrs.field(factory=bytearray)
    writes: int = 0
    failed: bool = False
    allowance: int | None = None
    """Writes until it is full; None: any number."""

    def write(self, data: bytes) -> None:
        assert self.ready, "written to although it was full"
        self.data += data
        self.writes += 1
        if self.allowance is not None:
            self.allowance -= 1
            self.ready = self.allowance > 0

    def fail(self) -> None:
        self.failed = True


@asynccontextmanager
async def engine_on(
    store: Store,
    config: Config | None = None,
    *agents: Agent,
    model: Model | None = None,
    clock: Clock | None = None,
    language: Language | None = None,
    encoders: Encoders | None = None,
    types: ItemTypes | None = None,
) -> AsyncIterator[Engine]:
    """An engine with these agents, and the offline model unless another is given."""
    language = language or English()
    async with open_engine(
        store,
        config or Config(),
        types=types or ItemTypes(),
        clock=clock or StillClock(),
        agents={agent.name: agent for agent in agents},
        model=model or OfflineModel(language),
        rules=OfflineModel(language),
        language=language,
        knowledge=NoKnowledge(),
        encoders={**websocket_encoders(compress_min_bytes=512), **(encoders or {})},
    ) as engine:
        yield engine


@attrs.define
class StillClock:
    """It is the same moment until a test says otherwise."""

    ms: int = 1_795_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def text(self, ms: int) -> str:
        return "2026-11-18T11:06:40.000Z"

    async def until(self, ms: int) -> None:
        await asyncio.Event().wait()  # for ever: it is the same moment


def flow_of(name: str) -> Flow:
    """The flow of somebody with this name, who has one connection; without a name, of the daemon."""
    return Flow(Asker("hall", name), name) if name else DAEMON


def submit(
    engine: Engine,
    *changes: Change,
    op_id: str | None = None,
    workspace: str = "hall",
    size: int = 0,
    flow: str | Flow = "",
) -> "asyncio.Future[WriteResult]":
    """Hand over changes that belong together; `size` is what they are said to have, in bytes."""
    op = None if op_id is None else (f"{workspace}/ann", op_id)
    return engine.journal.submit_for_result(
        lambda done: ItemWrite(
            workspace,
            changes,
            ANN,
            done,
            op,
            size=size,
            flow=flow_of(flow) if isinstance(flow, str) else flow,
        )
    )


async def done(promise: "asyncio.Future[WriteResult]") -> Receipt:
    """What came of a write that must be accepted."""
    async with asyncio.timeout(10):
        outcome = await promise
    assert isinstance(outcome, Receipt), outcome
    return outcome


async def refused(promise: "asyncio.Future[WriteResult]") -> str:
    """The code with which a write was refused."""
    async with asyncio.timeout(10):
        outcome = await promise
    assert isinstance(outcome, StreamdError)
    return outcome.code


def add(item_id: str, stock: int = 0) -> AddItem:
    return AddItem(ItemId(item_id), {"type": "inventory", "name": item_id, "stock": stock})


def count(item_id: str, by: int = 1) -> ChangeItem:
    return ChangeItem(ItemId(item_id), inc={"stock": by})
