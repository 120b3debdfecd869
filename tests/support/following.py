"""Following one run through any number of connections and daemons: each of its responses once, in order."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import attrs
from websockets.exceptions import ConnectionClosed

from tests.support.daemon import Client, Message

LAST: Final = ("complete", "interrupt", "cancelled", "error")


@attrs.define(eq=False)
class Follower:
    """Hears the run whose responses repeat this request_id."""

    request_id: str | int
    told: list[Message] = attrs.field(factory=list)
    """What it told, `run_seq` 1 first; `replayed` is left out."""
    top: int = 0
    """The position that was heard last: some of those in between are skipped."""

    @property
    def run_id(self) -> str:
        return str(self.told[0]["run_id"])

    @property
    def last(self) -> Message:
        """The newest of it."""
        return self.told[-1]

    @property
    def has_ended(self) -> bool:
        return bool(self.told) and self.last["type"] in LAST

    async def hear(self, client: Client, upto: int | None = None) -> Message:
        """Until this position, or the end."""
        while not self.has_ended and (upto is None or len(self.told) < upto):
            self.take(await client.next())
        return self.last

    async def hear_type(self, client: Client, kind: str) -> Message:
        """Until it tells something of this type."""
        while not (self.told and self.last["type"] == kind):
            self.take(await client.next())
        return self.last

    async def hear_rest(self, client: Client) -> None:
        """What is still on its way to a client whose daemon is gone."""
        with suppress(ConnectionClosed):
            while True:
                self.take(await client.next())

    async def attach(self, client: Client) -> Message:
        """Come back to it behind what was heard."""
        await client.send(type="attach", run_id=self.run_id, after=self.top, request_id="attach")
        return await client.until(lambda heard: heard.get("type") in ("attached", "error"))

    def take(self, message: Message) -> None:
        """Hear a message, where it is of this run."""
        if "run_seq" not in message or message.get("request_id") != self.request_id:
            return
        assert message["run_seq"] > self.top, f"after {self.top} came {message}"
        self.top = message["run_seq"]
        assert not self.has_ended, f"after the last response came {message}"
        self.told.append({key: value for key, value in message.items() if key != "replayed"})


async def follow(client: Client, request_id: str | int, **message: object) -> Follower:
    """Send what begins a run, and hear it to its end."""
    await client.send(**message, request_id=request_id)
    follower = Follower(request_id)
    await follower.hear(client)
    return follower


def what_holds(told: Sequence[Message]) -> list[Message]:
    """What a client shows in the end: without what was declared void, and without the declarations."""
    void = {seq for message in told if message["type"] == "attempt_reset" for seq in message["void"]}
    kinds = {message["run_seq"]: message["type"] for message in told}
    assert all(kinds[seq] == "content" for seq in void)
    return [
        message for message in told if message["type"] != "attempt_reset" and message["run_seq"] not in void
    ]


def is_in_order(told: Sequence[Message]) -> bool:
    """Whether these are responses of one run from its first on, none of them twice."""
    positions = [message["run_seq"] for message in told]
    return positions[0] == 1 and positions == sorted(set(positions))
