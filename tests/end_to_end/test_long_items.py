"""Long items: what is bounded is bounded in bytes."""

from pathlib import Path

from tests.support.daemon import running

ITEMS = 500
TEXT = "x" * 60_000
MEGABYTE = 1024 * 1024


async def test_who_resumes_over_long_events_costs_little_memory(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as writer:
        for number in range(ITEMS):
            await writer.ask(type="add_item", item={"type": "note", "name": f"{number}", "text": TEXT})
        epoch = writer.greeting["epoch"]
        before = daemon.memory()
        for _ in range(3):
            async with daemon.client(since=0, epoch=epoch) as client:
                await client.heard(ITEMS)
                assert [event["seq"] for event in client.events] == list(range(1, ITEMS + 1))
        assert daemon.memory() - before < 32 * MEGABYTE


async def test_writers_of_long_items_cost_a_bounded_amount_of_memory(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as writer:
        before = daemon.memory()
        for number in range(ITEMS):
            await writer.send(type="add_item", item={"type": "note", "name": f"{number}", "text": TEXT})
        await writer.heard(ITEMS)
        assert daemon.memory() - before < 96 * MEGABYTE
