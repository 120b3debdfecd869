"""Who comes back gets what they missed, or is told why not; also when everybody comes back at once."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.daemon import Client, Daemon, Message, running

pytestmark = pytest.mark.requirement("A10")

WORKSPACES = 100


async def publish(daemon: Daemon, workspace: str, count: int = 1) -> None:
    async with daemon.client(workspace=workspace) as client:
        for _ in range(count - 1):
            await client.send(type="publish", event_type="told", data={})
        await client.ask(type="publish", event_type="told", data={})


async def test_whoever_resumes_while_streams_come_and_go_hears_what_comes_next(tmp_path: Path) -> None:
    names = [f"w{number}" for number in range(WORKSPACES)]
    async with running(tmp_path) as daemon, AsyncExitStack() as stack:
        for name in names:
            await publish(daemon, name)
        await daemon.stop()
        await daemon.start()
        async with daemon.client() as client:
            epoch = client.greeting["epoch"]

        async def resume(name: str) -> Client:
            return await stack.enter_async_context(daemon.client(workspace=name, since=0, epoch=epoch))

        clients = await asyncio.gather(*map(resume, names))
        for name in names:
            await publish(daemon, name)
        for client in clients:
            await client.heard(2)
            assert [event["seq"] for event in client.events] == [1, 2]


async def test_a_snapshot_in_the_midst_of_edits_is_never_older_than_what_was_heard_before_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client, daemon.client() as writer:
        item = {"id": "a", "type": "note", "name": "Memo", "n": 0}
        await writer.ask(type="add_item", item=item)
        for number in range(30):
            for _ in range(40):
                await writer.send(type="change_item", item_id="a", inc={"n": 1})
            await client.send(type="snapshot", request_id=f"s{number}")
            heard = client.seq
            page: Message = await client.next()
            while page.get("type") != "snapshot":
                heard = page.get("seq", heard)
                page = await client.next()
            assert page["seq"] == heard
        last = await writer.ask(type="publish", event_type="told", data={})
        await client.heard(last["seq"])
        seqs = [event["seq"] for event in client.events]
        assert seqs == list(range(1, last["seq"] + 1))
        assert client.items["a"]["n"] == 30 * 40


async def test_beyond_retention_there_is_a_snapshot_that_says_why(tmp_path: Path) -> None:
    kept = {"STREAMD_JOURNAL__RETAIN_ENTRIES": "50", "STREAMD_JOURNAL__TRIM_SECONDS": "0.05"}
    async with running(tmp_path, **kept) as daemon:
        await publish(daemon, "default", 60)
        await daemon.logs("journal_trimmed")
        async with daemon.client() as client:
            epoch, top = client.greeting["epoch"], client.greeting["seq"]
        for since, reason in ((0, "trimmed"), (top - 51, "trimmed"), (top - 50, None), (top + 1, "future")):
            async with daemon.client(since=since, epoch=epoch) as client:
                first = await client.next()
                assert (first.get("reason"), first.get("seq")) == (
                    reason,
                    since + 1 if reason is None else top,
                )
