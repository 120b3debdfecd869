"""Triggers of a real daemon: declared in its configuration, fired exactly once through kill -9 at any moment."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.conftest import ROOT, Streamd
from tests.support.agent_packages import install
from tests.support.daemon import PATIENCE_SECONDS, Client, Message, running

ORDERS: Final = """
[triggers.orders]
agent = "inventory"
request = "Add 1 new inventory item"
on = {publish = "order", where = [["count", ">", 0]]}
max_per_minute = 10000
"""
PATIENT: Final = {"STREAMD_RUNS__MAX_ATTEMPTS": "100"}


def configured(directory: Path, text: str) -> Path:
    """A configuration file with the shipped item types and these triggers, where a daemon looks for it."""
    file = directory / "config.toml"
    file.write_text((ROOT / "config.toml").read_text() + text)
    return file


async def order(client: Client, number: int, count: int = 1) -> None:
    told = await client.ask(
        type="publish", event_type="order", data={"count": count}, op_id=f"order-{number}"
    )
    assert told["type"] == "ack", told


async def runs_of(client: Client, trigger: str) -> list[Message]:
    """All runs of a trigger, the last one first."""
    found: list[Message] = []
    keys: Message = {}
    while True:
        page = await client.ask(type="list_runs", trigger=trigger, limit=100, **keys)
        found += page["runs"]
        if "next" not in page:
            return found
        keys = {"before": page["next"]}


async def served(client: Client, trigger: str, count: int) -> list[Message]:
    """The runs of a trigger once so many have ended, and no other is there."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            runs = await runs_of(client, trigger)
            if len(runs) >= count and all("ended_at" in one for one in runs):
                return runs


async def test_what_came_right_before_a_kill_fires_once_at_the_next_start(tmp_path: Path) -> None:
    configured(tmp_path, ORDERS + "debounce_seconds = 3600\nbatch_max = 100\n")
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await order(client, 1)
            await order(client, 2, count=0)
            await order(client, 3)
            await daemon.kill()  # its run has not begun: it waits for what else may come
        configured(tmp_path, ORDERS + "batch_max = 100\n")
        await daemon.start()
        async with daemon.client() as client:
            (run,) = await served(client, "orders", 1)
            assert (run["status"], run["user_id"], run["agent"]) == (
                "completed",
                "trigger orders",
                "inventory",
            )
            assert (run["trigger"]["name"], run["trigger"]["seq"]) == ("orders", 3)
            (item,) = (await client.ask(type="list_items", item_type="inventory"))["items"]
            (added,) = (await client.ask(type="history", item_id=item["id"]))["changes"]
            assert (added["by"], added["run_id"]) == ("trigger orders", run["run_id"])


async def test_each_order_is_served_once_whenever_the_daemon_is_killed(tmp_path: Path) -> None:
    configured(tmp_path, ORDERS)
    chance, orders = Random(5), 40
    kills = sorted(chance.sample(range(1, orders), 4))
    async with running(tmp_path, **PATIENT) as daemon:
        for begin, end in zip([0, *kills], [*kills, orders], strict=True):
            async with daemon.client() as client:
                for number in range(begin, end):
                    await order(client, number)
                if end == orders:
                    runs = await served(client, "orders", orders)
                    items = await client.ask(type="list_items", item_type="inventory", limit=1, total=True)
                    break
                for _ in range(chance.randrange(30)):  # somewhere in the middle of a run, or between two
                    await client.ask(type="ping")
                await daemon.kill()
            await daemon.start()
    assert len(runs) == len({run["trigger"]["seq"] for run in runs}) == orders
    assert items["total"] == orders
    assert {run["status"] for run in runs} == {"completed"}


MISTAKES: Final = """
[triggers.a]
agent = "inventroy"
request = "Look"
on = {event = "field_chnaged"}

[triggers.b]
agent = "inventory"
request = "Look"
schedule = "61 7 * * *"

[triggers.c]
agent = "inventory"
request = "Look"
schedule = "0 25 * * *"
timezone = "Europe/Berlim"

[triggers.d]
agent = "inventory"
request = "Look"

[triggers.d.on]
event = "field_changed"
item_types = ["inventory"]
where = [["curent_stock", "<", 5]]

[triggers.e]
agent = "inventory"
request = "Look"
rights = ["read", "edti"]
on = {event = "item_added", where = [["name", "=<", "b"]]}

[triggers.f]
agent = "inventory"

[triggers.g]
agent = "inventory"
request = ""
on = {event = "item_added", item_types = ["inventry"]}
"""
TOLD: Final = {
    "triggers.a.agent": "did you mean inventory?",
    "triggers.a.on.event": "did you mean field_changed?",
    "triggers.b.schedule": "bad minute",
    "triggers.c.timezone": "no time zone",
    "triggers.c.schedule": "bad hour",
    "triggers.d.on.where": "did you mean current_stock?",
    "triggers.e.rights": "there is no right edti",
    "triggers.e.on.where[0][1]": "must be one of",
    "triggers.f": "must say request too",
    "triggers.g.request": "must not be empty",
    "triggers.g.on.item_types": "did you mean inventory?",
}


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_mistakes_are_told_with_their_lines_and_all_at_once(
    streamd: Streamd, tmp_path: Path, command: str
) -> None:
    text = MISTAKES if command == "check-config" else MISTAKES.partition("[triggers.f]")[0]
    file = configured(tmp_path, text)
    lines = file.read_text().splitlines()

    ended = streamd(command, "--config", file, "--db", tmp_path / "a.db")

    assert ended.returncode == 2
    for where, what in TOLD.items():
        if command == "serve" and where[9] in "fg":
            continue
        found = next((line for line in ended.stderr.splitlines() if f"{where} (line " in line), "")
        assert what in found, ended.stderr
        number = int(found.partition("(line ")[2].partition(")")[0])
        name = where.split(".")[2].partition("[")[0] if where.count(".") > 1 else "[triggers"
        assert lines[number - 1].startswith((name, "[triggers.d.on", "event", "where")), (
            where,
            lines[number - 1],
        )


WRITER: Final = """
from pathlib import Path

from streamd import Agent, Trigger


async def steps(run):
    with Path("served.txt").open("a") as file:
        for event in run.request.context["trigger"]["events"]:
            file.write(f"{event['data']['number']}\\n")


ON = {"publish": "order"}
AGENT = Agent("writer", steps, triggers=(Trigger("one", "Go", on=ON, max_per_minute=100_000),))
"""


@pytest.mark.soak
async def test_each_event_of_a_burst_is_served_once_in_order_while_others_are_served(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    count, written = soak(200, 10_000), tmp_path / "served.txt"
    site = install(tmp_path / "site", {"writer": WRITER}, writer="writer:AGENT")
    async with (
        running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client, daemon.client() as other,
    ):  # fmt: skip
        for number in range(count):
            await client.send(type="publish", event_type="order", data={"number": number}, request_id=number)
        await client.reply(count - 1)
        for ended in range(100, count + 1, 100):
            await daemon.logs("run_finished", count=ended)
            await other.ask(type="ping")
        served = written.read_text().splitlines()
        assert served == [str(number) for number in range(count)]
        assert len(await runs_of(other, "one")) == count
        assert daemon.memory() < 200 * 1024 * 1024


SLOW: Final = ORDERS.replace("max_per_minute = 10000", "max_per_minute = 1")


async def test_a_trigger_that_waits_for_its_next_minute_says_so_where_it_is_described(tmp_path: Path) -> None:
    configured(tmp_path, SLOW)
    async with running(tmp_path) as daemon, daemon.client() as client:
        told = await client.ask(type="describe", what="triggers")
        assert "slowed_until" not in told["triggers"]["orders"]
        for number in range(2):
            await order(client, number)
        await daemon.logs("trigger_slowed")
        told = await client.ask(type="describe", what="triggers")
        assert list(told["triggers"]["orders"]["slowed_until"]) == ["default"]


async def test_triggers_are_described_without_what_they_ask(tmp_path: Path) -> None:
    configured(tmp_path, ORDERS + 'context = {key = "secret"}\n')
    async with running(tmp_path) as daemon, daemon.client() as client:
        told = await client.ask(type="describe", what="triggers")
        (orders,) = told["triggers"].values()
        assert orders["on"] == {"publish": "order", "where": [["count", ">", 0]]}
        assert "secret" not in str(told)
        assert "Add 1" not in str(told)
