"""`say`, `tail` and `items` against a daemon."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.commands import command_to as command
from tests.support.daemon import PATIENCE_SECONDS, ROOT, Daemon, running

pytestmark = pytest.mark.requirement("E5")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, STREAMD_RUNS__APPROVE_REMOVALS_OVER="1") as one:
        yield one


async def test_what_is_said_is_done_shown_and_told_by_the_exit_status(daemon: Daemon) -> None:
    done = await command(daemon, "say", "Add", "2", "new", "inventory items")
    assert (done.returncode, done.stdout) == (0, "Added 2 items: Inventory item 1, Inventory item 2.\n")
    assert [line[0] for line in done.stderr.splitlines()] == ["+", "+"]
    asked = await command(daemon, "say", "How many items are there?")
    assert (asked.returncode, "2" in asked.stdout, asked.stderr) == (0, True, "")
    unknown = await command(daemon, "say", "fnord the blargh")
    assert (unknown.returncode, "did not understand" in unknown.stdout) == (3, True)
    question = await command(daemon, "say", "Remove all items")
    assert (question.returncode, question.stdout) == (4, ""), question
    assert question.stderr.startswith("Remove 2 items (all items): Inventory item 1, Inventory item 2?")
    nobody = await command(daemon, "say", "Hello", "--agent", "nobody")
    assert (nobody.returncode, nobody.stdout, "nobody" in nobody.stderr) == (1, "", True)


async def test_lines_of_a_pipe_are_a_conversation_on_one_thread(daemon: Daemon) -> None:
    talk = "Add 1 item named Bolt\n\nRename it to Nut\n"
    done = await command(daemon, "say", "--json", stdin=talk)
    responses = [json.loads(line) for line in done.stdout.splitlines()]
    ends = [response for response in responses if response["type"] == "complete"]
    assert (done.returncode, len(ends), len({response["thread_id"] for response in responses})) == (0, 2, 1)
    listed = await command(daemon, "items", "--json")
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["Nut"]


async def test_items_are_a_table_or_lines_of_json(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for number in range(3):
            item = {"type": "inventory", "name": f"Bolt {number}", "current_stock": number}
            await client.ask(type="add_item", id=f"b-{number}", item=item)
        await client.ask(type="add_item", id="note", item={"type": "note", "name": "\u202e" + "n" * 100})
    table = (
        await command(daemon, "items", "--type", "inventory", "--sort=-current_stock")
    ).stdout.splitlines()
    assert [line.split()[0] for line in table] == ["id", "b-2", "b-1", "b-0", "3"]
    found = await command(
        daemon, "items", "--where", '[["current_stock", ">=", 1]]', "--json", "--limit", "1"
    )
    assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == ["b-1"]
    note = (await command(daemon, "items", "--type", "note")).stdout
    assert ("\u202e" in note, "…" in note) == (False, True)
    for wrong in (
        ["--type", "invntory"],
        ["--where", "[1"],
        ["--sort", "nothing_like_it", "--type", "inventory"],
    ):
        refused = await command(daemon, "items", *wrong)
        assert (refused.returncode, refused.stdout, "Traceback" in refused.stderr) == (2, "", False)


async def test_tail_tells_each_event_once_across_a_restart(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await client.ask(type="add_item", id="before", item={"type": "note", "name": "b"})
        await client.ask(type="add_item", id="first", item={"type": "note", "name": "f"})
    tail = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streamd", "tail", "--json", "--since", "1", "--url", f"ws://127.0.0.1:{daemon.port}",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert tail.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert json.loads(await tail.stdout.readline())["item_id"] == "first"
            await daemon.kill()
            await daemon.start()
            async with daemon.client() as client:
                await client.ask(type="add_item", id="second", item={"type": "note", "name": "s"})
            assert json.loads(await tail.stdout.readline())["item_id"] == "second"
    finally:
        tail.kill()
        await tail.wait()
