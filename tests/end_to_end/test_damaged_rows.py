"""A row that cannot be read is named in the log and to whoever asks for it, and concerns nobody else."""

# ruff: noqa: SIM117 - first the file is damaged, then somebody uses it

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.support.daemon import Daemon, Message, running

ITEM: Final = {"type": "inventory", "name": "Wire", "current_stock": 1}
DAMAGE: Final = {
    "no JSON": "'{'",
    "a list": "'[1]'",
    "two objects": """'{"id":"good-0"},{"id":"good-1"}'""",
    "rows of its own": """'{"id":"a"}],[3,4,null,{"id":"b"}'""",
    "no id": """'{"name":"Wire"}'""",
    "an id that is no text": """'{"id":7,"type":"inventory"}'""",
    "another id": """'{"id":"good-0","type":"inventory","name":"Wire"}'""",
    "no type": """'{"id":"bad","name":"Wire"}'""",
    "not UTF-8": """CAST(x'7b226964223a22ff227d' AS TEXT)""",
    "nothing": "''",
}


@asynccontextmanager
async def damaged(daemon: Daemon, *statements: str) -> AsyncIterator[None]:
    """Change the stopped daemon's file by hand, and start again."""
    await daemon.stop()
    with closing(sqlite3.connect(daemon.directory / "streamd.db", isolation_level=None)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount > 0, statement
    daemon.log.clear()
    await daemon.start()
    yield
    assert (await daemon.stop()) == 0  # nothing had ended it
    assert not [line for line in daemon.log if "task_failed" in line or "Traceback" in line], daemon.log


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one, one.client() as client:
        for item_id in ("good-0", "bad", "good-1"):
            await client.ask(type="add_item", id=item_id, item=ITEM)
        yield one


@pytest.mark.parametrize("body", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_item_is_left_out_counted_named_and_can_be_removed(daemon: Daemon, body: str) -> None:
    async with damaged(daemon, f"UPDATE items SET body = {body} WHERE id = 'bad'"):
        async with daemon.client(snapshot=1) as client:
            page = await client.until(lambda message: message.get("type") == "snapshot")
            assert {item["id"] for item in page["items"]} == {"good-0", "good-1"}
            assert page["unreadable"] == 1
            for limit in (1, 2, 100):
                listed = await client.ask(type="list_items", limit=limit)
                assert [item["id"] for item in listed["items"]] == ["good-0", "good-1"][:limit]
                assert listed["unreadable"] == 1
                assert listed["more"] is (limit == 1)
            exported = await client.ask(type="export", format="csv")
            assert (exported["count"], exported["unreadable"]) == (3, 1)
            for message in (
                {"type": "get_item", "item_id": "bad"},
                {"type": "change_item", "item_id": "bad", "set": {"name": "Other"}},
                {"type": "add_item", "id": "bad", "item": ITEM},
            ):
                refused = await client.ask(**message)
                assert (refused["code"], refused["item_id"]) == ("damaged", "bad")
            changed = await client.ask(type="change_item", item_id="good-0", set={"name": "Other"})
            assert changed["type"] == "ack"
            assert (await client.ask(type="remove_item", item_id="bad"))["type"] == "ack"
            assert "unreadable" not in await client.ask(type="list_items")
            assert (await client.ask(type="add_item", id="bad", item=ITEM))["type"] == "ack"
            assert (await client.request("Remove all inventory items"))[-1]["type"] == "complete"
        named = [line for line in daemon.log if "row_damaged" in line]
        assert len(named) == 1
        assert "bad" in named[0]


@pytest.mark.parametrize("versions", ["'['", "'[]'", """'{"name":"x"}'""", "'7'"])
async def test_an_item_without_its_versions_is_there_and_conflicts_once_too_often(
    daemon: Daemon, versions: str
) -> None:
    async with daemon.client() as client:
        await client.ask(type="change_item", item_id="bad", set={"name": "Other"})
    async with damaged(daemon, f"UPDATE items SET versions = {versions} WHERE id = 'bad'"):
        async with daemon.client(snapshot=1) as client:
            page = await client.until(lambda message: message.get("type") == "snapshot")
            assert len(page["items"]) == 3
            assert (await client.ask(type="get_item", item_id="bad"))["versions"]["current_stock"] == 4
            change: Message = {"type": "change_item", "item_id": "bad", "set": {"current_stock": 7}}
            refused = await client.ask(**change, base=3, on_conflict="reject")
            assert refused["code"] == "conflict"
            assert (await client.ask(**change, base=4, on_conflict="reject"))["type"] == "ack"


@pytest.mark.parametrize("body", ["'{'", "'[1]'", "CAST(x'7b2261223a22ff227d' AS TEXT)"])
@pytest.mark.parametrize("since", [0, 1, 2])
async def test_who_catches_up_past_a_damaged_entry_gets_a_snapshot(
    daemon: Daemon, body: str, since: int
) -> None:
    async with daemon.client() as client:
        epoch = client.greeting["epoch"]
    async with damaged(daemon, f"UPDATE entries SET body = {body} WHERE seq = 2"):
        async with daemon.client(since=since, epoch=epoch) as client:
            await client.ask(type="add_item", id="new", item=ITEM)
            await client.heard(4)
            assert set(client.items) >= {"new", "good-1"}
            if since < 2:
                assert set(client.items) == {"good-0", "bad", "good-1", "new"}
            assert (await client.ask(type="undo", seq=3))["type"] == "ack"
            assert (await client.ask(type="undo", seq=2))["code"] == "damaged"


@pytest.mark.parametrize(
    ("body", "is_of"),
    [
        ("'{'", {"bad", "good-0"}),  # of which item nobody can tell
        ("'[1]'", {"bad", "good-0"}),
        ("CAST(x'ff' || body AS TEXT)", {"bad"}),
        ("substr(body, 1, length(body) - 1)", {"bad"}),
        ("CAST(replace(body, 'Other', CAST(x'ff' AS TEXT)) AS TEXT)", {"bad"}),
        ("""'{"item_id":"bad"}'""", {"bad"}),
        ("""'{"item_id":"bad","data":7,"timestamp":"","user_id":"","agent_id":""}'""", {"bad"}),
    ],
)
async def test_a_history_tells_which_changes_cannot_be_read(
    daemon: Daemon, body: str, is_of: set[str]
) -> None:
    async with daemon.client() as client:
        for name in ("Other", "Third"):
            await client.ask(type="change_item", item_id="bad", set={"name": name})
    async with damaged(daemon, f"UPDATE entries SET body = {body} WHERE seq = 4"):
        async with daemon.client() as client:
            for item_id, seqs in (("bad", [5, 2]), ("good-0", [1])):
                told = await client.ask(type="history", item_id=item_id)
                assert [change["seq"] for change in told["changes"]] == seqs
                assert told.get("damaged", []) == ([4] if item_id in is_of else [])
            first = await client.ask(type="history", item_id="bad", limit=2)
            assert ([one["seq"] for one in first["changes"]], first["damaged"], first["before"]) == (
                [5],
                [4],
                4,
            )
            rest = await client.ask(type="history", item_id="bad", before=4)
            assert ([one["seq"] for one in rest["changes"]], "damaged" in rest) == ([2], False)
            only = await client.ask(type="history", item_id="bad", before=5, limit=1)
            assert (only["changes"], only["damaged"], only["more"]) == ([], [4], True)
            assert (await client.ask(type="history", item_id="never"))["code"] == "not_found"
            refused = await client.ask(type="undo", seq=4)
            assert (refused["code"], refused["seq"]) == ("damaged", 4)
            assert "edit its item by hand" in refused["message"]


@pytest.mark.parametrize("before", ["'{'", "'[]'", "x'ff'", "'{}'"])
async def test_a_history_tells_which_changes_have_lost_what_was_before(daemon: Daemon, before: str) -> None:
    async with daemon.client() as client:
        await client.ask(type="remove_item", item_id="bad")
    async with damaged(daemon, f"UPDATE entries SET before = CAST({before} AS TEXT) WHERE seq = 4"):
        async with daemon.client() as client:
            told = await client.ask(type="history", item_id="bad")
            assert ([change["seq"] for change in told["changes"]], told["damaged"]) == ([2], [4])
            assert (await client.ask(type="undo", seq=4))["code"] == "damaged"


async def test_the_removal_of_a_damaged_item_cannot_be_undone_and_says_why(daemon: Daemon) -> None:
    async with damaged(daemon, "UPDATE items SET body = '{' WHERE id = 'bad'"):
        async with daemon.client() as client:
            removed = await client.ask(type="remove_item", item_id="bad")
            refused = await client.ask(type="undo", seq=removed["seq"])
            assert (refused["code"], refused["item_id"], refused["seq"]) == ("damaged", "bad", removed["seq"])
            assert refused["message"].startswith(
                "item bad cannot be restored: its row in the store was damaged"
            )
            assert "add it again" in refused["message"]
            told = await client.ask(type="history", item_id="bad")
            assert told["changes"][0]["before"] is None
            assert (await client.ask(type="add_item", id="bad", item=ITEM))["type"] == "ack"


async def test_a_list_of_the_past_counts_the_items_that_cannot_be_read(daemon: Daemon) -> None:
    async with damaged(daemon, "UPDATE items SET body = '{' WHERE id = 'bad'"):
        async with daemon.client() as client:
            listed = await client.ask(type="list_items", at=3)
            assert ([item["id"] for item in listed["items"]], listed["unreadable"]) == (
                ["good-0", "good-1"],
                1,
            )


async def test_damaged_records_of_runs_and_threads_stop_no_others(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await client.ask(type="user_request", user_input="Three days in Lisbon", agent="trip_planner",
                         thread_id="lisbon", options={"use_hitl": True})  # fmt: skip
        await client.until(lambda message: message.get("type") == "interrupt")
        await client.send(type="user_request", user_input="Three days in Rome", agent="trip_planner",
                          thread_id="rome", options={"use_hitl": True})  # fmt: skip
        asked = await client.until(
            lambda message: message.get("type") == "interrupt" and message["thread_id"] == "rome"
        )
        await client.request("I prefer suppliers from Europe")
        await client.request("I prefer suppliers from Asia")
        run_id = (await client.request("Show all items"))[-1]["run_id"]
    rome = "WHERE thread_id = 'rome'"
    async with (
        damaged(
            daemon,
            f"UPDATE interrupts SET body = '[' {rome}",
            f"UPDATE checkpoints SET body = x'ff' {rome}".replace("x'ff'", "CAST(x'ff' AS TEXT)"),
            f"UPDATE runs SET request = '{{', usage = '[' {rome}",
            "UPDATE memories SET data = '{' WHERE serial = (SELECT min(serial) FROM memories)",
            f"UPDATE entries SET body = '{{' WHERE seq = 2 AND stream_id = "
            f"(SELECT id FROM streams WHERE name = 'ws/default/run/{run_id}')",
            "UPDATE entries SET body = CAST(x'ff' AS TEXT) WHERE stream_id = "
            "(SELECT id FROM streams WHERE name = 'ws/default/progress')",
        ),
        daemon.client() as client,
    ):
        open_now = await client.ask(type="list_interrupts")
        assert [one["thread_id"] for one in open_now["interrupts"]] == ["lisbon"]
        answer = {"type": "respond", "decision": "approve"}
        refused = await client.ask(**answer, interrupt_id=asked["interrupt"]["interrupt_id"])
        assert refused["code"] == "damaged"
        assert (await client.ask(type="thread", thread_id="rome", action="state"))["code"] == "damaged"
        assert (await client.ask(type="memory", action="list"))["memories"]
        await client.send(type="attach", run_id=run_id)
        last = await client.until(lambda message: message.get("type") in ("complete", "error"))
        assert last["type"] == "complete"
        await client.ask(type="get_progress")
        await client.send(**answer, interrupt_id=open_now["interrupts"][0]["interrupt_id"])
        told = await client.until(lambda message: message.get("type") in ("complete", "interrupt", "error"))
        assert told["thread_id"] == "lisbon"
        assert told["type"] != "error"


@pytest.mark.parametrize("result", ["'{'", "'7'", """'{"asked":"x"}'""", "CAST(x'7bff' AS TEXT)"])
async def test_an_op_id_whose_result_cannot_be_read_is_refused_and_changes_nothing(
    daemon: Daemon, result: str
) -> None:
    change: Message = {"type": "change_item", "item_id": "bad", "inc": {"current_stock": 1}, "op_id": "1"}
    async with daemon.client() as client:
        await client.ask(**change)
    async with damaged(daemon, f"UPDATE results SET result = {result} WHERE op_id = '1'"):
        async with daemon.client() as client, daemon.client() as another:
            refused, other = await asyncio.gather(
                client.ask(**change), another.ask(**{**change, "item_id": "good-0", "op_id": "2"})
            )
            assert refused["code"] in ("damaged", "op_id_reused")
            assert other["type"] == "ack"
            assert (await client.ask(type="get_item", item_id="bad"))["item"]["current_stock"] == 2


async def test_a_run_that_cannot_be_read_is_abandoned_and_the_others_are_resumed(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for _ in range(2):
            await client.request("Show all items")
    async with damaged(
        daemon,
        "UPDATE runs SET status = 'running', ended_ms = NULL, owner = 'gone'",
        "UPDATE runs SET request = CAST(x'ff' AS TEXT) WHERE serial = 1",
    ):
        await daemon.logs("run_abandoned")
        await daemon.logs("run_recovered")
        async with daemon.client() as client:
            assert (await client.request("Show all items"))[-1]["type"] == "complete"


async def test_demand_that_is_no_number_is_left_out(daemon: Daemon) -> None:
    rows = "item,date,quantity\n" + "".join(f"good-0,2026-01-{day:02},5\n" for day in range(1, 29))
    async with daemon.client() as client:
        await client.ask(type="import", text=rows, item_type="demand")
    async with damaged(daemon, "UPDATE demand SET quantity = 'many' WHERE date = '2026-01-03'"):
        async with daemon.client() as client:
            assert (await client.request("Forecast the demand of Wire"))[-1]["type"] == "complete"
            assert (await client.ask(type="import", text=rows, item_type="demand"))["type"] == "ack"


@pytest.mark.parametrize("change", [lambda text: text, lambda text: text[:-1]])
async def test_nothing_that_is_not_utf8_leaves_the_daemon(
    daemon: Daemon, change: Callable[[bytes], bytes]
) -> None:
    body = change(orjson.dumps({"id": "bad", "type": "inventory", "name": "??"}).replace(b"??", b"\xc3\x28"))
    async with damaged(daemon, f"UPDATE items SET body = CAST(x'{body.hex()}' AS TEXT) WHERE id = 'bad'"):
        async with daemon.client(snapshot=1) as client:
            page = await client.until(lambda message: message.get("type") == "snapshot")
            assert page["unreadable"] == 1


async def test_an_id_that_is_not_utf8_harms_nobody(daemon: Daemon) -> None:
    async with damaged(
        daemon,
        "UPDATE items SET id = CAST(x'ff' AS TEXT), body = CAST(x'7b226964223a22ff227d' AS TEXT) WHERE id = 'bad'",
    ):
        async with daemon.client(snapshot=1) as client:
            page = await client.until(lambda message: message.get("type") == "snapshot")
            assert len(page["items"]) == 2
            assert (await client.ask(type="get_item", item_id="bad"))["code"] == "not_found"
