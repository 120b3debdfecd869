"""Asks a daemon for everything that it can say of a workspace, so that two of its answers can be compared."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.support.daemon import Client, Daemon, Message
from tests.support.following import LAST

ALL: Final = 1000
"""The most that one message asks for."""

Notes = Mapping[str, Any]
"""What the maker of a workspace knew of it: `runs` by name, `threads`, `queries` to its memories, `gone` items, `agents`."""


async def everything(daemon: Daemon, workspace: str, notes: Notes) -> dict[str, Any]:
    """What the daemon says of a workspace in which nothing is going on."""
    async with daemon.client(workspace=workspace) as client:
        epoch, top = client.greeting["epoch"], client.greeting["seq"]
        found: dict[str, Any] = {
            "epoch": epoch,
            "seq": top,
            **await items(client, notes.get("gone", ())),
            "runs": {name: await run(daemon, workspace, run_id) for name, run_id in notes["runs"].items()},
            "threads": {name: await thread(client, name) for name in notes["threads"]},
            "interrupts": (await client.ask(type="list_interrupts"))["interrupts"],
            "memories": await memories(client, notes.get("agents", ()), notes.get("queries", ())),
            "progress": progress(await client.ask(type="get_progress", history=ALL)),
        }
    async with daemon.client(workspace=workspace, since=0, epoch=epoch) as late:
        await late.heard(top)
        found["events"] = late.events
    async with daemon.client(workspace=workspace, snapshot=1) as fresh:
        while fresh.seq < top:
            await fresh.next()
        found["snapshot"] = list(fresh.items.values())
    return found


async def items(client: Client, gone: Sequence[str] = ()) -> dict[str, Any]:
    """All items by page and one by one, those that are gone, and all of them as a table."""
    listed: list[Message] = []
    page: Message = {"after": 0, "more": True}
    while page["more"]:
        page = await client.ask(type="list_items", limit=50, after=page["after"])
        listed += page["items"]
    single = [await ask(client, type="get_item", item_id=item["id"]) for item in listed]
    missing = [await ask(client, type="get_item", item_id=item_id) for item_id in gone]
    return {"listed": listed, "items": single, "gone": missing, "table": await table(client)}


async def table(client: Client) -> str:
    """All items as CSV."""
    await client.send(type="export")
    text = ""
    while True:
        piece = await client.until(lambda message: message.get("type") in ("export", "error"))
        text += str(piece["text"])
        if not piece["more"]:
            return text


async def run(daemon: Daemon, workspace: str, run_id: str, after: int = 0) -> dict[str, Any]:
    """What a run has told, to its end, and how it is said to stand."""
    async with daemon.client(workspace=workspace) as client:
        attached = await ask(client, type="attach", run_id=run_id, after=after)
        told: list[Message] = []
        is_over = attached["type"] != "attached" or (
            attached["top"] <= after and attached["status"] not in ("pending", "running")
        )
        while not is_over and not (told and told[-1]["type"] in LAST):
            told.append(await client.until(lambda message: "run_seq" in message))
        return {"attached": attached, "told": told}


async def thread(client: Client, thread_id: str) -> dict[str, Any]:
    """Where a thread stands and all places where it stood."""
    state = await ask(client, type="thread", thread_id=thread_id)
    history = await ask(client, type="thread", thread_id=thread_id, action="history", limit=ALL)
    places = [
        await ask(client, type="thread", thread_id=thread_id, checkpoint_id=point["checkpoint_id"])
        for point in history.get("checkpoints", ())
    ]
    return {"state": state, "history": history, "places": places}


async def memories(client: Client, agents: Sequence[str], queries: Sequence[str]) -> dict[str, Any]:
    """All memories, those of each agent, and what is found by words."""
    return {
        "all": await ask(client, type="memory", action="export"),
        "of": {agent: await ask(client, type="memory", action="list", agent=agent, limit=ALL) for agent in agents},
        "for": {query: await ask(client, type="memory", query=query, limit=ALL) for query in queries},
    }  # fmt: skip


async def ask(client: Client, **message: object) -> Message:
    """A reply without what connects it to its message."""
    return without(await client.ask(**message), "request_id")


def progress(report: Message) -> Message:
    """A report without what differs each time: when a question was closed that is too old, as soon as the daemon is there."""
    history = [
        without(one, "timestamp") if one["event_type"] == "interrupt_closed" else one
        for one in report["history"]
    ]
    return {**without(report, "request_id"), "history": history}


def without(message: Mapping[str, Any], *keys: str) -> Message:
    """A message without some of its keys."""
    return {key: value for key, value in message.items() if key not in keys}
