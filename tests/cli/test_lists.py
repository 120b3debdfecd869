"""`history`, `undo`, `threads`, `runs` and `interrupts` against a daemon."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import command_to as command
from tests.support.daemon import PATIENCE_SECONDS, running

pytestmark = pytest.mark.requirement("E5")


async def test_what_a_run_did_is_listed_and_taken_back(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client(user_id="ann") as client:
            bolt = {"type": "inventory", "name": "Bolt", "current_stock": 1}
            added = await client.ask(type="add_item", id="b-1", item=bolt)
            await client.ask(
                type="change_item", item_id="b-1", set={"current_stock": 5, "name": "Bolt\n\u202e"}
            )
        assert (await command(daemon, "say", "--thread", "tidy", "Add 2 new inventory items")).returncode == 0
        lines = (await command(daemon, "history", "b-1")).stdout.splitlines()
        added_line, changed_line = lines[-2], lines[0]
        assert ("item_added" in added_line, added_line.endswith("(ann)")) == (True, True)
        assert ("current_stock: 1 → 5" in changed_line, "\u202e" in changed_line) == (True, False)
        newest = (await command(daemon, "history", "b-1", "--limit", "1", "--json")).stdout
        assert len([json.loads(line) for line in newest.splitlines()]) == 1
        threads = (await command(daemon, "threads", "--search", "inventory")).stdout.splitlines()
        assert (threads[1].split()[0], threads[-1]) == ("tidy", "1 thread")
        runs = [json.loads(one) for one in (await command(daemon, "runs", "--json")).stdout.splitlines()]
        assert [one["thread_id"] for one in runs] == ["tidy"]
        table = (await command(daemon, "runs", "--status", "failed")).stdout
        assert table == "0 runs\n"
        undone = await command(daemon, "undo", "--run", runs[0]["run_id"])
        assert (undone.returncode, undone.stdout[:21]) == (0, "2 changes taken back:"), undone
        again = await command(daemon, "undo", "--seq", str(10**6))
        assert (again.returncode, again.stdout, "Traceback" in again.stderr) == (2, "", False)
        one = await command(daemon, "undo", "--seq", str(added["seq"]))
        assert one.returncode == 2, "the item was changed since"


async def test_many_pages_are_listed_to_the_end(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await client.ask(type="add_item", id="b-1", item={"type": "inventory", "name": "Bolt"})
            for number in range(230):
                await client.ask(type="change_item", item_id="b-1", set={"current_stock": number})
        listed = (await command(daemon, "history", "b-1", "--json")).stdout.splitlines()
        assert [json.loads(line)["after"].get("current_stock") for line in listed] == [
            *range(229, -1, -1),
            None,
        ]
        assert (await command(daemon, "history", "b-1")).stdout.endswith("231 changes\n")
        nothing = await command(daemon, "history", "b-2")
        assert (nothing.returncode, "b-2" in nothing.stderr or nothing.stdout == "0 changes\n") in (
            (2, True),
            (0, True),
        )


async def test_a_question_is_listed_and_answered(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_RUNS__APPROVE_REMOVALS_OVER="1") as daemon:
        await command(daemon, "say", "Add 2 new inventory items")
        for decision, left in (("--reject", 2), ("--approve", 0)):
            assert (await command(daemon, "say", "Remove all items")).returncode == 4
            lines = (await command(daemon, "interrupts")).stdout.splitlines()
            assert (lines[1].strip()[:14], lines[2]) == ("Remove 2 items", "1 question")
            question = lines[0].split()[0]
            unknown = await command(daemon, "interrupts", decision, "nothing-like-it")
            assert (unknown.returncode, unknown.stdout) == (2, "")
            answered = await command(daemon, "interrupts", decision, question)
            assert answered.returncode == (0 if decision == "--approve" else answered.returncode), answered
            listed = await command(daemon, "items", "--json")
            assert len(listed.stdout.splitlines()) == left
        assert (await command(daemon, "interrupts", "--json")).stdout == ""


async def test_the_address_comes_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMD_URL", "ws://127.0.0.1:1")
    async with running(tmp_path) as daemon:  # it disturbs no daemon
        assert (await command(daemon, "items")).stdout == "0 items\n"
        nobody = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "streamd", "runs"],
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert (nobody.returncode, "ws://127.0.0.1:1" in nobody.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [["say", "Which items are there?"], ["items"], ["history", "b-1"], ["tail", "--since", "0"]]
)
async def test_a_hostile_name_commands_no_terminal(tmp_path: Path, words: list[str]) -> None:
    hostile = "Bolt\u202e\u2066Nut 👨\u200d👩\u200d👧"
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await client.ask(type="add_item", id="b-1", item={"type": "inventory", "name": hostile})
        address = ("--url", f"ws://127.0.0.1:{daemon.port}")
        told = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streamd", *words, *address, stdout=asyncio.subprocess.PIPE
        )
        assert told.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = b""
                while b"Nut" not in line:
                    line = await told.stdout.readline()
                    assert line, "it told nothing of the item"
        finally:
            if told.returncode is None:
                told.kill()
            await told.wait()
    text = line.decode()
    assert not set(text) & set("\u202e\u2066")
    assert "👨\u200d👩\u200d👧" in text
