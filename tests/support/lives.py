"""A daemon that is killed and started again, and clients that come back each time and keep account of everything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from random import Random
from typing import Any

import attrs
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, Message

LAST = ("complete", "error", "cancelled", "interrupt")
_BATCH = 20


@attrs.define(eq=False)
class Lives:
    """One store, one port, many processes."""

    daemon: Daemon
    finishing: bool = False
    """Whether clients should come to an end."""
    answers: int = 0
    """Edits that were answered so far."""
    _up: asyncio.Event = attrs.field(factory=asyncio.Event)
    _heard: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when somebody heard something that others may wait for."""

    async def begin(self) -> None:
        await self.daemon.start()
        self._up.set()

    async def end(self) -> None:
        self._up.clear()
        await self.daemon.kill()

    def finish(self) -> None:
        """Ask clients to come to an end."""
        self.finishing = True
        self._heard.set()

    def count_answer(self) -> None:
        self.answers += 1
        self._heard.set()

    def look_again(self) -> None:
        """Ask those who wait to look whether it has come."""
        self._heard.set()

    async def answers_reach(self, count: int) -> None:
        """Wait for so many, or the end."""
        await self.until(lambda: self.answers >= count)

    async def until(self, has_come: Callable[[], bool]) -> None:
        """Wait until something has come, or for the end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not has_come() and not self.finishing:
                self._heard.clear()
                await self._heard.wait()

    @asynccontextmanager
    async def visit(self, **query: Any) -> AsyncIterator[Client]:
        """A connection to whichever process is there."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._up.wait()
        async with self.daemon.client(**query) as client:
            yield client


def breaking_off() -> AbstractContextManager[None]:
    """That a connection breaks off, or does not come about, is no failure here."""
    return suppress(ConnectionClosed, InvalidHandshake, OSError, EOFError)


@attrs.define(eq=False)
class Watcher:
    """Hears everything once: it comes back to where it was and checks each position."""

    lives: Lives
    workspace: str
    absent_for: int = 0
    """Edits that it misses on purpose between two visits."""
    epoch: str = ""
    bodies: list[Message] = attrs.field(factory=list)
    """What it heard, the event at position 1 first."""
    upto: int | None = None
    """Where it may leave for good."""

    async def watch(self) -> None:
        while self.upto is None or len(self.bodies) < self.upto:
            since = {"since": len(self.bodies), "epoch": self.epoch} if self.epoch else {}
            with breaking_off():
                async with self.lives.visit(workspace=self.workspace, **since) as client:
                    greeting = client.greeting
                    assert greeting["epoch"] == (self.epoch or greeting["epoch"]), "another journal"
                    assert greeting["seq"] >= 0
                    assert self.epoch or greeting["seq"] == 0, "not there from the first event on"
                    self.epoch = greeting["epoch"]
                    while self.upto is None or len(self.bodies) < self.upto:
                        message = await client.next()
                        assert message.get("type") in (None, "position"), f"not resumed: {message}"
                        if "event_type" in message:
                            assert message["seq"] == message["version"] == len(self.bodies) + 1
                            self.bodies.append(message)
            if self.absent_for and not self.lives.finishing:
                await self.lives.answers_reach(self.lives.answers + self.absent_for)


@attrs.define(eq=False)
class Requester:
    """Asks for things in words, and after each kill looks up what became of what was going on."""

    lives: Lives
    workspace: str
    told: dict[str, list[Message]] = attrs.field(factory=dict)
    """What each run told, in order."""
    cut_off: set[str] = attrs.field(factory=set)
    """Runs that were not over when the daemon ended."""
    items: int = 0

    async def has_its_share(self) -> None:
        """Wait in one life until a run is over, and in the next until one goes on: most lives are shorter than a run."""
        if not self._saw_whole():
            await self.lives.until(self._saw_whole)
        elif not self.cut_off:
            await self.lives.until(lambda: bool(self._open()))

    def _saw_whole(self) -> bool:
        """Whether a run was over before the daemon ended."""
        return bool(self.told.keys() - self.cut_off - set(self._open()))

    async def work(self) -> None:
        while not self.lives.finishing or self._open():
            with breaking_off():
                async with self.lives.visit(workspace=self.workspace) as client:
                    for run_id in self._open():
                        self.cut_off.add(run_id)
                        await client.send(
                            type="attach", run_id=run_id, after=self.told[run_id][-1]["run_seq"]
                        )
                        while run_id in self._open():
                            self._hear(await client.next())
                    while not self.lives.finishing:
                        wish = f"Add {_BATCH} notes" if self.items < 5 * _BATCH else "Remove all notes"
                        self.items = self.items + _BATCH if wish.startswith("Add") else 0
                        await client.send(type="user_request", user_input=wish)
                        begun = await client.until(lambda message: message.get("type") == "start")
                        self._hear(begun)
                        while begun["run_id"] in self._open():
                            self._hear(await client.next())

    def _open(self) -> list[str]:
        return [run_id for run_id, told in self.told.items() if told[-1]["type"] not in LAST]

    def _hear(self, message: Message) -> None:
        assert message.get("type") != "error" or "run_seq" in message, message
        if "run_seq" in message:
            told = self.told.setdefault(message["run_id"], [])
            assert message["run_seq"] > (told[-1]["run_seq"] if told else 0)
            told.append(message)
            self.lives.look_again()


@attrs.define(eq=False)
class StubbornWriter:
    """Sends edits without waiting for answers, and sends again, with the same op_id, whatever was not answered."""

    lives: Lives
    name: str
    workspace: str
    pipeline: int = 16
    items: dict[str, Message] = attrs.field(factory=dict)
    """Its own items, as they are once everything is done."""
    named: list[str] = attrs.field(factory=list)
    """Names of the items whose ids it left to the daemon."""
    published: list[str] = attrs.field(factory=list)
    counted: dict[str, int] = attrs.field(factory=dict)
    """What it added to counters in all."""
    acks: dict[str, Message] = attrs.field(factory=dict)
    repeated: int = 0
    """Edits that it sent again."""
    _unanswered: dict[str, Message] = attrs.field(factory=dict)
    _adding: dict[str, list[Message]] = attrs.field(factory=dict)
    """Items on their way in a bulk edit: single edits may overtake those, so they are left alone until it is answered."""
    _edits: int = 0
    _random: Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = Random(self.name)

    async def work(self) -> None:
        while not self.lives.finishing or self._unanswered:
            with breaking_off():
                async with self.lives.visit(workspace=self.workspace, user_id=self.name) as client:
                    self.repeated += len(self._unanswered)
                    for edit in self._unanswered.values():
                        await client.send(**edit)
                    while not self.lives.finishing or self._unanswered:
                        while len(self._unanswered) < self.pipeline and not self.lives.finishing:
                            edit = self._next_edit()
                            self._unanswered[edit["op_id"]] = edit
                            await client.send(**edit)
                        self._answered(
                            await client.until(
                                lambda message: (
                                    message.get("type") in ("ack", "error") and "run_seq" not in message
                                )
                            )
                        )

    def _answered(self, reply: Message) -> None:
        assert reply["type"] == "ack", reply
        assert reply.get("refused", 0) == 0, reply
        self.acks[reply["request_id"]] = reply
        del self._unanswered[reply["request_id"]]
        self.items |= {item["id"]: item for item in self._adding.pop(reply["request_id"], [])}
        self.lives.count_answer()

    def _next_edit(self) -> Message:
        self._edits += 1
        op_id = f"{self.name}-{self._edits}"
        kind = self._random.choice(
            ["add", "add", "name", "change", "change", "count", "count", "remove", "publish", "bulk"]
        )
        edit = self._edit(kind, op_id)
        return {**edit, "op_id": op_id, "request_id": op_id}

    def _edit(self, kind: str, op_id: str) -> Message:
        if kind == "name":
            self.named.append(op_id)
            return {"type": "add_item", "item": {"type": "note", "name": op_id}}
        if kind == "publish":
            self.published.append(op_id)
            return {"type": "publish", "event_type": "told", "data": {"op": op_id}}
        if kind == "count":
            counter = self._random.choice([self.name, "all"])
            by = self._random.randint(1, 9)
            return {"type": "change_item", "item_id": counter, "inc": self._count(counter, by)}
        if kind == "bulk":
            return self._bulk(op_id)
        if kind == "add" or not self.items:
            self.items[op_id] = self._new(op_id)
            return {"type": "add_item", "item": self.items[op_id]}
        item_id = self._random.choice(list(self.items))
        if kind == "remove":
            del self.items[item_id]
            return {"type": "remove_item", "item_id": item_id, "reason": op_id}
        self.items[item_id] = {**self.items[item_id], "name": op_id, "text": op_id}
        return {"type": "change_item", "item_id": item_id, "set": {"name": op_id, "text": op_id}}

    def _bulk(self, op_id: str) -> Message:
        atomic = self._random.random() < 0.5
        if self._random.random() < 0.5:
            items: list[Message] = [self._new(f"{op_id}.{number}") for number in range(5)]
            self._adding[op_id] = items
            return {"type": "bulk", "operation": "add_multiple", "items": items, "atomic": atomic}
        items = [{"item_id": side, "inc": self._count(side, 1)} for side in ("left", "right")]
        return {"type": "bulk", "operation": "update_multiple", "items": items, "atomic": atomic}

    def _new(self, item_id: str) -> Message:
        return {"id": item_id, "type": "note", "name": item_id}

    def _count(self, counter: str, by: int) -> dict[str, int]:
        self.counted[counter] = self.counted.get(counter, 0) + by
        return {"stock": by}
