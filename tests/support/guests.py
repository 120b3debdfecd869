"""Guests of a workspace: clients that know what they should have heard."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import attrs

from tests.support.daemon import Client, Daemon, Message
from tests.support.model import EVENTS, Edit, Item, RefusalError, Room

LEFT = {"reason": "it is not among the items of this subscription any more"}
_EXTRAS = {"type", "request_id", "message", "retryable"}


@attrs.frozen
class Wanted:
    """A filter, as the client asked for it."""

    item_types: frozenset[str] | None = None
    event_types: frozenset[str] | None = None

    def heard(self, room: Room, seq: int) -> tuple[str, Mapping[str, Any]] | None:
        """Type and data of what the event at a position is to whoever asked for this; None: it is not heard."""
        told = room.told[seq - 1]
        event_type, data = told.event_type, told.data
        if self.item_types is not None:
            before, after = room.states(seq)
            was, stays = self._has(before), self._has(after)
            if event_type not in EVENTS:
                if after is not None and not stays:
                    return None
            elif not (was or stays):
                return None
            elif before is not None and after is not None and was != stays:
                event_type, data = ("item_added", after) if stays else ("item_removed", LEFT)
        return (event_type, data) if self.event_types is None or event_type in self.event_types else None

    def _has(self, item: Item | None) -> bool:
        return item is not None and (self.item_types is None or item["type"] in self.item_types)


@attrs.define(eq=False)
class Guest:
    """One connection."""

    client: Client
    room: Room
    holds_all: bool
    """Whether what it folds must be all there is: it came with a snapshot or from the start, and hears everything."""
    position: int
    """Up to here it was found to have heard what it should."""
    bodies: dict[tuple[str, int], Message]
    """What anybody ever heard at a position, shared by all guests."""
    epoch: str
    """The epoch of its position."""
    wanted: Wanted = attrs.field(factory=Wanted)
    _stack: AsyncExitStack = attrs.field(factory=AsyncExitStack)
    _seen: int = 0
    _asked: int = 0

    @classmethod
    async def arrive(
        cls, daemon: Daemon, room: Room, bodies: dict[tuple[str, int], Message], **query: Any
    ) -> "Guest":
        stack, client = await connected(daemon, room, **query)
        epoch = client.greeting["epoch"]
        return cls(client, room, room.top == 0, room.top, bodies, epoch, stack=stack)

    async def leave(self) -> None:
        await self._stack.aclose()

    async def restore(self, daemon: Daemon, epoch: str, retained: int) -> None:
        """Resume where it was; what it held then it holds still. Filters are forgotten."""
        held = self.client.items
        came_from, self.epoch = self.epoch, epoch
        self._stack, self.client = await connected(daemon, self.room, since=self.position, epoch=came_from)
        assert self.client.greeting["epoch"] == epoch
        self.client.items, self.wanted, self._seen = held, Wanted(), 0
        if came_from != epoch:
            await self.read_snapshot("epoch")
        elif self.position < self.room.top:
            first = await self.client.next()
            if first.get("type") == "snapshot":
                assert self.room.top - self.position > retained
                await self.read_snapshot("trimmed", first)

    async def move(self, room: Room) -> None:
        """Go to another workspace on the same connection."""
        reply = await self.ask({"type": "hello", "workspace": room.name, "snapshot": True})
        assert (reply["workspace"], reply["seq"]) == (room.name, room.top)
        self.room = room
        await self.read_snapshot()

    async def read_snapshot(self, reason: str | None = None, page: Message | None = None) -> None:
        """The pages must come now. They may be a little old; then the events after them follow."""
        page = page or await self.client.next()
        while page.get("type") == "snapshot" and page["more"]:
            page = await self.client.next()
        assert (page.get("type"), page.get("reason")) == ("snapshot", reason)
        assert page["epoch"] == self.client.greeting["epoch"]
        assert page["seq"] <= self.room.top
        self.position, self.holds_all = page["seq"], True
        self._seen = len(self.client.events)

    async def ask_for_snapshot(self) -> None:
        """What is there, in the midst of the events."""
        page = await self.ask(
            {"type": "snapshot"}, lambda page: page["type"] == "snapshot" and not page["more"]
        )
        assert page["seq"] == self.room.top
        types = self.wanted.item_types
        assert self.client.items == {
            item_id: item
            for item_id, item in self.room.items.items()
            if types is None or item["type"] in types
        }
        self.holds_all = self.wanted == Wanted()

    async def filter(self, wanted: Wanted) -> None:
        """Hear only that from now on; everything again for a filter that is empty."""
        sets = {
            "item_types": (wanted.item_types, self.wanted.item_types),
            "event_types": (wanted.event_types, self.wanted.event_types),
        }
        given = {key: sorted(new) for key, (new, _) in sets.items() if new is not None}
        gone = {key: sorted(old) for key, (new, old) in sets.items() if new is None and old is not None}
        said = await self.ask({"type": "unsubscribe", "topics": ["runs"], **gone})
        said = await self.ask({"type": "subscribe", **given})
        assert {key: value for key, value in said.items() if key in sets} == given
        self.wanted = wanted
        self.holds_all = self.holds_all and wanted == Wanted()

    async def ask(self, message: Edit, wanted: Callable[[Message], bool] | None = None) -> Message:
        self._asked += 1
        request_id = self._asked
        await self.client.send(**{**message, "request_id": request_id})
        return await self.client.until(
            lambda reply: reply.get("request_id") == request_id and (wanted is None or wanted(reply))
        )

    async def edit(self, edit: Edit) -> Message | None:
        """Make an edit here and in the model; the ack, if both agree that there is one."""
        expected: Message | None = None
        codes: tuple[str, ...] = ()
        try:
            expected = self.room.edit(edit)
        except RefusalError as refusal:
            codes = refusal.codes
        reply = await self.ask(edit)
        if expected is None:
            assert (reply["type"], reply["code"] in codes) == ("error", True), reply
            return None
        assert comparable(reply, expected) == expected
        return reply

    async def tell(self, count: int) -> None:
        """So many events that change nothing, without waiting for each."""
        tick = {"type": "publish", "event_type": "told", "data": {}}
        for _ in range(count - 1):
            self.room.edit(tick)
            await self.client.send(**tick)
        await self.edit(tick)

    async def catch_up(self) -> None:
        """Hear everything that was told meanwhile, and nothing else."""
        due = [
            (seq, heard)
            for seq in range(self.position + 1, self.room.top + 1)
            if (heard := self.wanted.heard(self.room, seq)) is not None
        ]
        if due:
            await self.client.heard(due[-1][0])
        events = self.client.events[self._seen :]
        assert [event["seq"] for event in events] == [seq for seq, _ in due]
        for event, (seq, (event_type, data)) in zip(events, due, strict=True):
            told = self.room.told[seq - 1]
            assert event["workspace"] == self.room.name
            assert (event["event_type"], event.get("item_id")) == (event_type, told.item_id)
            assert event["data"] == dict(data)
            if "view" not in event:
                assert event.get("change", seq) == told.first
                assert tuple(event.get("undoes", ())) == told.undoes
                assert event == self.bodies.setdefault((self.room.name, seq), event)
        self._seen, self.position = len(self.client.events), self.room.top
        if self.holds_all:
            assert self.client.items == self.room.items

    async def look_back(self, seq: int, retained: int) -> None:
        """The daemon lists what the model held at a position, and knows how each item came to be as it is."""
        listed = await self.ask({"type": "list_items", "limit": 1000, "at": seq})
        assert listed["items"] == list(self.room.at(seq).values())
        for item_id in self.room.items:
            told = [at for at, one in enumerate(self.room.told, 1) if one.item_id == item_id]
            history = await self.ask({"type": "history", "item_id": item_id, "limit": 20})
            changes = history["changes"]
            known = [at for at in reversed(told) if self.room.told[at - 1].event_type in EVENTS][:20]
            assert [change["seq"] for change in changes] == known[: len(changes)]
            assert len(changes) == len(known) or self.room.top - known[len(changes)] >= retained
            for change in changes:
                before, after = self.room.states(change["seq"])
                if change["event_type"] in ("item_updated", "field_changed"):
                    assert before is not None
                    assert after is not None
                    assert change["before"] == {name: before.get(name) for name in change["after"]}
                    assert change["after"] == {name: after.get(name) for name in change["before"]}

    async def check_list(self) -> None:
        """The daemon lists what the model holds, in the order it was added."""
        listed = await self.ask({"type": "list_items", "limit": 1000})
        assert listed["items"] == list(self.room.items.values())
        assert listed["seq"] == self.room.top


async def connected(daemon: Daemon, room: Room, **query: Any) -> tuple[AsyncExitStack, Client]:
    stack = AsyncExitStack()
    client = await stack.enter_async_context(daemon.client(workspace=room.name, user_id="ann", **query))
    assert (client.greeting["workspace"], client.greeting["seq"]) == (room.name, room.top)
    return stack, client


def comparable(reply: Message, expected: Message) -> Message:
    """A reply without what the model does not foretell."""
    assert reply["type"] == "ack", reply
    plain = {key: value for key, value in reply.items() if key not in _EXTRAS}
    if "added" in expected:
        return {key: value for key, value in plain.items() if key in expected}
    if "results" in expected:
        results = zip(plain["results"], expected["results"], strict=True)
        plain["results"] = [
            wish | {"error": wish["error"]}
            if "error" in wish and result["error"]["code"] in wish["error"]
            else result
            for result, wish in results
        ]
    return plain
