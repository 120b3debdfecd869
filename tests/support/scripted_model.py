"""A language model as a daemon meets it: the server of `messages_api`, told what to say to whom.

async with MessagesApi() as api, running(path, **environ(api)) as daemon:
    model = Scripted(api)
    model.says(called(Call("list_items")), said("Three."), intent="inventory_management")
    told = await ask(client, "How many are there?")
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, Message
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Fault, Reply, said, structured
from tests.support.run_streams import check_stream

KEY: Final = "sk-of-the-tests-and-never-told"
LAST: Final = frozenset({"complete", "error", "cancelled", "interrupt"})


def environ(url: str, **more: str) -> dict[str, str]:
    """For a daemon that asks this server, and loses no time between two attempts."""
    return {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": url,
        "STREAMD_MODELS__RETRY_BASE_SECONDS": "0.01",
        "STREAMD_MODELS__CHECK_AT_START": "false",
        **more,
    }


@attrs.define(eq=False)
class Scripted:
    """What the model answers: first what a request is about, then these replies in order, then that it is done."""

    api: MessagesApi
    asked: list[Request] = attrs.field(factory=list)
    """Turns of agents, in the order in which they came."""
    sorted: list[Request] = attrs.field(factory=list)
    """Requests to say what a request is about."""
    _replies: deque[Reply] = attrs.field(factory=deque)
    _intent: Mapping[str, Any] = attrs.field(factory=dict)

    def says(self, *replies: Reply, intent: str = "general", steps: Sequence[str] = ()) -> None:
        """Begin anew: forget what was asked, and answer so from now on."""
        self.asked.clear()
        self.sorted.clear()
        self.api.requests.clear()
        self._replies = deque(replies)
        self._intent = {"primary_intent": intent, "confidence": 0.9, "steps": list(steps)}
        self.api.answer = self._answer

    async def was_asked(self, count: int = 1) -> Request:
        """Wait until there have been so many turns, and give the last of them."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.api._news:
            await self.api._news.wait_for(lambda: len(self.asked) >= count)
        return self.asked[count - 1]

    def _answer(self, request: Request) -> Reply:
        if request.schema is not None:
            self.sorted.append(request)
            return structured(self._intent)
        self.asked.append(request)
        return self._replies.popleft() if self._replies else said("Done.")


async def ask(client: Client, user_input: str, **keys: object) -> list[Message]:
    """Make a request; everything that its run tells, in order."""
    await client.send(type="user_request", user_input=user_input, **keys)
    return await rest(client)


async def rest(client: Client) -> list[Message]:
    """Everything that is told from now on, until a run ends."""
    told: list[Message] = []
    while not told or told[-1]["type"] not in LAST:
        told.append(await client.until(lambda message: "run_seq" in message))
    return told


def again(reply: Reply) -> Reply:
    """The same reply for another request: each remembers how far it came."""
    return Reply(
        reply.parts, reply.stop, reply.tokens, reply.stop_details, reply.fault, reply.holds, reply.ping_seconds,
        reply.status, reply.headers, reply.error,
    )  # fmt: skip


def broken(how: str, after: int, *chunks: str, **more: Any) -> Reply:
    """A stream of these chunks that ends behind so many of them."""
    if how == "stall":
        return said(*chunks, holds=frozenset({after}), **more)
    return said(*chunks, fault=Fault(after, how), **more)  # type: ignore[arg-type]


async def ask_until(client: Client, words: str, user_input: str, **keys: object) -> list[Message]:
    """Make a request; what its run tells until it says these words."""
    await client.send(type="user_request", user_input=user_input, **keys)
    told: list[Message] = []
    while not told or words not in told[-1].get("content", ""):
        told.append(await client.until(lambda message: "run_seq" in message))
    return told


async def the_rest(daemon: Daemon, workspace: str, before: Sequence[Message]) -> list[Message]:
    """The whole run as a client has heard it that was cut off after some of it and attached again."""
    async with daemon.client(workspace=workspace) as back:
        await back.send(type="attach", run_id=before[0]["run_id"], after=before[-1]["run_seq"])
        whole = [*before, *(await rest(back))]
        check_stream(daemon, whole)
        assert sum(kind in LAST for kind in kinds(whole)) == 1
        return whole


def kinds(told: Sequence[Message]) -> list[str]:
    return [response["type"] for response in told]


def standing(told: Sequence[Message]) -> Iterator[Message]:
    """The `content` that holds, as the protocol wants it read: without what an `attempt_reset` made void."""
    for at, response in enumerate(told):
        resets = [later for later in told[at:] if later["type"] == "attempt_reset"]
        if response["type"] == "content" and not any(_voids(reset, response) for reset in resets):
            yield response


def text(told: Sequence[Message]) -> str:
    """What a client shows as the answer."""
    return "".join(response["content"] for response in standing(told))


def reasoning(told: Sequence[Message]) -> str:
    """What it shows as the model's thoughts."""
    return "".join(response["reasoning"] for response in standing(told))


def results(request: Request) -> list[Mapping[str, Any]]:
    """What the model is told that came of its tools."""
    blocks = request.body["messages"][-1]["content"]
    return [block for block in blocks if block["type"] == "tool_result"]


def _voids(reset: Message, response: Message) -> bool:
    if "void" in reset:
        return response["run_seq"] in reset["void"]
    return bool(response["message_id"] == reset["message_id"])
