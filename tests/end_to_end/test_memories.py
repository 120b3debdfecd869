"""What agents remember, over the wire: preferences, searching, listing, exporting, clearing; each workspace its own."""

import asyncio
import sqlite3
from argparse import Namespace
from pathlib import Path

import pytest

from streamd.cli import forget_user, main
from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import follow


async def memory(client: Client, action: str, **keys: object) -> Message:
    answer = await client.ask(type="memory", action=action, **keys)
    assert answer["type"] == "memory", answer
    assert answer["action"] == action
    if action != "clear":
        assert answer["count"] == len(answer["memories"])
    return answer


async def texts(client: Client, action: str = "list", **keys: object) -> list[str]:
    return [str(one["text"]) for one in (await memory(client, action, **keys))["memories"]]


async def test_a_preference_is_ones_own_replaced_by_the_next_and_taken_away_by_nothing(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        for value in ("imperial", {"length": "m"}, "metric"):
            (kept,) = (await memory(ann, "set_preference", key="units", value=value))["memories"]
            assert (kept["kind"], kept["user_id"], kept["agent"]) == ("preference", "ann", "")
            assert kept["data"] == {"key": "units", "value": value}
        await memory(bob, "set_preference", key="units", value="yards")
        await memory(bob, "set_preference", key="colour", value="red", user_id="ann")
        found = await memory(ann, "list", user_id="ann", kinds=["preference"])
        assert {one["data"]["key"]: one["data"]["value"] for one in found["memories"]} == {
            "units": "metric", "colour": "red",
        }  # fmt: skip
        assert await texts(ann, user_id="bob") == ["units: yards"]
        assert (await memory(ann, "set_preference", key="units"))["memories"] == []
        assert await texts(ann, user_id="ann") == ["colour: red"]
        await daemon.kill()
        await daemon.start()
        async with daemon.client() as late:
            assert await texts(late, user_id="ann") == ["colour: red"]


async def test_what_was_asked_is_remembered_found_by_words_and_by_agent_and_user(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **installed(tmp_path / "site")) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
        daemon.client(user_id="ann", workspace="elsewhere") as stranger,
    ):
        await follow(ann, "1", type="user_request", user_input="describe the copper kettle", agent="writes")
        await follow(bob, "2", type="user_request", user_input="describe the oak table", agent="writes")
        await follow(bob, "3", type="user_request", user_input="Add 1 note")
        (best, *_) = (await memory(ann, "search", query="copper kettle"))["memories"]
        assert "copper kettle" in best["text"]
        assert (best["kind"], best["agent"], best["user_id"]) == ("interaction", "writes", "ann")
        assert best["data"]["run_id"]
        assert not [
            text
            for text in await texts(ann, "search", query="copper kettle", agent="writes")
            if "note" in text
        ]
        assert [text.split("\n")[0] for text in await texts(ann, user_id="bob")] == [
            "Add 1 note", "describe the oak table",
        ]  # fmt: skip
        assert len(await texts(ann, limit=2)) == 2
        assert len(await texts(ann, agent="writes")) == 2
        assert await texts(ann, "export") == await texts(ann, limit=1000)
        assert len(await texts(ann, "export")) == 3
        assert await texts(ann, kinds=["insight"]) == []
        for action, keys in (("search", {"query": "copper"}), ("list", {}), ("export", {})):
            assert await texts(stranger, action, **keys) == []


async def test_clearing_forgets_what_is_named_and_nothing_else(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **installed(tmp_path / "site")) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
        daemon.client(workspace="elsewhere") as stranger,
    ):
        for client in (ann, bob, stranger):
            await follow(client, "w", type="user_request", user_input="write", agent="writes")
            await follow(client, "n", type="user_request", user_input="Add 1 note")
            await memory(client, "set_preference", key="units", value="metric")
        assert len(await texts(ann)) == 6
        cleared = await memory(ann, "clear", kinds=["preference"], user_id="bob")
        assert (cleared["count"], cleared["memories"]) == (1, [])
        assert len(await texts(ann, kinds=["preference"])) == 1
        assert (await memory(ann, "clear", agent="writes", kinds=["interaction"]))["count"] == 2
        assert {text.split("\n")[0] for text in await texts(ann)} == {"Add 1 note", "units: metric"}
        assert (await memory(ann, "clear"))["count"] == 3
        assert await texts(ann) == []
        assert len(await texts(stranger)) == 3
        assert await texts(ann, "search", query="write") == []


async def test_a_preference_that_was_stated_once_is_remembered_for_later_requests(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(user_id="ann") as ann:
        told = await ann.request("I prefer suppliers from Europe")
        assert told[-1]["type"] == "complete"
        found = (await memory(ann, "list", kinds=["preference"]))["memories"]
        assert [one["user_id"] for one in found] == ["ann"]
        assert "Europe" in found[0]["text"] or "Europe" in str(found[0]["data"])


async def test_what_is_not_said_right_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        for wrong in (
            {"action": "search"},
            {"action": "dream"},
            {"action": "set_preference"},
            {"action": "list", "kinds": ["dream"]},
            {"action": "list", "limit": 0},
            {"action": "set_preference", "key": "k", "value": "x" * 70_000},
        ):
            refused = await client.ask(type="memory", **wrong)
            assert refused["code"] in ("invalid_message", "too_large"), wrong


async def test_a_refusal_is_not_remembered(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(user_id="ann") as ann:
        await ann.ask(
            type="add_item", item={"type": "inventory", "name": "Copper kettle", "current_stock": 3}
        )
        for words in ("Remove the frobnicated kettles that blarg", "Set the colour of all kettles to"):
            run = await follow(ann, words, type="user_request", user_input=words)
            assert run.last["data"]["refusal"]
        assert await texts(ann) == []


async def test_nothing_in_the_file_holds_the_words_of_a_user_who_was_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        running(tmp_path, **installed(tmp_path / "site")) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        for client, words in ((ann, "zebrafish"), (bob, "oaktable")):
            await follow(
                client, "1", type="user_request", user_input=words, agent="writes", thread_id=f"of-{words}"
            )
            await memory(client, "set_preference", key="note", value=words)
            await client.ask(type="publish", event_type="shout", data={"said": words})
        address = Namespace(user="ann", url=daemon.url, workspace=None, token=None)
        assert await asyncio.to_thread(forget_user.run, address) == 0
        report = capsys.readouterr().out.splitlines()
        assert [line.strip() for line in report[1:]] == [
            "threads: 1", "runs: 1", "memories: 2", "op_results: 0", "events: 1 without their author",
        ]  # fmt: skip
        assert [row["title"] for row in (await bob.ask(type="list_threads"))["threads"]] == ["oaktable"]
        assert len(await texts(bob)) == 2
        connection = sqlite3.connect(tmp_path / "streamd.db")
        try:
            dump = [line for line in connection.iterdump() if "memory_words" not in line]
        finally:
            connection.close()
        assert [line for line in dump if "oaktable" in line]
        assert [line for line in dump if "zebrafish" in line] == []


async def test_a_user_is_forgotten_everywhere_by_one_command_with_and_without_the_daemon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = installed(tmp_path / "site")

    async def said(daemon: Daemon, words: str) -> None:
        for workspace in ("default", "yard"):
            async with daemon.client(user_id="ann", workspace=workspace) as ann:
                await follow(
                    ann, words, type="user_request", user_input=words, agent="writes", thread_id=words
                )
                await memory(ann, "set_preference", key="note", value=words)

    def forgotten(url: str) -> list[str]:
        main(["forget", "--user", "ann", "--db", str(tmp_path / "streamd.db"), "--url", url])
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    went = ["threads: 2", "runs: 2", "memories: 4", "op_results: 0", "events: 0 without their author"]
    async with running(tmp_path, **site) as daemon:
        await said(daemon, "zebrafish")
        assert await asyncio.to_thread(forgotten, daemon.url) == [
            "forgotten in 2 workspaces, of ann:",
            *went,
        ]
        await said(daemon, "oaktable")
        url = daemon.url
    assert await asyncio.to_thread(forgotten, url) == ["forgotten in 2 workspaces, of ann:", *went]
    connection = sqlite3.connect(tmp_path / "streamd.db")
    try:
        dump = "".join(line for line in connection.iterdump() if "memory_words" not in line)
    finally:
        connection.close()
    assert "zebrafish" not in dump
    assert "oaktable" not in dump
