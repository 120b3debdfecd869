"""The largest of every message holds the event loop for no longer than others notice."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from streamd.wire.codec import MESSAGES
from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon
from tests.support.good_client import footprint, good_client, watched
from tests.support.largest_messages import Blow, is_last_answer, stock
from tests.support.largest_questions import BLOWS, text_of
from tests.support.machine import calibrated

LONGEST_TURN_SECONDS: Final = 0.1
"""Of the event loop, in processor time, where a machine does the work of `calibrated` in a tenth of a second."""

LIMITS: Final = {"STREAMD_ITEMS__MAX_LIST_MEMBERS": "1000000", "STREAMD_ITEMS__MAX_ITEM_BYTES": "1000000"}
"""Items may be as large as a message can make them, and larger."""


@attrs.define
class Attacker:
    """Sends blows, one message after the other is answered."""

    client: Client
    told: dict[str, Any] = attrs.field(factory=dict)
    """What is known of runs and changes so far."""
    sent: int = 0

    async def say(self, message: Any) -> Any:
        request_id = f"b{self.sent}"
        self.sent += 1
        await self.client.socket.send(text_of(message, request_id, self.told), text=True)
        async with asyncio.timeout(PATIENCE_SECONDS * 2):
            while True:
                try:
                    answer = orjson.loads(await self.client.socket.recv(decode=False))
                except ConnectionClosed:
                    assert message["type"] == "disconnect", message["type"]
                    return {"type": "closed"}
                if is_last_answer(answer, request_id):
                    self.told |= {
                        "run": answer.get("run_id", self.told.get("run")),
                        "seq": answer.get("seq", 0),
                    }
                    return answer

    async def strike(self, blow: Blow) -> None:
        for message in blow.messages:
            answer = await self.say(message)
            assert blow.is_refused or answer["type"] != "error", (blow.name, answer)


async def turns_of(daemon: Daemon, attacker: Attacker, blow: Blow) -> float:
    """The longest turn of the event loop, in processor time, while a blow is struck."""
    for message in blow.before:
        await attacker.say(message)
    await footprint(daemon)
    await attacker.strike(blow)
    return (await footprint(daemon)).longest_turn_seconds


@pytest.mark.alone
@pytest.mark.soak
@pytest.mark.parametrize("group", BLOWS)
async def test_the_largest_of_every_message_costs_the_others_nothing(
    group: str, tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    longest: dict[str, float] = {}
    async with (
        watched(tmp_path, **LIMITS) as daemon,
        good_client(daemon) as good,
        daemon.client(workspace="bad") as client,
    ):
        attacker = Attacker(client)
        for message in stock(soak(2_000, 12_000)):
            await attacker.say(message)
        alone = await good.rounds(30)

        async def attack() -> None:
            for blow in BLOWS[group]():
                longest[blow.name] = await turns_of(daemon, attacker, blow)

        beside = await good.during(attack())
    bound = LONGEST_TURN_SECONDS * calibrated()
    too_long = {name: round(seconds, 3) for name, seconds in longest.items() if seconds > bound}
    assert not too_long, (bound, too_long, alone.told(), beside.told())
    beside.check(alone)
    print(f"{group}: alone {alone.told()} ms; beside {beside.told()} ms")  # noqa: T201


def test_every_message_is_among_them() -> None:
    assert {blow.type for group in BLOWS.values() for blow in group()} == set(MESSAGES)
