"""Clients that follow a part of the items, beside one that follows all: over sockets, through kills and new configurations."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.daemon import Client, Daemon, Message, running

TYPES: Final = """
[item_types.note]
[item_types.note.fields]
stock = { type = "number" }
least = { type = "number" }
[item_types.note.criteria]
low = { where = [["stock", "<", "least"]] }
[item_types.task]
[item_types.task.fields]
owner = { type = "string" }
[item_types.task.criteria]
mine = { where = [["owner", "==", "ann"]] }
"""

Filters = Mapping[str, Any]

NOTES: Final[Filters] = {"item_types": "note"}
TASKS: Final[Filters] = {"item_types": "task"}
LOW: Final[Filters] = {"where": "low"}
RED: Final[Filters] = {"where": '[["tags","contains","red"]]'}
ALL: Final[Mapping[str, Filters]] = {"all": {}, "notes": NOTES, "tasks": TASKS, "low": LOW, "red": RED}


def is_low(item: Mapping[str, Any]) -> bool:
    return item["type"] == "note" and "stock" in item and "least" in item and item["stock"] < item["least"]


def chosen(name: str, items: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The model: what a client with this filter should have of all items."""
    wanted: Callable[[Mapping[str, Any]], bool] = {
        "all": lambda _: True,
        "notes": lambda item: item["type"] == "note",
        "tasks": lambda item: item["type"] == "task",
        "low": is_low,
        "high": lambda item: item["stock"] >= item["least"],
        "red": lambda item: "red" in item.get("tags", []),
    }[name]
    return {item_id: item for item_id, item in items.items() if wanted(item)}


@attrs.define
class Followers:
    """A client with each filter, and one that edits."""

    daemon: Daemon
    maker: Client
    by_name: dict[str, Client]

    async def do(self, **message: object) -> Message:
        """Make a change, and check what everybody has after it."""
        answer = await self.maker.ask(**message)
        await self.agree()
        return answer

    async def agree(self) -> None:
        """Everybody has just what was chosen of all items."""
        listed = await self.maker.ask(type="list_items", limit=1000)
        items = {item["id"]: item for item in listed["items"]}
        last = await self.maker.ask(
            type="publish", event_type="last", data={}
        )  # about no item: it is for all
        for name, client in self.by_name.items():
            await client.heard(last["seq"])
            client.events = [event for event in client.events if event["event_type"] != "last"]
            assert client.items == chosen(name, items), name

    def told(self, name: str) -> list[tuple[str, str | None]]:
        """What a client heard since it was asked last."""
        events, self.by_name[name].events = self.by_name[name].events, []
        return [(event["event_type"], event.get("view")) for event in events]

    def forget(self) -> None:
        for client in self.by_name.values():
            client.events = []


@asynccontextmanager
async def followers(daemon: Daemon) -> AsyncIterator[Followers]:
    async with AsyncExitStack() as stack:
        maker = await stack.enter_async_context(daemon.client())
        by_name = {
            name: await stack.enter_async_context(daemon.client(**filters)) for name, filters in ALL.items()
        }
        yield Followers(daemon, maker, by_name)


@asynccontextmanager
async def configured(directory: Path, types: str = TYPES, **environ: str) -> AsyncIterator[Daemon]:
    (directory / "config.toml").write_text(types)
    async with running(directory, **environ) as daemon:
        yield daemon


async def add(on: Followers, item_id: str, item_type: str = "note", **fields: object) -> None:
    item = {"type": item_type, "name": item_id.upper(), **fields}
    assert (await on.do(type="add_item", id=item_id, item=item))["type"] == "ack"


async def test_who_had_an_item_hears_it_leave_and_whose_it_becomes_gets_it_whole(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await add(on, "a", stock=3, least=5, tags=["red"], text="x")
        await add(on, "b", "task")
        on.forget()

        await on.do(type="change_item", item_id="a", set={"type": "task"})

        assert on.told("notes") == on.told("low") == [("item_removed", "left")]
        entered = on.by_name["tasks"].events[-1]
        assert on.told("tasks") == [("item_added", "entered")]
        assert entered["data"] == {
            "id": "a", "type": "task", "name": "A", "stock": 3, "least": 5, "tags": ["red"], "text": "x",
        }  # fmt: skip
        change = on.by_name["all"].events[-1]
        assert on.told("all") == on.told("red") == [("item_updated", None)]
        for key in ("seq", "version", "item_id", "timestamp", "agent_id", "user_id", "workspace"):
            assert entered[key] == change[key]


async def test_every_kind_of_change_moves_items_into_views_and_out_of_them(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await add(on, "a", stock=9, least=5)
        on.forget()
        await on.do(type="change_item", item_id="a", inc={"stock": -5})
        assert on.told("low") == [("item_added", "entered")]
        await on.do(type="change_item", item_id="a", set={"name": "Z"}, inc={"stock": -1})
        assert on.told("low") == [("item_updated", None), ("field_changed", None)]
        change = await on.do(type="change_item", item_id="a", unset=["least"])
        assert on.told("low") == [("item_removed", "left")]
        undone = await on.do(type="undo", seq=change["seq"])
        assert on.told("low") == [("item_added", "entered")]
        await on.do(type="undo", seq=undone["seq"])
        assert on.told("low") == [("item_removed", "left")]
        await on.do(type="change_item", item_id="a", set={"least": 7}, add_to_set={"tags": ["red"]})
        assert on.told("low") == on.told("red") == [("item_added", "entered")]
        removal = await on.do(type="remove_item", item_id="a")
        assert on.told("low") == on.told("red") == [("item_removed", None)]
        await on.do(type="undo", seq=removal["seq"])
        assert on.told("low") == on.told("red") == [("item_added", None)]
        await on.do(type="remove_item", item_id="a")
        await add(on, "a", "task", owner="ann")
        assert on.told("low") == [("item_removed", None)]
        on.forget()
        await on.do(
            type="bulk",
            operation="update_multiple",
            items=[{"id": "a", "type": "note", "stock": 1, "least": 2}, {"id": "a", "stock": 3}],
        )
        assert on.told("low") == [("item_added", "entered"), ("item_removed", "left")]
        for stock in (9, 1):
            table = f"id,name,stock,least\ni,I,{stock},2\n"
            assert (await on.do(type="import", text=table, item_type="note"))["type"] == "ack"
        assert on.told("low") == [("item_added", "entered")]


async def test_custom_events_obey_the_filter_of_their_item(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await add(on, "a", stock=1, least=5)
        await add(on, "b", "task")
        on.forget()
        for item_id in ("a", "b", None, "nobody"):
            named = {} if item_id is None else {"item_id": item_id}
            await on.do(type="publish", event_type="told", data={"of": item_id}, **named)

        heard = {
            name: [event["data"]["of"] for event in client.events] for name, client in on.by_name.items()
        }
        assert heard == {
            "all": ["a", "b", None, "nobody"],
            "notes": ["a", None, "nobody"],
            "low": ["a", None, "nobody"],
            "tasks": ["b", None, "nobody"],
            "red": [None, "nobody"],
        }


async def everything(on: Followers) -> None:
    """Items come and go in every view."""
    for number in range(6):
        await on.maker.ask(
            type="add_item", id=f"i{number}", item={"type": "note", "name": "N", "stock": number, "least": 3}
        )
    for number in range(3):
        await on.maker.ask(type="change_item", item_id=f"i{number}", inc={"stock": 4})
        await on.maker.ask(type="change_item", item_id=f"i{number + 3}", inc={"stock": -4})
        await on.maker.ask(type="publish", event_type="told", data={}, item_id=f"i{number}")
    await on.maker.ask(type="change_item", item_id="i4", set={"type": "task"})
    await on.maker.ask(type="change_item", item_id="i5", add_to_set={"tags": ["red"]})
    await on.maker.ask(type="remove_item", item_id="i0")
    await on.maker.ask(type="add_item", id="i0", item={"type": "note", "name": "N", "stock": 1, "least": 3})
    await on.maker.ask(type="undo", seq=(await on.maker.ask(type="list_items", limit=1))["seq"] - 2)


async def test_who_comes_back_after_a_kill_hears_what_moved_meanwhile_from_every_position(
    tmp_path: Path,
) -> None:
    async with configured(tmp_path) as daemon:
        async with followers(daemon) as on:
            await everything(on)
            await on.agree()
            before = {name: (client.greeting["epoch"], client.events) for name, client in on.by_name.items()}
            top = on.by_name["all"].seq
        await daemon.kill()
        await daemon.start()
        for name, (epoch, events) in before.items():
            for since in range(0, top, 3):
                async with daemon.client(**ALL[name], since=since, epoch=epoch) as client:
                    late = [event for event in events if event["seq"] > since]
                    await client.heard(top)
                    client.events.pop()
                    assert client.events == late
                    assert all(one["type"] != "snapshot" for one in client.responses)


async def test_a_position_that_the_journal_does_not_have_any_more_gets_the_items_that_are_chosen(
    tmp_path: Path,
) -> None:
    few = {"STREAMD_JOURNAL__RETAIN_ENTRIES": "3", "STREAMD_JOURNAL__TRIM_SECONDS": "0.05"}
    async with configured(tmp_path, **few) as daemon:
        async with followers(daemon) as on:
            await everything(on)
            epochs = {name: client.greeting["epoch"] for name, client in on.by_name.items()}
            items = {item["id"]: item for item in (await on.maker.ask(type="list_items"))["items"]}
        await daemon.logs("trimmed")
        for name, filters in ALL.items():
            async with daemon.client(**filters, since=2, epoch=epochs[name]) as client:
                page = await client.next()
                assert (page["type"], page["reason"], page["epoch"]) == ("snapshot", "trimmed", epochs[name])
                assert client.items == chosen(name, items)


async def test_a_snapshot_is_asked_for_with_the_same_filters(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await everything(on)
        items = {item["id"]: item for item in (await on.maker.ask(type="list_items"))["items"]}
        for name, filters in ALL.items():
            async with daemon.client(**filters, snapshot=1) as client:
                assert (await client.next())["type"] == "snapshot"
                assert client.items == chosen(name, items)
            where = filters.get("where")
            asked = {
                **({"item_types": [filters["item_types"]]} if "item_types" in filters else {}),
                **({"where": orjson.loads(where) if where[0] == "[" else where} if where else {}),
            }
            page = await on.maker.ask(type="snapshot", **asked)
            assert {item["id"] for item in page["items"]} == set(chosen(name, items))
            async with daemon.client() as client:
                await client.send(type="hello", snapshot=True, **asked)
                await client.until(lambda message: message.get("type") == "snapshot")
                assert client.items == chosen(name, items)


async def test_a_new_filter_on_a_live_connection_brings_the_items_that_it_chooses(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await everything(on)
        async with daemon.client(snapshot=1) as client:
            await client.next()
            on.by_name["notes"] = client
            await client.ask(type="subscribe", item_types=["note"])
            page = await client.next()
            assert (page["type"], page["reason"]) == ("snapshot", "filter")
            await on.agree()
            await client.ask(type="subscribe", item_types=["note"])  # the same: nothing comes
            assert (await client.ask(type="ping"))["type"] == "pong"

            del on.by_name["notes"]
            on.by_name["low"] = client
            told = await client.ask(type="subscribe", where="low")
            assert (told["item_types"], told["where"]) == (["note"], "low")
            assert (await client.next())["reason"] == "filter"
            await on.agree()
            await on.do(type="change_item", item_id="i1", set={"stock": 0})

            del on.by_name["low"]
            on.by_name["notes"] = client
            told = await client.ask(type="unsubscribe", where=True)
            assert "where" not in told
            assert (await client.next())["reason"] == "filter"
            await on.agree()
            await on.do(type="change_item", item_id="i1", set={"stock": 100})


async def test_who_never_had_the_items_gets_none_unasked_but_with_a_condition(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await everything(on)
        async with daemon.client() as client:
            await client.ask(type="subscribe", item_types=["note"])
            await client.ask(type="subscribe", where="low", snapshot=False)
            assert (await client.ask(type="ping"))["type"] == "pong"
            await client.ask(type="subscribe", where="low", snapshot=True)
            page = await client.next()
            assert "reason" not in page
            await client.ask(type="subscribe", where=[["stock", ">", 3]])
            assert (await client.next())["reason"] == "filter"
            assert client._pages == []


async def first_and_close(daemon: Daemon, **query: str) -> tuple[Message, int | None]:
    async with connect(
        f"{daemon.url}/?{'&'.join(f'{key}={value}' for key, value in query.items())}"
    ) as socket:
        first = orjson.loads(await socket.recv())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    return first, socket.close_code


async def test_a_criterion_that_is_renamed_or_means_something_else_is_told(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon:
        async with followers(daemon) as on:
            await everything(on)
            epoch = on.by_name["low"].greeting["epoch"]
            top = on.by_name["all"].seq
        async with daemon.client(**LOW, since=top, epoch=epoch) as client:
            assert (await client.ask(type="ping"))["type"] == "pong"  # nothing to say
        await daemon.stop()
        (tmp_path / "config.toml").write_text(
            TYPES.replace('["stock", "<", "least"]', '["stock", ">=", "least"]')
        )
        await daemon.start()
        async with daemon.client(**LOW, since=top, epoch=epoch) as client:
            page = await client.next()
            assert (page["type"], page["reason"]) == ("snapshot", "filter")
            assert client.items == chosen("high", client.items)
        await daemon.stop()
        (tmp_path / "config.toml").write_text(TYPES.replace("low =", "scarce ="))
        await daemon.start()
        refused, code = await first_and_close(daemon, where="low", since=str(top), epoch=epoch)
        assert (refused["code"], refused["criterion"], code) == ("not_found", "low", 1008)
        assert "there are: mine, scarce" in refused["message"]
        async with daemon.client() as client:
            for message in ("subscribe", "snapshot", "hello"):
                refused = await client.ask(type=message, where="low")
                assert (refused["code"], refused["criterion"]) == ("not_found", "low")
            refused = await client.ask(type="subscribe", where="mine", item_types=["note"])
            assert "declared for: task" in refused["message"]
            assert "where" not in await client.ask(type="subscribe")


async def test_another_condition_than_at_the_position_gets_a_snapshot(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await everything(on)
        await on.agree()
        top, epoch = on.by_name["all"].seq, on.by_name["low"].greeting["epoch"]
        for filters in (RED, {}, {**RED, **TASKS}):
            async with daemon.client(**filters, since=top, epoch=epoch) as client:
                assert (await client.next())["reason"] == "filter"
        async with daemon.client(**LOW, since=top, epoch=on.maker.greeting["epoch"]) as client:
            page = await client.next()
            assert (page["reason"], page["epoch"]) == ("filter", epoch)


async def test_other_types_than_at_the_position_get_a_snapshot_and_the_same_ones_none(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, followers(daemon) as on:
        await everything(on)
        await on.agree()
        top, epoch = on.by_name["notes"].seq, on.by_name["notes"].greeting["epoch"]
        plain = on.maker.greeting["epoch"]
        for filters in (TASKS, {}, {"item_types": "note,task"}, LOW):
            async with daemon.client(**filters, since=top, epoch=epoch) as client:
                assert (await client.next())["reason"] == "filter", filters
        # Of yesterday's clients the epoch says nothing of types: they resume as they did.
        for given in (epoch, plain):
            async with daemon.client(**NOTES, since=top, epoch=given) as client:
                told = await on.maker.ask(type="add_item", item={"type": "note", "name": "later"})
                assert (await client.next())["seq"] == told["seq"]
                top = told["seq"]
        async with daemon.client() as client:
            told = await client.ask(type="subscribe", item_types=["note"])
            assert told["epoch"] == epoch
            told = await client.ask(type="unsubscribe", item_types=["note"])
            assert told["epoch"] == plain


async def test_another_alias_of_a_criterion_is_no_other_filter(tmp_path: Path) -> None:
    async with configured(tmp_path) as daemon, daemon.client(**LOW) as client:
        told = await client.ask(type="add_item", item={"type": "note", "name": "n", "stock": 1, "least": 2})
        await client.heard(told["seq"])
        since, epoch = client.seq, client.greeting["epoch"]
    types = TYPES.replace('[["stock", "<", "least"]]', '[["stock", "<", "least"]], aliases = ["short of"]')
    assert types != TYPES
    async with (
        configured(tmp_path, types) as daemon,
        daemon.client(**LOW, since=since, epoch=epoch) as client,
    ):
        assert client.greeting["epoch"] == epoch
        told = await client.ask(type="add_item", item={"type": "note", "name": "m", "stock": 1, "least": 2})
        await client.heard(told["seq"])
        assert [one["name"] for one in client.items.values()] == ["m"]  # no snapshot came before


async def test_positions_and_replies_carry_the_epoch_to_come_back_with(tmp_path: Path) -> None:
    async with (
        configured(tmp_path, STREAMD_WS__HEARTBEAT_SECONDS="0.2") as daemon,
        daemon.client(**LOW) as client,
    ):
        position = await client.until(lambda message: message.get("type") == "position")
        assert position["epoch"] == client.greeting["epoch"] != client.greeting["epoch"].partition(".")[0]
        told = await client.ask(type="subscribe", where=[["stock", "<", 1]])
        position = await client.until(lambda message: message.get("type") == "position")
        assert position["epoch"] == told["epoch"] != client.greeting["epoch"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"where": '[["stock"'}, "where starts like JSON and is none"),
        ({"where": '[["stock","<"]]'}, "where[0] must be [field, comparison, value]"),
        ({"where": '[["stock","<",1e999]]'}, "finite"),
        ({"item_types": "a,,b"}, "item_types[1] must be text"),
        ({"item_types": "[1]"}, "item_types[0] must be text"),
    ],
)
async def test_an_address_with_a_filter_that_is_none_is_refused_in_words(
    tmp_path: Path, query: Mapping[str, str], says: str
) -> None:
    async with configured(tmp_path) as daemon:
        with pytest.raises(InvalidStatus) as refused:
            async with daemon.client(**query):
                pass
    assert refused.value.response.status_code == 400
    assert says in refused.value.response.body.decode()
