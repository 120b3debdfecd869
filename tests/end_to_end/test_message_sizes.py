"""Nothing that the daemon sends is larger than 256 KiB, however much there is to tell; and what would be grows no item."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from websockets.asyncio.client import ClientConnection, connect

from streamd.core.event import fold
from streamd.wire.message_parts import MAX_MESSAGE_BYTES, joined
from tests.support.agents import installed
from tests.support.daemon import PATIENCE_SECONDS, Daemon, Message, running

BESIDES = 1_024
"""Of an event that has an item as large as it may be: its other keys."""
MAX_LAST_BYTES = 1_000_000
"""Of the last response of a run: there is one, whatever it has done."""
ENDS = ("complete", "error", "cancelled", "interrupt")
MANY = 10_000
ITEMS = 3_400
LOW = sum(number % 7 <= 5 for number in range(ITEMS))
WORDS = "x" * 60_000


class SmallClient:
    """A client that takes no larger message; it joins parts, and follows the events."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self.items: dict[str, dict[str, object]] = {}
        self.seq = 0
        self.epoch = ""
        self._pages: list[Message] = []
        self.largest = 0
        self.parts: dict[str, int] = {}
        """By type, the most messages that one reply or response came in."""

    async def next(self) -> Message:
        async with asyncio.timeout(PATIENCE_SECONDS):
            raw = await self._socket.recv(decode=False)
        message: Message = orjson.loads(raw)
        whole = message.get("event_type") or message["type"] in ("item", "snapshot", "items", "history")
        most = MAX_LAST_BYTES if message.get("type") in ENDS else MAX_MESSAGE_BYTES
        assert len(raw) <= most + (BESIDES if whole else 0), (message.get("type"), len(raw))
        self.largest = max(self.largest, len(raw))
        if message.get("type") == "snapshot":
            self._pages.append(message)
            if not message["more"]:
                self.items = {item["id"]: item for page in self._pages for item in page["items"]}
                self.seq, self.epoch = message["seq"], message["epoch"]
        elif "event_type" in message and "seq" in message:
            self.seq = message["seq"]
            fold(self.items, message["event_type"], message.get("item_id"), message["data"])
        return message

    async def whole(self, *types: str, request_id: object = None) -> Message:
        """The next reply or response of these types (to a message), joined from its parts."""
        parts: list[Message] = []
        while True:
            message = await self.next()
            if message.get("type") not in types or message.get("request_id") != request_id:
                continue
            parts.append(message)
            if not message.get("more") or message["type"] in ("items", "history"):
                self.parts[message["type"]] = max(len(parts), self.parts.get(message["type"], 0))
                found: Message = dict(joined(parts))
                return found

    async def send(self, **message: object) -> str:
        self._asked += 1
        await self._socket.send(orjson.dumps({**message, "request_id": f"r{self._asked}"}), text=True)
        return f"r{self._asked}"

    async def ask(self, reply: str, **message: object) -> Message:
        found = await self.whole(reply, "error", request_id=await self.send(**message))
        assert found["type"] == reply, found
        return found

    async def refused(self, **message: object) -> Message:
        return await self.whole("error", request_id=await self.send(**message))

    async def run(self, *types: str, **message: object) -> list[Message]:
        """The responses of these types, and the last one, of the run of a request."""
        request_id = await self.send(type="user_request", **message)
        told: list[Message] = []
        while not told or told[-1]["type"] not in ENDS:
            told.append(await self.whole(*types, *ENDS, request_id=request_id))
        return told

    async def heard(self, seq: int) -> None:
        while self.seq < seq:
            await self.next()


@asynccontextmanager
async def small_client(daemon: Daemon, query: str = "") -> AsyncIterator[SmallClient]:
    async with connect(
        f"{daemon.url}/?{query}", max_size=MAX_LAST_BYTES, compression=None, ping_interval=None
    ) as socket:
        client = SmallClient(socket)
        assert (await client.next())["type"] == "connected"
        yield client


def stocked(number: int) -> dict[str, object]:
    return {
        "id": f"item-{number:085}", "type": "inventory", "name": f"Part number {number} of a long list of parts",
        "current_stock": number % 7, "reorder_point": 5, "unit_cost": 1.25, "average_daily_demand": 3, "lead_time": 9,
        "note": f"{number:0500}",
    }  # fmt: skip


async def fill(client: SmallClient, count: int) -> None:
    for start in range(0, count, 250):
        items = [stocked(number) for number in range(start, min(count, start + 250))]
        done = await client.ask("ack", type="bulk", operation="add_multiple", items=items)
        assert done["done"] == len(items)


async def test_replies_and_runs_come_in_pieces_that_a_small_client_takes(tmp_path: Path) -> None:
    async with running(
        tmp_path, STREAMD_RUNS__APPROVE_REMOVALS_OVER="5", **installed(tmp_path / "site")
    ) as daemon:
        async with small_client(daemon, "since=0") as client:
            await fill(client, ITEMS)

            ids = [f"no-{number}" for number in range(MANY)]
            ack = await client.ask("ack", type="bulk", operation="remove_multiple", items=ids)
            assert [result["index"] for result in ack["results"]] == list(range(MANY))
            assert (ack["done"], ack["refused"]) == (0, MANY)

            rows = "\n".join(f"b{number},note,,{number}x" for number in range(7_000))
            table = f"id,type,name,current_stock\n{rows}\n"
            await client.ask(
                "ack", type="import", format="csv", text=table, item_type="inventory", dry_run=True
            )

            page = await client.ask(
                "items", type="list_items", limit=500, group_by="note", where=[["current_stock", "==", 1]]
            )
            assert page["more"]
            assert len(page["items"]) > 100

            said = await client.ask(
                "describe", type="describe", what=["item_types", "agents", "messages", "schemas"]
            )
            assert {"protocol", "agents", "messages", "schemas"} <= set(said)

            state = {f"key-{number}": ["word"] * 10_000 for number in range(10)}
            await client.run(user_input="a trip", agent="writes", thread_id="t")
            for name, value in state.items():
                await client.ask(
                    "thread", type="thread", thread_id="t", action="update", values={name: value}
                )
            thread = await client.ask("thread", type="thread", thread_id="t", action="state")
            assert {name: thread["values"][name] for name in state} == state

            *_, found, complete = await client.run("analysis_results", user_input="Analyze the inventory")
            assert complete["type"] == "complete"
            assert len(found["data"]["low_stock_items"]) == 500

            series = [
                {"id": f"s-{number}", "name": f"Series {number}", "historical_demand": [10 + number % 7] * 36}
                for number in range(200)
            ]
            *_, found, _ = await client.run(
                "forecast_results",
                agent="forecasting",
                context={"historical_data": series, "forecast_periods": 45},
            )
            assert len(found["data"]["demand_forecasts"]) == 200

            for number in range(80):
                await client.ask(
                    "memory", type="memory", action="set_preference", key=f"key {number}", value="x" * 3_900
                )
            kept = await client.ask("memory", type="memory", action="export")
            assert len([one for one in kept["memories"] if one["kind"] == "preference"]) == 80

            asked = await client.run(context={"action": "remove", "criteria": "low_stock"})
            assert asked[-1]["type"] == "interrupt"
            waiting = await client.ask("interrupts", type="list_interrupts")
            values = [part["value"] for part in waiting["interrupts"]]
            assert sum(len(value.get("items", {})) for value in values) == LOW
            answered = await client.send(
                type="respond",
                interrupt_id=waiting["interrupts"][0]["interrupt_id"],
                decision="approve",
            )
            end = await client.whole("complete", "error", request_id=answered)
            assert len(end["data"]["removed"]) == LOW
            ack = await client.ask("ack", type="undo", run_id=end["run_id"])
            assert len(ack["item_ids"]) == ack["undone"] == LOW

            export = [await client.whole("export", request_id=await client.send(type="export", format="csv"))]
            assert export[0]["more"] is False
            for wanted in (
                "ack",
                "analysis_results",
                "forecast_results",
                "thread",
                "memory",
            ):
                assert client.parts.get(wanted, 0) > 1, (wanted, client.parts)
        async with small_client(daemon, "snapshot=1") as late:
            await late.heard(client.seq)
            assert len(late.items) == ITEMS
            await late.ask("attached", type="attach", run_id=end["run_id"])
            again = await late.whole("complete", request_id=answered)
            assert again["data"]["removed"] == end["data"]["removed"]


async def test_items_as_large_as_they_may_be_cut_nobody_off(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with small_client(daemon, "since=0") as client:
            for number in range(4):
                item = {
                    "id": f"large-{number}",
                    "type": "note",
                    "name": "n",
                    **{f"text{one}": WORDS for one in range(4)},
                }
                await client.ask("ack", type="add_item", item=item)
                rest = MAX_MESSAGE_BYTES - len(orjson.dumps(item)) - len(',"rest":""')
                await client.ask("ack", type="change_item", item_id=item["id"], set={"rest": "y" * rest})
            grown = await client.refused(
                type="change_item", item_id="large-0", set={"rest": "y" * (rest + 1)}
            )
            assert (grown["code"], grown["path"], grown["limit"]) == ("too_large", "rest", MAX_MESSAGE_BYTES)
            assert grown["size"] == MAX_MESSAGE_BYTES + 1

            tags = [f"member {number:06}" for number in range(9_999)]
            await client.ask(
                "ack", type="add_item", item={"id": "tags", "type": "note", "name": "t", "tags": tags}
            )
            for number in range(6):
                reply = await client.whole(
                    "ack", "error",
                    request_id=await client.send(type="change_item", item_id="tags", add_to_set={"tags": [number]}),
                )  # fmt: skip
                assert reply["type"] == ("error" if number else "ack")

            read = await client.ask("item", type="get_item", item_id="large-1")
            assert len(orjson.dumps(read["item"])) == MAX_MESSAGE_BYTES
            items: list[Message] = []
            after: object = 0
            while after is not None:
                page = await client.ask("items", type="list_items", after=after)
                items += page["items"]
                after = page.get("after")
            assert len(items) == 5
            asked = await client.send(type="history", item_id="tags")
            past = [await client.whole("history", request_id=asked)]
            while past[-1]["changes"][-1].get("more"):
                past.append(await client.whole("history", request_id=asked))
            change = joined([part["changes"][0] for part in past])
            assert change["before"] == {"tags": tags}
            assert change["after"] == {"tags": [*tags, 0]}
            assert past[0]["before"] == change["seq"]
            conflict = await client.refused(
                type="change_item", item_id="large-2", base=1, on_conflict="reject", set={"rest": "z"}
            )
            assert conflict["code"] == "conflict"
            await client.ask("ack", type="publish", event_type="told", data={"text": [WORDS] * 4})
            expected, top = client.items, client.seq
        async with small_client(daemon, "snapshot=1") as late:
            await late.heard(top)
            assert late.items == expected
        async with small_client(daemon, f"since=0&epoch={late.epoch}") as resuming:
            await resuming.heard(top)
            assert resuming.items == expected


async def test_what_an_older_version_let_grow_is_sent_alone_and_can_shrink(tmp_path: Path) -> None:
    item = {"id": "old", "type": "note", "name": "n", **{f"text{one}": WORDS for one in range(4)}}
    async with (
        running(tmp_path, STREAMD_ITEMS__MAX_ITEM_BYTES="10000000") as daemon,
        daemon.client() as client,
    ):
        await client.ask(type="add_item", item=item)
        for number in range(4, 20):
            await client.ask(type="change_item", item_id="old", set={f"text{number}": WORDS})
        for number in range(20):
            await client.ask(type="add_item", item={"id": f"new-{number}", "type": "note", "name": "n"})
    async with running(tmp_path) as daemon, daemon.client(snapshot=1) as client:
        while len(client.items) < 21:
            await client.next()
        refused = await client.ask(type="change_item", item_id="old", set={"note": "more"})
        assert (refused["code"], refused["item_id"], refused["path"]) == ("too_large", "old", "note")
        for number in range(4, 20):
            assert (await client.ask(type="change_item", item_id="old", unset=[f"text{number}"]))[
                "type"
            ] == "ack"
        assert (await client.ask(type="change_item", item_id="old", set={"note": "more"}))["type"] == "ack"


def table(field: str, *values: str) -> str:
    return "\n".join([f"name,{field}", *(f"Bolt {number},{value}" for number, value in enumerate(values))])


async def test_imports_and_agents_grow_nothing_beyond_the_limit(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_ITEMS__MAX_ITEM_BYTES="2000") as daemon, daemon.client() as client:
        long = "x" * 1_000
        imports = {"type": "import", "format": "csv", "item_type": "inventory"}
        assert (await client.ask(**imports, text=table("location", long, long, long)))["added"] == 3
        await client.heard(3)
        first, second, third = client.items
        done = await client.ask(**imports, text=table("note", long, "short", "short"))
        assert (done["changed"], done["refused"]) == (2, 1)
        assert done["refused_items"][0]["item_id"] == first
        assert "at most 2,000" in done["refused_items"][0]["why"]
        tried = await client.ask(**imports, text=table("note", "short", long, long), dry_run=True)
        assert (tried["changed"], tried["refused"]) == (1, 2)

        edits = [{"id": second, "note": long}, {"id": third, "note": "other"}]
        told = await client.request("", {"operation": "update_multiple", "items": edits})
        assert told[-1]["data"]["changed"] == [third]
        assert "at most 2,000" in told[-1]["data"]["refused"][0]

        rows = [{"item_id": third, "set": {"more": long}}, {"item_id": second, "inc": {"current_stock": 1}}]
        results = (await client.ask(type="bulk", operation="update_multiple", items=rows))["results"]
        assert [result.get("error", {}).get("code") for result in results] == ["too_large", None]
        atomic = await client.ask(type="bulk", operation="update_multiple", items=rows, atomic=True)
        assert (atomic["code"], atomic["index"], atomic["item_id"]) == ("too_large", 0, third)
