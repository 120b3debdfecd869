"""Files that are imported over the socket: in one message, in parts, over a connection that breaks."""

import asyncio
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from streamd.cli import import_csv
from tests.support.daemon import Client, Daemon, Message, running

pytestmark = pytest.mark.requirement("A12")

ROWS = 5_000
TEXT = "Order Number;Total;Order Date;Shelf\n" + "".join(
    f"PO-{number};{number % 900 + 1}.250;03/04/2026;{number}\n" for number in range(ROWS)
)
"""What it is only its last rows say."""
LAST = "PO-x;1,5;25/04/2026;12a\nPO-7;9;03/04/2026;1\n"
CONTENT = (TEXT + LAST).encode()


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


def parts(content: bytes, size: int = 50_000) -> Sequence[dict[str, Any]]:
    cuts = [content[start : start + size] for start in range(0, len(content), size)]
    return [
        {"type": "import", "upload": "orders", "part": number, "bytes": b64encode(cut).decode(), "more": True}
        for number, cut in enumerate(cuts, start=1)
    ]


async def imported(client: Client, content: bytes = CONTENT, **said: Any) -> Message:
    """The answer to the last part."""
    *first, last = parts(content)
    size = 0
    for message in first:
        ack = await client.ask(**message)
        size += 50_000
        assert (ack["type"], ack["upload"], ack["part"], ack["received"]) == (
            "ack",
            "orders",
            message["part"],
            size,
        )
    return await client.ask(**{**last, "more": False, **said})


async def stored(client: Client) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    after: object = 0
    while after is not None:
        page = await client.ask(type="list_items", limit=1000, after=after)
        found |= {item["id"]: item for item in page["items"]}
        after = page.get("after") if page["more"] else None
    return found


async def test_a_file_in_parts_is_judged_once_and_holds_for_every_row(daemon: Daemon) -> None:
    async with daemon.client() as client:
        tried = await imported(client, dry_run=True)
        assert await stored(client) == {}
        done = await client.ask(type="import", upload="orders")  # its parts are still there
        assert (done["added"], done["refused"]) == (ROWS + 1, 1)
        assert {**done, "dry_run": True, "request_id": tried["request_id"]} == tried
        judged = {one["field"]: one for one in done["report"]["judgement"]["columns"]}
        assert (judged["total_amount"]["decimal"], judged["order_date"]["dates"]) == ("comma", "dmy")
        assert judged["shelf"]["kind"] == "string"
        items = await stored(client)
        assert {type(item["shelf"]) for item in items.values()} == {str}
        assert {item["order_date"] for item in items.values()} == {"2026-04-03", "2026-04-25"}
        assert items["order-PO-7"]["total_amount"] == 8250
        gone = await client.ask(type="import", upload="orders")
        assert (gone["code"], "from part 1" in gone["message"]) == ("not_found", True)


async def test_what_is_said_with_the_last_part_is_believed(daemon: Daemon) -> None:
    async with daemon.client() as client:
        done = await imported(
            client,
            CONTENT[: len(TEXT)],
            decimal="point",
            dates="mdy",
            key="Shelf",
            columns={"Total": "total_amount"},
        )
        assert done["added"] == ROWS
        item = (await stored(client))["order-7"]
        assert (item["total_amount"], item["order_date"]) == (8.25, "2026-03-04")


async def test_a_connection_that_breaks_in_the_middle_leaves_nothing(daemon: Daemon) -> None:
    first, second, *_ = parts(CONTENT)
    async with daemon.client() as client:
        assert (await client.ask(**first))["type"] == "ack"
    async with daemon.client() as client:
        refused = await client.ask(**second)
        assert (refused["type"], refused["code"]) == ("error", "not_found")
        assert await stored(client) == {}
        assert (await imported(client))["added"] == ROWS + 1


async def test_what_was_sent_whole_is_imported_though_the_client_is_gone(daemon: Daemon) -> None:
    *first, last = parts(CONTENT)
    async with daemon.client() as client:
        for message in (*first, {**last, "more": False}):
            await client.send(**message)
    async with daemon.client() as client, asyncio.timeout(60):
        while (await client.ask(type="list_items", limit=1, total=True))["total"] < ROWS + 1:
            pass


async def test_a_repeated_import_of_parts_is_done_once(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as client:
        done = await imported(client, op_id="1")
    await daemon.kill()
    await daemon.start()
    async with daemon.client(user_id="ann") as client:
        top = (await client.ask(type="list_items", limit=1))["seq"]
        again = await imported(client, op_id="1")
        assert {**again, "request_id": done["request_id"]} == done
        other = await imported(client, CONTENT + b"PO-y;1;01/01/2026;1\n", op_id="1")
        assert other["code"] == "op_id_reused"
        assert (await client.ask(type="list_items", limit=1))["seq"] == top


async def test_an_import_that_a_crash_cuts_off_is_finished_by_its_repetition(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as client:
        *first, last = parts(CONTENT)
        for message in first:
            await client.ask(**message)
        await client.send(**{**last, "more": False, "op_id": "1", "request_id": "cut"})
        await client.until(lambda message: message.get("type") == "progress" and message["progress"] > 0.3)
        await daemon.kill()
    await daemon.start()
    async with daemon.client(user_id="ann") as client:
        before = len(await stored(client))
        assert 0 < before < ROWS
        done = await imported(client, op_id="1")
        assert (done["added"], done["unchanged"], done["refused"]) == (ROWS + 1, 0, 1)
        assert len(await stored(client)) == ROWS + 1


async def test_uploads_of_all_are_bounded_and_given_back(tmp_path: Path) -> None:
    async with running(
        tmp_path, STREAMD_LIMITS__UPLOAD_BYTES="1048576", STREAMD_LIMITS__UPLOAD_BYTES_PER_USER="1048576"
    ) as daemon:
        part = {"type": "import", "upload": "a", "bytes": b64encode(b"x" * 150_000).decode(), "more": True}
        async with daemon.client() as client:
            for number in range(1, 7):
                assert (await client.ask(**part, part=number))["received"] == number * 150_000
            refused = await client.ask(**part, part=7)
            assert (refused["code"], refused["limit"]) == ("too_large", 1_048_576)
            assert (await client.ask(type="ping"))["type"] == "pong"
            async with daemon.client() as other:
                for number in range(1, 4):
                    answer = await other.ask(**part, part=number)
                assert (answer["code"], answer["retryable"]) == ("busy", True)
        async with daemon.client() as client, asyncio.timeout(60):
            while (await client.ask(**part, part=1))["type"] != "ack":
                pass
            assert (await client.ask(**part, part=2))["type"] == "ack"


async def test_a_client_that_cuts_a_file_itself_goes_on_working(daemon: Daemon) -> None:
    async with daemon.client() as client:
        lines = TEXT.splitlines(keepends=True)
        for start in range(1, 3001, 1000):
            text = f"sep=;\n{lines[0]}{''.join(lines[start : start + 1000])}"
            ack = await client.ask(
                type="import", format="csv", text=text, dry_run=False, filename="orders.csv"
            )
            assert (ack["added"], ack["report"]["type"]) == (1000, "order")


async def test_the_command_imports_a_large_file_and_shows_how_it_was_read(
    daemon: Daemon, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    assert len(CONTENT) > import_csv.PART_BYTES
    file.write_bytes(CONTENT)

    async def command(*arguments: str, given: bytes | None = None) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streamd", "import", "--url", daemon.url, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(given)
        return process.returncode or 0, out.decode()

    status, tried = await command(str(file), "--dry-run")
    assert status == 1
    assert f"{ROWS + 1} added, 1 refused (dry run: nothing was changed)" in tried
    assert "read as utf-8, semicolons between cells, decimals after a comma, dates dmy" in tried
    status, done = await command("-", "--type", "order", given=CONTENT)
    assert f"-: {ROWS + 1} added, 1 refused" in done
    status, again = await command(
        str(file), "--columns", "Shelf=", "--key", "Order Number", "--delimiter", "semicolon"
    )
    assert f"{ROWS + 1} unchanged, 1 refused" in again
    assert "skipped Shelf: as you said" in again
