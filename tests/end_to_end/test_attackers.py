"""What one client does costs the others nothing: a good client pings and edits in another workspace meanwhile."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from scripts.benchmarks.processes import raise_file_limit
from streamd.wire.codes import CloseCode
from tests.support.attackers import MESSAGES, PATIENT, deflated, flood, said_and_gone
from tests.support.daemon import Daemon, running
from tests.support.good_client import back_to, footprint, good_client, watched
from tests.support.load import writer
from tests.support.machine import calibrated
from tests.support.raw import RawClient, frame, message, raw_client
from tests.support.witness import check_log

LONGEST_TURN_SECONDS: Final = 0.1
"""Of the event loop, in processor time: ten times what the turns of all sockets may take together."""


@pytest.mark.alone
async def test_a_flood_of_messages_takes_its_turn_with_those_of_others(tmp_path: Path) -> None:
    async with watched(tmp_path, **PATIENT) as daemon, good_client(daemon) as good:
        before = await footprint(daemon)
        alone = await good.rounds(30)
        for what in MESSAGES.values():
            beside = await good.during(flood(daemon, what, 1))
            assert (await footprint(daemon)).longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
            beside.check(alone)
        await back_to(daemon, before)
        check_log(daemon)


@pytest.mark.alone
async def test_beside_ten_sockets_with_bombs_newcomers_get_in_and_a_signal_is_heard(tmp_path: Path) -> None:
    bomb = deflated(b'{"type":"ping"}' + b" " * 250_000)
    async with watched(tmp_path, **PATIENT) as daemon, good_client(daemon) as good:
        before = await footprint(daemon)
        alone = await good.rounds(30)

        async def bombs(seconds: float) -> None:
            async with asyncio.TaskGroup() as attackers:
                for _ in range(10):
                    attackers.create_task(flood(daemon, bomb, seconds, compressed=True))

        async def newcomers() -> None:
            attack = asyncio.create_task(bombs(3))
            while not attack.done():
                async with raw_client(daemon, "/?workspace=new") as newcomer:
                    await newcomer.send(message(type="ping"))
                    assert (await newcomer.replies(1))[0]["type"] == "pong"
            await attack

        beside = await good.during(newcomers())
        during = await footprint(daemon)
        assert during.longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
        assert during.memory - before.memory < 64_000_000
        beside.check(alone)
        await back_to(daemon, before)
        check_log(daemon)
        attack = asyncio.create_task(bombs(30))
        await good.rounds(5)
        assert await daemon.stop() == 0
        attack.cancel()
        await asyncio.gather(attack, return_exceptions=True)


# ── the journal, and what goes on in the loop ────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
@pytest.mark.parametrize(("sockets", "workspaces"), [(20, 1), (20, 20)])
async def test_who_edits_without_end_waits_for_itself(tmp_path: Path, sockets: int, workspaces: int) -> None:
    edit = message(type="add_item", item={"type": "note", "name": "n"})
    async with watched(tmp_path) as daemon, good_client(daemon) as good:
        alone = await good.rounds(30)

        async def floods() -> None:
            async with asyncio.TaskGroup() as attackers:
                for number in range(sockets):
                    attackers.create_task(flood(daemon, edit, 4, workspace=f"bad-{number % workspaces}"))

        beside = await good.during(floods())
        beside.check(alone)
        check_log(daemon)


@pytest.mark.alone
async def test_sixty_bulks_share_one_slice_of_a_turn(tmp_path: Path) -> None:
    items = [{"type": "note", "name": f"n{number}"} for number in range(4_000)]
    bulk = message(type="bulk", operation="add_multiple", items=items)
    async with watched(tmp_path) as daemon, good_client(daemon) as good:
        alone = await good.rounds(30)
        before = await footprint(daemon)  # from here on the longest turn is theirs

        async def bulks() -> None:
            async with AsyncExitStack() as stack:
                paths = [f"/?workspace=bad-{number}" for number in range(60)]
                clients = [await stack.enter_async_context(raw_client(daemon, path)) for path in paths]
                await asyncio.gather(*(client.send(bulk) for client in clients))
                await asyncio.sleep(3)  # they go on while nobody reads

        beside = await good.during(bulks())
        during = await footprint(daemon)
        assert during.longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
        assert during.memory - before.memory < 80_000_000  # all of them read at once: 109
        assert beside.ping(1) < 0.4, beside.told()  # sixty slices in one turn took twice that
        beside.check(alone)
        check_log(daemon)


# ── many changes at once ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
async def test_beside_ten_thousand_changes_that_are_one_others_edit(tmp_path: Path) -> None:
    ids = [f"i{n}" for n in range(10_000)]
    async with (
        watched(tmp_path, STREAMD_WS__MAX_MESSAGE_BYTES="2000000") as daemon,
        good_client(daemon) as good,
        daemon.client(workspace="bad") as client,
    ):
        await client.ask(
            type="bulk", operation="add_multiple", atomic=True,
            items=[{"type": "inventory", "id": one, "name": f"Item {one}", "n": 0} for one in ids],
        )  # fmt: skip
        alone = await good.rounds(30)
        shares: list[float] = []

        async def change_all() -> None:
            edits = [{"id": one, "inc": {"n": 1}} for one in ids]
            done = await client.ask(type="bulk", operation="update_multiple", items=edits, atomic=True)
            assert done["done"] == len(ids)

        for _ in range(3):
            start = asyncio.get_running_loop().time()
            beside = await good.during(change_all())
            shares.append(beside.edit(1) / (asyncio.get_running_loop().time() - start))
            beside.check(alone, at_least=0.1)
            assert (await footprint(daemon)).longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
        # Nobody waits until it is decided: only while SQLite writes it, which is a small part of all that it takes.
        assert min(shares) < 0.5, (shares, beside.told(), alone.told())
        check_log(daemon)


# ── who is gone ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
@pytest.mark.parametrize(
    "question",
    [
        {"type": "list_items", "sort": [["name", "desc"]]},
        {"type": "snapshot"},
        {"type": "export", "format": "csv"},
        {"type": "list_items", "where": [["n", ">", 5]], "total": True},
    ],
)
async def test_nothing_is_answered_to_who_is_gone(tmp_path: Path, question: dict[str, object]) -> None:
    async with (
        watched(tmp_path) as daemon,
        good_client(daemon) as good,
        daemon.client(workspace="bad") as client,
    ):
        for part in range(3):
            items = [{"type": "inventory", "name": f"Item {part}-{n}", "n": n} for n in range(1_000)]
            await client.ask(type="bulk", operation="add_multiple", items=items)
        alone = await good.rounds(20)
        before = await footprint(daemon)
        beside = await good.during(said_and_gone(daemon, message(**question) * 3_000))
        after = await back_to(daemon, before)
        assert after.cpu_seconds - before.cpu_seconds < 10  # all of the answers would take minutes
        beside.check(alone)
        assert await daemon.stop() == 0


async def test_what_was_said_before_an_end_in_good_order_is_done(tmp_path: Path) -> None:
    edits = message(type="change_item", item_id="count", inc={"n": 1}) * 2_000
    goodbyes: dict[str, Callable[[RawClient], object]] = {
        "a close frame": lambda client: client.writer.write(frame(b"\x03\xe8", 0x8)),
        "an end of the stream": lambda client: client.writer.write_eof(),
    }
    async with running(tmp_path) as daemon, daemon.client() as other:
        for turn, goodbye in enumerate(goodbyes.values()):
            await other.ask(type="add_item", id="count", item={"type": "counter", "name": "C", "n": 0})
            async with raw_client(daemon) as client:
                client.writer.write(edits)
                goodbye(client)
                await client.everything()
            await other.until(lambda heard: heard.get("data", {}).get("n") == 2_000)
            assert (await other.ask(type="get_item", item_id="count"))["item"]["n"] == 2_000, turn
            await other.ask(type="remove_item", item_id="count")


# ── a daemon that stood still ────────────────────────────────────────────────────────────────────────────────────────


async def stand_still(daemon: Daemon, seconds: float) -> None:
    """Stop the process, as a frozen machine would."""
    os.kill(daemon.pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)  # nothing can be waited for: the daemon does nothing
    os.kill(daemon.pid, signal.SIGCONT)
    await daemon.logs("daemon_stood_still")


async def test_after_it_stood_still_the_daemon_asks_its_clients_before_it_drops_any(tmp_path: Path) -> None:
    limits = {
        "STREAMD_WS__PING_INTERVAL_SECONDS": "3.5",
        "STREAMD_WS__IDLE_TIMEOUT_SECONDS": "4",
        "STREAMD_WS__OPEN_TIMEOUT_SECONDS": "600",
    }
    async with running(tmp_path, **limits) as daemon:
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(raw_client(daemon, answers_pings=True)) for _ in range(10)
            ]
            gone = await stack.enter_async_context(raw_client(daemon))
            await stand_still(daemon, 6)
            for client in clients:
                await client.send(message(type="ping"))
                assert (await client.replies(1))[0]["type"] == "pong"
                assert client.pings
            assert await gone.ending() == CloseCode.NO_HEARTBEAT  # in its time
        check_log(daemon)


# ── everybody comes back ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
@pytest.mark.soak
async def test_when_all_come_back_within_a_minute_all_catch_up_and_nobody_else_waits(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    clients, seconds, missed = soak(300, 10_000), soak(2, 60), 100
    raise_file_limit(2 * clients + 200)
    many = {"STREAMD_WS__MAX_CONNECTIONS": str(2 * clients)}
    async with watched(tmp_path, **many) as daemon, good_client(daemon) as good, writer(daemon) as load:
        await load.publish(missed)
        async with daemon.client() as reader:
            epoch = reader.greeting["epoch"]
        before = await footprint(daemon)
        alone = await good.rounds(30)
        caught_up = 0

        async def come_back(number: int, stack: AsyncExitStack) -> None:
            nonlocal caught_up
            await asyncio.sleep(number * seconds / clients)  # the rate at which they come
            since = number % missed
            path = f"/?since={since}&epoch={epoch}"
            client = await stack.enter_async_context(raw_client(daemon, path, answers_pings=True))
            events = await client.events(missed - since)
            assert [event["seq"] for event in events] == list(range(since + 1, missed + 1))
            caught_up += 1

        async def storm() -> None:
            async with AsyncExitStack() as stack, asyncio.TaskGroup() as coming:
                for number in range(clients):
                    coming.create_task(come_back(number, stack))

        beside = await good.during(storm())
        assert caught_up == clients
        assert (await footprint(daemon)).longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
        beside.check(alone, times=5, at_least=0.05)
        # Nothing of them is left, but Python's arenas of a megabyte that something small is left in.
        await back_to(daemon, before, memory_slack=16_000_000 + clients * 3_000)
        check_log(daemon)


# ── what goes out ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
@pytest.mark.parametrize(
    "questions",
    [[{"type": "snapshot"}], [{"type": "get_item", "item_id": f"long-{number}"} for number in range(40)]],
    ids=["snapshots", "items"],
)
async def test_large_answers_take_turns_and_leave_time_for_others(
    tmp_path: Path, questions: list[dict[str, object]]
) -> None:
    async with (
        watched(tmp_path) as daemon,
        good_client(daemon) as good,
        daemon.client(workspace="bad") as client,
    ):
        for number in range(40):
            text = [os.urandom(30_000).hex() for _ in range(3)]
            await client.ask(
                type="add_item", id=f"long-{number}", item={"type": "note", "name": "n", "t": text}
            )
        alone = await good.rounds(30)
        await footprint(daemon)  # from here on the longest turn is theirs

        async def floods() -> None:
            asked = b"".join(message(**question) for question in questions)
            async with asyncio.TaskGroup() as attackers:
                for _ in range(20):
                    attackers.create_task(flood(daemon, asked, 3))

        beside = await good.during(floods())
        longest = (await footprint(daemon)).longest_turn_seconds
        assert longest < LONGEST_TURN_SECONDS * calibrated()
        beside.check(alone)
        check_log(daemon)
