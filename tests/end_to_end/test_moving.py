"""Moving to another workspace on the same connection: nothing of the old one follows."""

from pathlib import Path

from tests.support.daemon import running

ITEMS = 2_000


async def test_a_bulk_that_goes_on_stays_in_the_workspace_it_was_asked_for_in(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(workspace="left") as client:
        items = [{"type": "note", "name": f"note {number}"} for number in range(ITEMS)]
        await client.send(type="bulk", operation="add_multiple", items=items, request_id="bulk")
        await client.send(type="hello", workspace="entered", request_id="hello")
        assert (await client.reply("bulk"))["done"] == ITEMS
        assert (await client.reply("hello"))["seq"] == 0
        async with daemon.client(workspace="left", snapshot=1) as left:
            await left.heard(ITEMS)
            assert len(left.items) == ITEMS


async def test_an_import_that_goes_on_stays_in_the_workspace_it_was_asked_for_in(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(workspace="left") as client:
        text = "name,text\n" + "".join(f"note {number},words\n" for number in range(ITEMS))
        await client.send(type="import", item_type="note", text=text, request_id="import")
        await client.send(type="hello", workspace="entered", request_id="hello")
        assert (await client.reply("import"))["added"] == ITEMS
        assert (await client.reply("hello"))["seq"] == 0


async def test_who_hears_all_runs_hears_those_of_the_workspace_entered(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(workspace="left") as client:
        await client.ask(type="subscribe", topics=["runs"])
        await client.ask(type="hello", workspace="entered")
        async with daemon.client(workspace="entered") as other:
            run_id = (await other.request("Add 2 notes"))[0]["run_id"]
        last = await client.until(lambda message: message.get("type") == "complete")
        assert last["run_id"] == run_id


async def test_a_ping_is_answered_while_much_is_going_on(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        items = [{"type": "note", "name": f"note {number}"} for number in range(ITEMS)]
        for number in range(9):
            await client.send(type="bulk", operation="add_multiple", items=items, request_id=f"bulk {number}")
        await client.send(type="ping", request_id="ping")
        await client.reply("ping")
        answered = {message.get("request_id") for message in client.responses if message["type"] == "ack"}
        assert len(answered) < 9
        for number in range(9):
            if f"bulk {number}" not in answered:
                await client.until(lambda message: message.get("type") == "ack")


async def test_a_page_of_long_items_is_short_enough_for_anybody(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        for number in range(40):
            await client.ask(
                type="add_item", item={"type": "note", "name": f"{number}", "text": "x" * 12_000}
            )
        names: list[str] = []
        page = await client.ask(type="list_items", limit=1000)
        while True:
            assert sum(len(item["text"]) for item in page["items"]) <= 262_144
            names += [item["name"] for item in page["items"]]
            if not page["more"]:
                break
            page = await client.ask(type="list_items", limit=1000, after=page["after"])
        assert names == [str(number) for number in range(40)]
