"""An office with the agents at work: an engine in this process, items, demand, and what its runs tell."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs

from streamd.agents import all_agents
from streamd.config import Config
from streamd.core.change import AddItem
from streamd.core.declared.declarations import item_types_from
from streamd.core.item import ItemId
from streamd.core.memory import Memory, MemoryFilter, MemoryKind
from streamd.core.values import Value
from streamd.edge.ws.encoders import websocket_encoders
from streamd.engine.engine import Engine, open_engine
from streamd.engine.journal.sliced_writes import put_demand
from streamd.engine.journal.writes import DemandRow
from streamd.engine.live.live_run import LiveRun
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.ports.knowledge import NoKnowledge
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.stores.memory import MemoryStore
from tests.support.daemon import ROOT
from tests.support.engines import StillClock, done, submit
from tests.support.runs import begin, ended, told

WORKSPACE = "hall"
Told = dict[str, Any]


@attrs.frozen
class Office:
    """The engine, and shorthands for what tests do with it."""

    engine: Engine

    async def ask(self, say: str, agent: str = "", *, user: str = "ann", **context: Any) -> list[Told]:
        """Everything that the run for a request tells."""
        run = await ended(begin(self.engine, agent, say, user_id=user, **context))
        return await told(self.engine.store, run.record.run_id)

    def begun(self, say: str, agent: str = "", **context: Any) -> LiveRun:
        """Begin a request, and go on before it ends."""
        return begin(self.engine, agent, say, **context)

    async def end(self, run: LiveRun) -> Told:
        """The last response of a run."""
        await ended(run)
        return (await told(self.engine.store, run.record.run_id))[-1]

    async def add(self, *items: Mapping[str, Value]) -> None:
        """Put items into the store."""
        changes = (
            AddItem(ItemId(str(item["id"])), {key: value for key, value in item.items() if key != "id"})
            for item in items
        )
        await done(submit(self.engine, *changes))

    async def demand(self, item_id: str, quantities: Iterable[float], *, first: str = "2026-01") -> None:
        """Monthly demand of an item."""
        year, month = map(int, first.split("-"))
        rows = [
            DemandRow(
                ItemId(item_id),
                f"{year + (month - 1 + at) // 12}-{(month - 1 + at) % 12 + 1:02}-01",
                quantity,
            )
            for at, quantity in enumerate(quantities)
        ]
        await put_demand(self.engine.journal, WORKSPACE, rows)

    async def demand_rows(self, item_id: str, rows: Iterable[tuple[str, float]]) -> None:
        """Dated demand of an item."""
        await put_demand(
            self.engine.journal,
            WORKSPACE,
            [DemandRow(ItemId(item_id), day, quantity) for day, quantity in rows],
        )

    async def memories(self, kind: MemoryKind, agent: str) -> Sequence[Memory]:
        """What an agent remembers."""
        await self.engine.journal.flushed()
        wanted = MemoryFilter(WORKSPACE, agent=agent, kinds=frozenset({kind}))
        return await self.engine.store.memories.latest(wanted)


@asynccontextmanager
async def office(
    *items: Mapping[str, Value],
    model: Model | None = None,
    language: Language | None = None,
    config: Config | None = None,
) -> AsyncIterator[Office]:
    """All built-in agents over a store in memory with these items, on the offline model unless another is given."""
    language = language or English()
    declared = tomllib.loads((ROOT / "config.toml").read_text())["item_types"]
    async with (
        asyncio.timeout(60),
        open_engine(
            MemoryStore(),
            config or Config(),
            types=item_types_from(declared),
            clock=StillClock(),
            agents=all_agents(language),
            model=model or OfflineModel(language),
            rules=OfflineModel(language),
            language=language,
            knowledge=NoKnowledge(),
            encoders=websocket_encoders(compress_min_bytes=512),
        ) as engine,
    ):
        place = Office(engine)
        if items:
            await place.add(*items)
        yield place


def words(responses: Sequence[Told]) -> str:
    """What a client reads in the chat."""
    return "".join(str(one.get("content", "")) for one in responses if one["type"] == "content")


def data(responses: Sequence[Told], kind: str) -> Any:
    """The data of the one response of that type."""
    (found,) = [one for one in responses if one["type"] == kind]
    return found["data"]


def sequence(responses: Sequence[Told]) -> list[str]:
    """The types of the responses, those that follow each other once."""
    types = [str(one["type"]) for one in responses]
    return [one for at, one in enumerate(types) if at == 0 or types[at - 1] != one]
