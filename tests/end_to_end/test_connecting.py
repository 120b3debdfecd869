"""What a connection hears: its workspace alone, what it subscribed to, and where it can go on."""

from pathlib import Path

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, running


async def add(client: Client, item_id: str, item_type: str = "inventory", **keys: object) -> int:
    """Add an item; its position."""
    acked = await client.ask(type="add_item", id=item_id, item={"type": item_type, "name": item_id}, **keys)
    assert acked["type"] == "ack", acked
    return int(acked["seq"])


async def hears_until(client: Client, seq: int) -> list[tuple[str, str | None]]:
    """What it hears up to a position, as (event, item)."""
    await client.heard(seq)
    return [(event["event_type"], event.get("item_id")) for event in client.events]


async def test_workspaces_share_nothing(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **installed(tmp_path)) as daemon,
        daemon.client(workspace="red") as red,
        daemon.client(workspace="blue") as blue,
    ):
        assert await add(red, "same-id", op_id="op-1") == 1
        # neither the id nor the op_id is taken
        assert await add(blue, "same-id", "supplier", op_id="op-1") == 1
        await red.ask(type="change_item", item_id="same-id", set={"name": "Red"})
        item = await blue.ask(type="get_item", item_id="same-id")
        assert (item["item"]["name"], item["item"]["type"]) == ("same-id", "supplier")
        assert [item["type"] for item in (await blue.ask(type="list_items"))["items"]] == ["supplier"]
        assert [item["type"] for item in (await blue.ask(type="snapshot"))["items"]] == ["supplier"]
        assert "Red" not in (await blue.ask(type="export"))["text"]

        await red.send(type="user_request", user_input="go on", agent="waits")
        run = await red.until(lambda heard: heard.get("type") == "content")
        for asked in ({"type": "attach"}, {"type": "cancel"}):
            assert (await blue.ask(**asked, run_id=run["run_id"]))["code"] == "not_found"
        assert (await blue.ask(type="attach", thread_id=run["thread_id"]))["code"] == "not_found"
        await red.ask(type="cancel", run_id=run["run_id"])

        end = (await blue.ask(type="publish", event_type="end", data={}))["seq"]
        assert await hears_until(blue, end) == [("item_added", "same-id"), ("end", None)]
        assert {event["workspace"] for event in blue.events} == {"blue"}


async def test_whoever_moves_to_another_workspace_leaves_the_first_behind(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as daemon,
        daemon.client(workspace="red") as red,
        daemon.client(workspace="red") as mover,
    ):
        await add(red, "first")
        await mover.heard(1)
        greeting = await mover.ask(type="hello", workspace="blue", snapshot=True)
        assert (greeting["type"], greeting["workspace"], greeting["seq"]) == ("connected", "blue", 0)
        assert (await mover.next())["items"] == []
        await add(red, "second")
        await add(mover, "third")
        await mover.heard(1)
        assert list(mover.items) == ["third"]
        assert [event["workspace"] for event in mover.events] == ["red", "blue"]


async def test_edits_are_in_the_name_that_was_claimed_last(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(user_id="ann") as client, daemon.client() as other:
        assert client.greeting["user_id"] == "ann"
        assert other.greeting["user_id"] == "anonymous"
        await add(client, "a")
        await add(client, "b", user_id="bob")
        assert (await client.ask(type="hello", user_id="cid"))["user_id"] == "cid"
        await add(client, "c")
        await add(other, "d")
        await other.heard(4)
        assert [event["user_id"] for event in other.events] == ["ann", "bob", "cid", "anonymous"]
        assert {event["agent_id"] for event in other.events} == {"user"}


async def everything_happens(client: Client) -> int:
    """An event of each kind; the last position."""
    await add(client, "wire")
    await add(client, "acme", "supplier")
    await client.ask(type="change_item", item_id="wire", set={"current_stock": 5})
    await client.ask(type="change_item", item_id="acme", set={"name": "Acme"})
    await client.ask(type="publish", event_type="delivery", data={"dock": 4}, item_id="wire")
    await client.ask(type="remove_item", item_id="wire")
    return int((await client.ask(type="publish", event_type="end", data={}))["seq"])


async def test_custom_events_are_kept_and_numbered_and_only_changes_make_the_events_of_items(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        for name in ("item_added", "item_removed", "item_updated", "field_changed"):
            refused = await client.ask(type="publish", event_type=name, data={})
            assert (refused["code"], refused["path"]) == ("invalid_message", "event_type")
        acked = await client.ask(type="publish", event_type="delivery", data={"dock": 4}, item_id="wire-1")
        await client.heard(acked["seq"])
        event = client.events[0]
        assert (event["event_type"], event["data"], event["item_id"]) == ("delivery", {"dock": 4}, "wire-1")
        async with daemon.client(since=0, epoch=client.greeting["epoch"]) as late:
            await late.heard(1)
            assert late.events == client.events


async def test_filters_let_through_what_was_subscribed_to(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as maker:
        wanted = {
            "types": ({"item_types": ["supplier"]}, [2, 4, 7]),  # custom events obey the type of their item
            "events": ({"event_types": ["end", "item_added"]}, [1, 2, 7]),
            "both": ({"item_types": ["inventory"], "event_types": ["end", "item_added"]}, [1, 7]),
        }
        told = {}
        for name, (filters, _) in wanted.items():
            workspace = f"w-{name}"
            async with (
                daemon.client(workspace=workspace) as client,
                daemon.client(workspace=workspace) as other,
            ):
                answer = await client.ask(type="subscribe", **filters)
                assert {key: answer[key] for key in filters} == filters
                await client.heard(await everything_happens(other))
                told[name] = [event["seq"] for event in client.events]
        assert told == {name: seqs for name, (_, seqs) in wanted.items()}
        assert (await maker.ask(type="unsubscribe"))["topics"] == []
        await everything_happens(maker)
        assert (await maker.ask(type="ping"))["type"] == "pong"
        assert maker.events == []


async def test_who_subscribed_to_runs_hears_those_that_others_start(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as asks, daemon.client() as watches:
        await watches.ask(type="subscribe", topics=["runs"])
        told = await asks.request("Add 2 new inventory items")
        heard = [await watches.until(lambda heard: "run_seq" in heard) for _ in told]
        assert heard == told
        await watches.ask(type="unsubscribe", topics=["runs"])
        await asks.request("Add 1 new inventory item")
        assert (await watches.ask(type="ping"))["type"] == "pong"
        assert [heard for heard in watches.responses if "run_seq" in heard] == told


async def position(client: Client, seq: int) -> None:
    """Wait for the heartbeat that tells this position."""
    await client.until(lambda heard: heard.get("type") == "position" and heard["seq"] == seq)


async def resumed(daemon: Daemon, seq: int, epoch: str, last: int) -> list[int]:
    """What somebody with the same filter hears who comes back with that position."""
    async with daemon.client(since=seq, epoch=epoch, item_types="supplier") as client:
        await client.heard(last)
        return [event["seq"] for event in client.events]


async def test_positions_tell_filtered_clients_where_to_go_on(tmp_path: Path) -> None:
    async with (
        running(tmp_path, STREAMD_WS__HEARTBEAT_SECONDS="0.2") as daemon,
        daemon.client() as maker,
        daemon.client() as filtered,
        daemon.client() as plain,
        daemon.client() as greeted,
    ):
        assert maker.greeting["heartbeat_seconds"] == 0.2
        subscribed = await filtered.ask(type="subscribe", item_types=["supplier"], event_types=["item_added"])
        await greeted.ask(type="hello")
        last = await everything_happens(maker)
        await position(filtered, last)  # although it heard nothing after 2
        await position(greeted, last)
        assert [event["seq"] for event in filtered.events] == [2]
        told = await filtered.until(lambda heard: heard.get("type") == "position")
        assert told["epoch"] == subscribed["epoch"] != maker.greeting["epoch"]  # it counts for this filter
        more = await add(maker, "later", "supplier")
        assert await resumed(daemon, told["seq"], told["epoch"], more) == [more]
        await plain.heard(more)
        assert (await plain.ask(type="ping"))["type"] == "pong"
        assert "position" not in {heard["type"] for heard in plain.responses}
