"""The main job, as a stranger would do it: serve, connect, import, say what should happen, pull the plug, go on."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import Streamd
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.samples import DATA
from tests.support.wscat import wscat

SMALL_FILES: Final = ("inventory.csv", "suppliers.csv", "orders.csv", "logistics.csv")

A2: Final = '{"type":"user_request","user_input":"Add 5 new inventory items","context":{},"user_id":"u1"}'


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


async def in_the_store(daemon: Daemon, workspace: str = "default") -> dict[str, dict[str, object]]:
    """All items, read page by page."""
    async with daemon.client(workspace=workspace) as reader:
        found: dict[str, dict[str, object]] = {}
        after: dict[str, object] = {}
        while True:
            page = await reader.ask(type="list_items", limit=400, **after)
            found |= {item["id"]: item for item in page["items"]}
            if not page["more"]:
                return found
            after = {"after": page["after"]}


@pytest.mark.requirement("A1", "A2", "A4")
async def test_wscat_asks_in_words_and_everybody_sees_it_happen(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    command = npm_client("wscat")
    async with (
        wscat(command, f"ws://localhost:{daemon.port}") as asking,
        wscat(command, f"{daemon.url}/api/streaming/ws/board-1") as board,
        daemon.client("/ws") as third,
    ):
        await asking.type(A2)
        last = await asking.until(lambda message: message.get("type") == "complete")
        await asking.heard(5)
        await board.heard(5)
        await third.heard(5)
        assert [response["type"] for response in asking.told] == [
            "start", "intent_analysis", "inventory_analysis", "analysis_results", "item_creation",
            *["item_added"] * 5, "complete",
        ]  # fmt: skip
        assert [event["item_id"] for event in asking.events] == last["data"]["added"]
        assert asking.events == board.events == third.events
        assert {event["user_id"] for event in asking.events} == {"u1"}
        assert board.shown[0]["connection_id"] == "board-1"
        assert not board.told


@pytest.mark.requirement("A3")
async def test_wscat_pings_and_is_told_what_was_wrong(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    async with wscat(npm_client("wscat"), daemon.url) as one:
        await one.type('{"type":"ping"}')
        assert (await one.until(lambda _: True))["type"] == "pong"
        await one.type('{"type":"dance"}')
        assert (await one.until(lambda _: True))["message"] == "Unknown message type: dance"
        await one.type("hello?")
        assert (await one.until(lambda _: True))["message"] == "Invalid JSON format"
        await one.type('{"type":"ping"}')
        assert (await one.until(lambda _: True))["type"] == "pong"


@pytest.mark.requirement("A10", "A12")
async def test_real_files_come_in_requests_change_them_and_a_killed_daemon_loses_nothing(
    daemon: Daemon, streamd: Streamd, npm_client: Callable[[str], Path], tmp_path: Path
) -> None:
    command = npm_client("wscat")
    async with wscat(command, daemon.url) as board, daemon.client() as person:
        files = [DATA / name for name in SMALL_FILES]
        told = await asyncio.to_thread(streamd, "import", *files, "--url", daemon.url)
        assert told.returncode == 0, told.stderr
        assert told.stdout.count(": 3 added\n") == 4
        await person.heard(12)
        assert set(person.items) == {
            f"{kind}-{number:04}"
            for kind in ("inventory", "supplier", "order", "shipment")
            for number in (1, 2, 3)
        }
        assert person.items["inventory-0002"]["source_id"] == "0002"
        assert person.items["inventory-0002"]["current_stock"] == 25

        again = await asyncio.to_thread(streamd, "import", *files, "--url", daemon.url)
        assert again.stdout.count(": 3 unchanged\n") == 4

        await person.request("Set the stock of Product A to 80")
        await person.request("Rename Product C to Sensor Hub")
        await person.request("Remove item Product B")
        await person.request("Create 2 suppliers and 3 inventory items")
        await person.heard(12 + 3 + 5)
        await board.heard(12 + 3 + 5)
        assert person.items["inventory-0001"]["current_stock"] == 80
        assert person.items["inventory-0003"]["name"] == "Sensor Hub"
        assert "inventory-0002" not in person.items
        assert len(person.items) == 12 - 1 + 5
        assert board.events == person.events, "importing twice changed nothing, and both saw the same"
        seen, epoch = person.seq, person.greeting["epoch"]
        async with daemon.client() as other:
            await other.ask(type="add_item", item={"type": "note", "name": "Last words"}, id="last")
        await daemon.kill()

    await daemon.start()
    assert await in_the_store(daemon) == {
        **person.items,
        "last": {"id": "last", "type": "note", "name": "Last words"},
    }
    async with (
        daemon.client(since=seen, epoch=epoch) as back,
        wscat(command, f"{daemon.url}?snapshot=1") as new,
    ):
        assert back.greeting["epoch"] == epoch
        await back.heard(seen + 1)
        assert [event["item_id"] for event in back.events] == ["last"]
        page = await new.until(lambda message: message.get("type") == "snapshot")
        assert {item["id"]: item for item in page["items"]} == await in_the_store(daemon)


@pytest.mark.requirement("A12")
async def test_what_was_exported_imports_as_the_same_items(
    daemon: Daemon, streamd: Streamd, tmp_path: Path
) -> None:
    kinds = ("inventory", "supplier", "order", "shipment")
    files = [DATA / name for name in SMALL_FILES]
    assert (await asyncio.to_thread(streamd, "import", *files, "--url", daemon.url)).returncode == 0
    out = [tmp_path / f"{kind}.csv" for kind in kinds]
    for kind, file in zip(kinds, out, strict=True):
        done = await asyncio.to_thread(streamd, "export", "--type", kind, "-o", file, "--url", daemon.url)
        assert done.returncode == 0, done.stderr
    copied = await asyncio.to_thread(streamd, "import", *out, "--workspace", "copy", "--url", daemon.url)
    assert copied.returncode == 0, copied.stdout
    assert await in_the_store(daemon, "copy") == await in_the_store(daemon)


async def test_a_file_whose_columns_other_people_named_comes_in_with_a_report(
    daemon: Daemon, streamd: Streamd
) -> None:
    file = DATA / "supply_chain_100_skus.csv"
    async with daemon.client() as board:
        dry = await asyncio.to_thread(streamd, "import", "--dry-run", file, "--url", daemon.url)
        assert "100 added (dry run" in dry.stdout
        told = await asyncio.to_thread(streamd, "import", file, "--url", daemon.url)
        assert told.returncode == 0, told.stdout
        assert "100 added" in told.stdout
        assert "stock -> current_stock" in told.stdout
        await board.heard(100)
        assert len(board.items) == 100
        assert (
            next(item for item in board.items.values() if item.get("sku") == "SKU0")["current_stock"] == 1061
        )
        again = await asyncio.to_thread(streamd, "import", file, "--url", daemon.url)
        assert "100 unchanged" in again.stdout
        analysis = await board.request("Which items are low on stock?")
        assert analysis[-1]["type"] == "complete"
        assert board.seq == 100


async def edit_at_random(client: Client, seed: int, count: int) -> None:
    """A person (or script) that makes edits of every kind, many of them in flight."""
    chance = random.Random(seed)
    for number in range(count):
        await client.send(**edit(chance, f"{seed}-{number}", client.seq), request_id=f"e{number}")
        if number % 16 == 15:
            await client.reply(f"e{number - 8}")
    await client.reply(f"e{count - 1}")


def edit(chance: random.Random, new: str, base: int) -> Message:
    item_id = f"shared-{chance.randrange(20)}"
    match chance.randrange(8):
        case 0:
            return {"type": "add_item", "id": item_id, "item": {"type": "note", "name": item_id, "count": 0}}
        case 1:
            return {"type": "remove_item", "item_id": item_id, "reason": "chance"}
        case 2:
            return {"type": "change_item", "item_id": item_id, "inc": {"count": 1}}
        case 3:
            return {"type": "change_item", "item_id": item_id, "add_to_set": {"tags": [chance.choice("abc")]}}
        case 4:
            return {
                "type": "change_item", "item_id": item_id, "set": {"text": new, "name": f"n{new}"},
                "base": base, "on_conflict": chance.choice(["overwrite", "merge", "reject"]),
            }  # fmt: skip
        case 5:
            return {"type": "change_item", "item_id": item_id, "unset": ["text"]}
        case 6:
            return {"type": "publish", "event_type": "cheer", "data": {"by": new}, "item_id": item_id}
        case _:
            return {"type": "add_item", "item": {"type": "inventory", "name": new, "current_stock": 1}}


@pytest.mark.requirement("A9")
async def test_ten_clients_end_with_the_same_state_after_a_thousand_mixed_edits(daemon: Daemon) -> None:
    async def live(name: int) -> Client:
        async with daemon.client(snapshot=1, user_id=f"u{name}") as client:
            if name < 5:
                await edit_at_random(client, name, 190)
            elif name < 8:
                for say in ("Add 9 inventory items", "Create 8 suppliers"):
                    assert (await client.request(say))[-1]["type"] == "complete"
            finished.release()
            if name == 9:
                await client.heard(40)
                client.socket.transport.abort()
            else:
                await everyone.wait()
                await client.heard(top[0])
        while client.seq < top[0] or not everyone.is_set():
            client = await back(client)
        return client

    async def back(client: Client) -> Client:
        """The same client on a new connection, from where it was; it stays for a few events."""
        async with daemon.client(since=client.seq, epoch=client.greeting["epoch"]) as again:
            again.items, again.events, again.seq = client.items, client.events, client.seq
            await again.heard(min(client.seq + 50, again.greeting["seq"]))
            again.socket.transport.abort()
        return again

    finished = asyncio.Semaphore(0)
    everyone = asyncio.Event()
    top = [0]
    async with asyncio.TaskGroup() as clients:
        tasks = [clients.create_task(live(name)) for name in range(10)]
        for _ in tasks:
            await finished.acquire()
        async with daemon.client() as last:
            top[0] = last.greeting["seq"]
        everyone.set()
    first, *others = [task.result() for task in tasks]
    assert first.items == await in_the_store(daemon)
    for other in others:
        assert other.items == first.items
    whole = next(client for client in others if len(client.events) == top[0])
    assert [event["seq"] for event in whole.events] == list(range(1, top[0] + 1))
    for client in others:
        assert client.events == whole.events[len(whole.events) - len(client.events) :]
    assert {event["user_id"] for event in whole.events} >= {f"u{name}" for name in range(8)}
