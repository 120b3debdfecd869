"""Conversations with a real daemon: what a run tells, and what is broadcast meanwhile; documents and models as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from streamd.agents import BUILT_IN
from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, Message, running
from tests.support.messages_api import MessagesApi, Request

LAST: Final = ("complete", "error", "cancelled", "interrupt")

LISBON: Final = """# Lisbon

## Sights
Alfama is the oldest quarter of Lisbon and has steep lanes and viewpoints. The castle opens at nine and costs 15 EUR.

## Food
The Time Out market has fifty stalls. Belem has sold its pastries since 1837.

## Getting around
A day ticket for metro, bus and tram costs 6.80 EUR.
"""
WIRE: Final = """# Copper wire suppliers
Global Parts Inc delivers copper wire in four days and has the lowest price.
The risk with Global Parts Inc is that it has only one plant, which stood still twice last year because of strikes.
"""


@attrs.define
class Talk:
    """One client; what it hears that belongs to no run is kept aside."""

    client: Client
    broadcasts: list[Message] = attrs.field(factory=list)

    async def hear(self) -> Message:
        """The next message of a run, or reply."""
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                message: Message = orjson.loads(await self.client.socket.recv(decode=False))
            if "event_type" not in message:
                return message
            self.broadcasts.append(message)

    async def until(self, type_: str) -> Message:
        """The first message of this type from now on."""
        while (message := await self.hear())["type"] != type_:
            assert message["type"] not in LAST, message
        return message

    async def rest(self) -> list[Message]:
        """What the run tells from now on, to its end."""
        told: list[Message] = []
        while not told or told[-1]["type"] not in LAST:
            told.append(await self.hear())
        return told

    async def ask(self, **message: object) -> Message:
        """Send a message that has one reply."""
        await self.client.send(**message)
        return await self.hear()

    async def multi(self, query: str, **request: object) -> list[Message]:
        """A multi-agent request, and everything that its run tells."""
        await self.client.send(type="multi_agent_request", request={"query": query, **request})
        return await self.rest()

    async def request(self, agent: str, user_input: str, **message: object) -> list[Message]:
        """A request to one agent, and everything that its run tells."""
        await self.client.send(type="user_request", agent=agent, user_input=user_input, **message)
        return await self.rest()


@asynccontextmanager
async def talking(daemon: Daemon) -> AsyncIterator[Talk]:
    async with daemon.client() as client:
        yield Talk(client)


@asynccontextmanager
async def daemon_with(
    directory: Path,
    documents: Mapping[str, str] | None = None,
    api: MessagesApi | None = None,
    **environ: str,
) -> AsyncIterator[Daemon]:
    """A daemon with these documents, on the offline model or on one that a test plays."""
    folder = directory / "documents"
    folder.mkdir(exist_ok=True)
    for name, text in (documents or {}).items():
        (folder / name).write_text(text)
    served = {} if api is None else environ_for(api)
    async with running(
        directory, **{"STREAMD_KNOWLEDGE__FOLDER": str(folder), **served, **environ}
    ) as daemon:
        yield daemon


def environ_for(api: MessagesApi) -> dict[str, str]:
    return {
        "ANTHROPIC_API_KEY": "test",
        "ANTHROPIC_BASE_URL": api.url,
        "STREAMD_MODELS__CHECK_AT_START": "false",
        "STREAMD_MODELS__RETRY_BASE_SECONDS": "0.01",
    }


def asked_by(request: Request) -> str:
    """The agent that a model is asked for, by its system prompt; the primary agent where the coordinator lets it speak."""
    system = "".join(block["text"] for block in request.body.get("system") or ())
    (name,) = [agent.name for agent in BUILT_IN if agent.system and agent.system in system]
    _, speaks, primary = system.partition("You answer as the agent ")
    return primary.partition(".")[0] if speaks else name


def system_of(request: Request) -> str:
    """The system prompt, without the day that stands behind it."""
    return "".join(block["text"] for block in (request.body.get("system") or ())[:1])


def told_by(told: list[Message], agent: str, type_: str) -> list[Message]:
    return [message for message in told if message["type"] == type_ and message.get("agent") == agent]


def words_of(told: list[Message], agent: str) -> str:
    return "".join(message["chunk"] for message in told_by(told, agent, "agent_chunk"))


def outline(told: list[Message]) -> list[str]:
    """Types in order, with whose they are; words that come one after the other count once."""
    lines: list[str] = []
    for message in told:
        line = ":".join(filter(None, (message["type"], message.get("agent"), message.get("node"))))
        if not lines or lines[-1] != line:
            lines.append(line)
    return lines


def keys_of(message: Message) -> set[str]:
    return set(message) - {"run_seq", "run_id", "thread_id", "request_id", "timestamp"}


Json = dict[str, Any]
