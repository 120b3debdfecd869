"""A conversation in which every message of the protocol is said as it should be, and all that is heard of it.

Three connections: `ann` says nearly everything, `bob` watches the workspace, `cleo` comes late. What is told on one stream
keeps its order; the streams stand apart, as nobody promises anything between them.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

import attrs
import orjson

from tests.golden.alike import Names, plain, story
from tests.golden.asking import without
from tests.support.daemon import Client, Daemon, Message
from tests.support.following import LAST

STOCK: Final[list[Message]] = [
    {"id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 20, "reorder_point": 30, "max_stock": 60,
     "lead_time": 10, "unit_cost": 2.5},
    {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 500, "reorder_point": 30, "max_stock": 600},
    {"id": "hub", "type": "inventory", "name": "Sensor Hub", "current_stock": 0, "reorder_point": 5},
    {"id": "olea", "type": "supplier", "name": "Olea", "location": "Europe", "reliability_score": 84, "delivery_time": 8,
     "products": ["Copper Wire"], "unit_cost": 2.0},
    {"id": "paco", "type": "supplier", "name": "Paco", "location": "Asia", "reliability_score": 88, "delivery_time": 7,
     "products": ["Copper Wire"], "unit_cost": 2.0},
]  # fmt: skip
DEMAND: Final = "item,date,quantity\n" + "".join(
    f"wire,2025-{month:02}-01,{150 + month}\n" for month in range(1, 13)
)


@attrs.define
class _Minutes:
    """Who said what, and what was answered."""

    names: Names = attrs.field(factory=Names)
    lines: list[Message] = attrs.field(factory=list)

    async def say(self, client: Client, /, **message: Any) -> Message:
        """Say something and hear all of the answer, which is noted; returns the last of it."""
        who = client.greeting["user_id"]
        await client.send(**message, request_id="r")
        heard = [await client.until(_is_answer)]
        while not _is_over(heard[-1]):
            heard.append(await client.until(_is_answer))
        told = [one for one in heard if "run_seq" in one]
        shown = [plain(one, self.names) for one in heard if "run_seq" not in one] + story(told, self.names)
        if message.get("agent") == "surveyor":  # two of its nodes are at work side by side
            shown.sort(key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))
        self.lines.append({"who": who, "says": plain(message, self.names)})
        self.lines += [{"to": who, **_tidied(one)} for one in shown]
        return heard[-1]

    def note(self, **line: Any) -> None:
        """Note something else."""
        self.lines.append(plain(line, self.names))


def _is_answer(message: Message) -> bool:
    if "event_type" in message:
        return False
    # Bulk edits and imports tell how far they are when it has become time to: that is no fixed number.
    return message.get("request_id") == "r" and not (
        message["type"] == "progress" and "run_seq" not in message
    )


def _is_over(message: Message) -> bool:
    if "run_seq" in message:
        return message["type"] in LAST
    return message["type"] != "attached" and not (
        message["type"] in ("export", "snapshot") and message["more"]
    )


def _tidied(message: Message) -> Message:
    """Without what has no order, or differs from one machine to the next."""
    if message["type"] == "connected":
        return without(message, "connection_id")
    return message


async def lines(daemon: Daemon) -> Mapping[str, list[Message]]:
    """What is said and answered, and what the workspace hears."""
    minutes = _Minutes()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(daemon.client(workspace="talk", user_id=name))
            for name in ("ann", "bob")
        ]
        ann, bob = clients
        minutes.names = Names({ann.greeting["epoch"]: "<epoch>"})
        minutes.note(to="ann", **_tidied(ann.greeting))
        await _listening(minutes, bob)
        await _items(minutes, ann)
        await _asking(minutes, ann)
        await _deciding(minutes, ann)
        await _threads(minutes, ann)
        await _remembering(minutes, ann)
        await _late(minutes, daemon, ann)
        await bob.heard(ann.seq)
        await bob.ask(type="ping")
        events = [{"to": "bob", **plain(event, minutes.names)} for event in bob.events]
        feeds = _feeds(bob, minutes.names)
        runs = [one["run_id"] for one in ann.responses if one["type"] == "start"]
        told = {
            who: {run: story(_of(client, run), Names(numbered=False)) for run in runs}
            for who, client in (("ann", ann), ("bob", bob))
        }
        assert told["ann"] == told["bob"], "who watches hears the same"
        await minutes.say(bob, type="unsubscribe")
        await ann.send(type="disconnect")
        await ann.closed()
        minutes.note(to="ann", closed=[ann.socket.close_code, ann.socket.close_reason])
    return {"conversation": minutes.lines, "events": events, "feeds": feeds}


def _of(client: Client, run_id: str) -> list[Message]:
    """What a client heard of a run, each response once."""
    told = {
        one["run_seq"]: one for one in client.responses if one.get("run_id") == run_id and "run_seq" in one
    }
    return [without(told[seq], "replayed") for seq in sorted(told)]


async def _listening(minutes: _Minutes, bob: Client) -> None:
    await minutes.say(bob, type="hello", client="golden", snapshot=False)
    await minutes.say(bob, type="subscribe", topics=["items", "runs", "progress", "quality"])
    await minutes.say(bob, type="subscribe", agents=["inventory", "content"], event_types=["told"])
    await minutes.say(bob, type="unsubscribe", agents=["inventory", "content"], event_types=["told"])


async def _items(minutes: _Minutes, ann: Client) -> None:
    say = minutes.say
    await say(ann, type="ping")
    await say(ann, type="bulk", operation="add_multiple", items=STOCK)
    await say(
        ann,
        type="bulk",
        operation="add_multiple",
        items=[STOCK[0], {"type": "note", "id": "n1", "name": "One"}],
    )
    await say(
        ann,
        type="bulk",
        operation="add_multiple",
        atomic=True,
        items=[{"type": "note", "name": "Two"}, STOCK[0]],
    )
    await say(
        ann,
        type="add_item",
        id="n2",
        op_id="a-2",
        item={"type": "note", "name": "Two", "tags": ["a"], "count": 1},
    )
    await say(
        ann,
        type="add_item",
        id="n2",
        op_id="a-2",
        item={"type": "note", "name": "Two", "tags": ["a"], "count": 1},
    )
    await say(ann, type="add_item", item={"type": "note", "name": "Named by the daemon"})
    await say(ann, type="change_item", item_id="n2", set={"text": "words", "name": "Second"}, unset=["count"])
    await say(ann, type="change_item", item_id="n2", inc={"count": 2.5}, add_to_set={"tags": ["a", "b"]})
    await say(ann, type="change_item", item_id="n2", set={"text": "words"})
    await say(ann, type="change_item", item_id="n2", set={"text": "mine"}, base=7)
    await say(
        ann, type="change_item", item_id="n2", set={"text": "no", "more": 1}, base=7, on_conflict="merge"
    )
    await say(
        ann, type="change_item", item_id="n2", set={"text": "no", "more": 1}, base=7, on_conflict="reject"
    )
    await say(ann, type="remove_item", item_id="n2", base=7)
    await say(ann, type="remove_item", item_id="n2", reason="no longer needed")
    await say(ann, type="get_item", item_id="n2")
    await say(ann, type="get_item", item_id="wire")
    await say(ann, type="history", item_id="n2", limit=2)
    await say(ann, type="list_items", at=8)
    await say(ann, type="bulk", operation="update_multiple", items=[
        {"item_id": "n1", "set": {"text": "one"}}, {"item_id": "n2", "set": {"text": "two"}}]
    )  # fmt: skip
    await say(
        ann, type="bulk", operation="remove_multiple", items=["n1", {"item_id": "n2", "reason": "again"}]
    )
    await say(ann, type="list_items", limit=2)
    await say(ann, type="list_items", limit=2, after=2, item_type="inventory")
    await say(
        ann, type="list_items", where=[["current_stock", "<", "max_stock * 0.5"], ["type", "==", "inventory"]]
    )
    await say(ann, type="list_items", item_type="inventory", criterion="low_stock")
    await say(ann, type="snapshot", item_types=["supplier"])
    await say(ann, type="publish", event_type="told", data={"n": 1}, item_id="wire", op_id="p-1")
    await say(ann, type="import", text="ID,Name,Stock,Colour\n7,Lamp,5,red\n8,Cable,x,blue\n", filename="inventory.csv",
              dry_run=True)  # fmt: skip
    await say(
        ann,
        type="import",
        text="ID,Name,Stock,Colour\n7,Lamp,5,red\n8,Cable,x,blue\n",
        filename="inventory.csv",
    )
    await say(ann, type="import", text=DEMAND)
    await say(ann, type="export", item_type="supplier")
    await say(ann, type="export")


async def _asking(minutes: _Minutes, ann: Client) -> None:
    say = minutes.say
    added = await say(ann, type="user_request", user_input="Add 2 inventory items", thread_id="t")
    await say(ann, type="attach", run_id=added["run_id"], after=3)
    await say(ann, type="attach", thread_id="t")
    await say(ann, type="undo", run_id=added["run_id"], op_id="u-1")
    await say(ann, type="undo", run_id=added["run_id"], op_id="u-1")
    await say(ann, type="undo", run_id=added["run_id"])
    for words in (
        "Show all low stock items", "Set the stock of Bolt to 480", "Rename Bolt to Steel Bolt", "Remove item Lamp",
        "Forecast demand for the next 2 months", "Which supplier should we choose for Copper Wire?",
        "What is the warranty on sensors?", "Remove item Nothing", "Hello", "I prefer suppliers from Europe",
    ):  # fmt: skip
        await say(ann, type="user_request", user_input=words)
    await say(ann, type="user_request", context={"action": "change", "item_id": "hub", "current_stock": 4})
    await say(ann, type="user_request", context={"operation": "remove_multiple", "items": ["hub", "nowhere"]})
    await say(ann, type="user_request", user_input="Check stock and recommend suppliers")
    await say(ann, type="user_request", user_input="Sensor Hub", agent="content",
              context={"benefits": "Warns before pipes freeze", "page": "spring"})  # fmt: skip
    for agent in ("rag", "research", "analysis", "ideation"):
        await say(ann, type="user_request", user_input="What is the warranty on sensors?", agent=agent)
    for mode, helping in (
        # Of two who help side by side the answer would name first who was done first.
        ("parallel", ["research"]), ("sequential", ["research", "analysis"]), ("primary_only", ["research"])
    ):  # fmt: skip
        request = {"query": "Which supplier for Copper Wire?", "coordination_mode": mode, "primary_agent": "supplier",
                   "supporting_agents": helping}  # fmt: skip
        await say(ann, type="multi_agent_request", request=request)
    await say(ann, type="user_request", user_input="Fall", agent="falls")
    await say(
        ann, type="user_request", user_input="Wait", agent="lingers", options={"budget": {"seconds": 1.5}}
    )
    progress = await ann.ask(type="get_progress", history=1000)
    minutes.note(to="ann", type=progress["type"], overall=progress["overall"], agents=sorted(progress["agents"]),
                 statuses={name: one["status"] for name, one in sorted(progress["agents"].items())})  # fmt: skip
    await say(ann, type="get_progress", agents=["rag"])
    await say(ann, type="describe", what=["item_types", "agents"])
    await say(ann, type="describe")


async def _deciding(minutes: _Minutes, ann: Client) -> None:
    say = minutes.say
    items = [{"id": f"x{number}", "type": "note", "name": f"X {number}", "text": "x"} for number in range(3)]
    await say(ann, type="bulk", operation="add_multiple", items=items)
    ids = [item["id"] for item in items]
    asked = await say(
        ann, type="user_request", context={"operation": "remove_multiple", "items": ids}, thread_id="remove"
    )
    await say(ann, type="list_interrupts")
    await say(ann, type="list_interrupts", thread_id="another")
    await say(ann, type="list_threads", query="nowhere")
    await say(ann, type="list_runs", user_id="nobody")
    await say(ann, type="usage", first_day="2020-01-01", last_day="2020-01-31", by=["day", "agent"])
    await say(ann, type="forget_user", user_id="nobody")
    answer = {"type": "respond", "interrupt_id": asked["interrupt"]["interrupt_id"]}
    await say(ann, **answer, decision="edit", value={"item_ids": 1})
    await say(ann, **answer, decision="edit", value={"item_ids": ["x1"]})
    await say(ann, **answer, decision="reject")
    await say(ann, type="thread", thread_id="remove")
    asked = await say(ann, type="user_request", user_input="Survey", agent="surveyor", thread_id="survey")
    answer = {"type": "respond", "interrupt_id": asked["interrupt"]["interrupt_id"]}
    await say(ann, **answer, decision="approve")
    await say(ann, **answer, decision="approve", value={"colour": "red"})
    asked = await say(ann, type="user_request", user_input="a poster", agent="printer", thread_id="print")
    await say(ann, type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], approved=False)
    asked = await say(ann, type="user_request", user_input="Count", agent="stocktaker", thread_id="count")
    await say(ann, type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="reject")


async def _threads(minutes: _Minutes, ann: Client) -> None:
    say = minutes.say
    trip = {
        "type": "user_request",
        "user_input": "Two days in Lisbon",
        "agent": "trip_planner",
        "thread_id": "lisbon",
    }
    await say(ann, **trip, options={"use_hitl": True, "max_revisions": 1})
    await say(ann, type="thread", thread_id="lisbon")
    here = {"type": "thread", "thread_id": "lisbon"}
    await say(ann, **here, action="update", values={"plan": "Day 1: Alfama\nDay 2: Belém"}, as_node="planner")
    await say(ann, **here, action="update", values={}, as_node="nowhere")
    history = await say(ann, **here, action="history")
    first = history["checkpoints"][-1]["checkpoint_id"]
    await say(ann, **here, action="history", limit=1, before=history["checkpoints"][1]["checkpoint_id"])
    await say(ann, **here, checkpoint_id=first)
    await say(ann, **here, action="fork", checkpoint_id=first, to_thread_id="porto")
    await say(ann, type="user_request", user_input="Go on to the end", thread_id="lisbon")
    await say(ann, **here, action="rewind", checkpoint_id=first)
    await say(ann, **here, action="fork", to_thread_id="porto")
    await say(ann, type="cancel", thread_id="lisbon")
    await ann.send(type="user_request", user_input="Wait", agent="lingers", thread_id="busy", request_id="w")
    await ann.until(lambda message: message.get("type") == "content" and message.get("request_id") == "w")
    await say(ann, type="user_request", user_input="Wait", agent="lingers", thread_id="busy")
    await say(ann, type="thread", thread_id="busy", action="update", values={"a": 1})
    await say(ann, type="thread", thread_id="busy")
    await say(ann, type="cancel", thread_id="busy")
    await ann.until(lambda message: message.get("type") == "cancelled" and message.get("request_id") == "w")


async def _remembering(minutes: _Minutes, ann: Client) -> None:
    say = minutes.say
    await say(ann, type="memory", query="suppliers from Europe", limit=2)
    await say(ann, type="memory", action="set_preference", key="units", value="metric")
    await say(ann, type="memory", action="list", kinds=["preference"])
    await say(ann, type="memory", action="list", agent="surveyor", limit=3)
    await say(ann, type="memory", action="set_preference", key="units")
    await say(ann, type="memory", action="clear", kinds=["collaboration", "interaction"])
    await say(ann, type="memory", action="export", kinds=["preference", "insight"])


async def _late(minutes: _Minutes, daemon: Daemon, ann: Client) -> None:
    where = {"workspace": "talk", "user_id": "cleo"}
    async with daemon.client("/api/streaming/ws/cleos", **where, snapshot=1) as cleo:
        page = await cleo.next()
        minutes.note(to="cleo", **cleo.greeting)
        minutes.note(to="cleo", **page)
    async with daemon.client("/ws", **where, since=ann.seq - 1, epoch=ann.greeting["epoch"]) as cleo:
        minutes.note(to="cleo", **await cleo.next())
        await minutes.say(cleo, type="hello", workspace="elsewhere", user_id="dora")
        await cleo.send(type="hello", workspace="talk", since=10**6, epoch=ann.greeting["epoch"])
        page = await cleo.until(lambda message: message["type"] == "snapshot")
        minutes.note(to="cleo", **without(page, "items"), items=len(page["items"]))


def _feeds(bob: Client, names: Names) -> list[Message]:
    """Of progress how each run begins and ends, of quality what holds in the end; what comes between is a matter of time."""
    by_run: dict[tuple[str, str], list[Message]] = {}
    found = []
    for feed in bob.feeds:
        if feed["event_type"] == "agent_progress":
            by_run.setdefault((feed["data"]["run_id"], feed["agent_id"]), []).append(feed)
        elif feed["event_type"] != "section_updated" or feed["data"].get("complete", True):
            found.append(feed)
    for feeds in by_run.values():
        for feed in (feeds[0], feeds[-1]):
            # What was said and done until then is as much as had come by the time.
            found.append(
                {**feed, "data": {**feed["data"], "percentage": None} if feed is feeds[0] else feed["data"]}
            )
    shown = [plain(feed, Names({}, numbered=False)) for feed in found]
    return sorted(shown, key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))
