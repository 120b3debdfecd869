"""A listener whose clients are who their address says, each with rights of its own; and agents that try what they may."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import attrs
from websockets.asyncio.client import connect

from streamd.access import Access, Admission
from streamd.config import WsOptions
from streamd.core.principal import RIGHTS, Principal, Right
from streamd.core.run import Response
from streamd.core.tool_calls import AddItems
from streamd.edge.ws.listener import open_listener
from streamd.engine.engine import Engine
from streamd.ports.agent import Agent, Run
from streamd.ports.model import Model
from streamd.service import Service
from streamd.stores.memory import open_memory
from tests.support.daemon import Client
from tests.support.engines import engine_on

OTHERS = "vault"
OWN = "hall"


async def _adds(run: Run) -> AsyncGenerator[Response, None]:
    await run.items()
    await run.carry_out([AddItems(({"type": "note", "name": "made by an agent"},))])
    yield Response("general_complete", "Done.")


async def _asks(run: Run) -> AsyncGenerator[Response, None]:
    await run.ask("Really?")
    await run.carry_out([AddItems(({"type": "note", "name": "approved"},))])
    yield Response("general_complete", "Done.")


async def _remembers(run: Run) -> AsyncGenerator[Response, None]:
    found = await run.recall("secret plans", limit=20)
    yield Response("general_complete", ", ".join(memory.text for memory in found))


async def _adds_later(run: Run) -> AsyncGenerator[Response, None]:
    await run.carry_out([AddItems(({"type": "note", "name": "after the pause"},))])
    yield Response("general_complete", "Went on.")


async def _names(run: Run) -> AsyncGenerator[Response, None]:
    run.update(name="of the agent", seen=sorted(run.state))
    yield Response("general_processing", "named")


async def _adds_named(run: Run) -> AsyncGenerator[Response, None]:
    await run.carry_out([AddItems(({"type": "note", "name": str(run.state["name"])},))])
    yield Response("general_complete", "Added.")


async def _adds_and_asks(run: Run) -> AsyncGenerator[Response, None]:
    await run.carry_out([AddItems(({"type": "note", "name": "before the question"},))])
    await run.ask("Which word?", reason="input_required")
    if run.request.user_input == "twice":
        await run.carry_out([AddItems(({"type": "note", "name": "after the question"},))])
    yield Response("general_complete", "Done.")


async def _says(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", "Nothing to do.")


AGENTS = (
    Agent("adder", _adds),
    Agent("asker", _asks),
    Agent("pauses", _adds_later, interrupt_before=frozenset({"work"})),
    Agent("remembers", _remembers),
    Agent("says", _says),
    Agent("coordinator", _says),
    Agent("adds_and_asks", _adds_and_asks),
    Agent(
        "names",
        nodes={"choose": _names, "add": _adds_named},
        edges={"choose": "add"},
        interrupt_before=frozenset({"add"}),
    ),
)


@attrs.define(eq=False)
class _ByName(Access):
    """Takes the name of a principal for its token."""

    principals: dict[str, Principal] = attrs.field(factory=dict)

    def admit(self, token: str | None) -> Admission:
        return Admission(self.principals[token or "root"], None)


@attrs.define
class Place:
    """A listener whose clients are who their address says."""

    engine: Engine
    service: Service
    url: str
    principals: dict[str, Principal]

    @asynccontextmanager
    async def client(self, who: str, workspace: str, **query: object) -> AsyncIterator[Client]:
        address = f"{self.url}/?{urlencode({'token': who, 'workspace': workspace, **query})}"
        async with connect(address) as socket:
            client = Client(socket)
            client.greeting = await client.next()
            yield client


@asynccontextmanager
async def open_place(*agents: Agent, model: Model | None = None) -> AsyncIterator[Place]:
    """Open a place with these agents beside the usual ones; `root` may do everything."""
    principals = {"root": root()}
    async with open_memory() as store, engine_on(store, None, *AGENTS, *agents, model=model) as engine:
        service = Service(engine)
        access = _ByName(required=True, clock=engine.clock, principals=principals)
        async with open_listener(service, WsOptions(port=0), access=access) as listener:
            yield Place(engine, service, listener.address, principals)


def root() -> Principal:
    return Principal("root", authenticated=True, workspaces=None, rights=frozenset(RIGHTS))


def guest(place: Place, *rights: Right, name: str = "guest", user_id: str | None = None) -> None:
    """Let somebody into one workspace, with these rights; or a user once more, with a token that opens less."""
    place.principals[name] = Principal(
        user_id or name, authenticated=True, workspaces=frozenset({OWN}), rights=frozenset(rights)
    )
