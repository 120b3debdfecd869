"""Everything that needs no language model: items and their history, every agent by rules, every way in which a run ends."""

from typing import Any, Final

from tests.golden.alike import Names, plain, story
from tests.golden.asking import ask
from tests.golden.scenes.questions import answered
from tests.golden.scenes.stage import Scene, Stage
from tests.support.daemon import Client, Message
from tests.support.following import Follower, follow

QUERIES: Final = ("copper wire", "suppliers from Europe", "the map", "Lisbon")
AGENTS: Final = (
    "inventory", "supplier", "forecasting", "general", "team", "coordinator", "rag", "research", "analysis",
    "ideation", "trip_planner", "content", "stocktaker", "surveyor", "printer",
)  # fmt: skip

STOCK: Final[list[dict[str, object]]] = [
    {"id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 20, "min_stock": 10, "reorder_point": 30,
     "max_stock": 60, "lead_time": 10, "unit_cost": 2.5, "supplier": "Olea"},
    {"id": "bolt", "type": "inventory", "name": "Bolt", "subtitle": "M8", "current_stock": 500, "reorder_point": 30,
     "max_stock": 600},
    {"id": "hub", "type": "inventory", "name": "Sensor Hub", "current_stock": 0, "reorder_point": 5, "unit_cost": 49.9},
    {"id": "olea", "type": "supplier", "name": "Olea", "location": "Europe", "reliability_score": 84, "delivery_time": 8,
     "products": ["Copper Wire"], "unit_cost": 2.0},
    {"id": "paco", "type": "supplier", "name": "Paco", "location": "Asia", "reliability_score": 88, "delivery_time": 7,
     "products": ["Copper Wire", "Sensor Hub"], "unit_cost": 2.0, "risk_level": "high"},
    {"id": "po-1", "type": "order", "name": "PO 1", "order_number": "4711", "supplier": "Olea", "order_date": "2026-10-01"},
    {"id": "note-1", "type": "note", "name": "Été", "text": "“Grüße”\n\t\u2028 \U0001f600",
     "deep": {"list": [1, -2.5, True, {"a": "b"}], "empty": {}}, "big": 9007199254740991, "small": 1e-7},
]  # fmt: skip
DEMAND: Final = "item,date,quantity\n" + "".join(
    f"{item},2025-{month:02}-01,{quantity + month}\n"
    for item, quantity in (("wire", 150), ("bolt", 10))
    for month in range(1, 13)
)
TABLE: Final = "ID,Name,Current Stock,Reorder Point\n1,Lamp,40,50\n2,Cable,7,3\n3,Lamp,1,2\n"


async def play(stage: Stage) -> None:
    """Write the database."""
    daemon = stage.daemon
    async with (
        daemon.client(workspace="shop", user_id="ann") as ann,
        daemon.client(workspace="shop", user_id="bob") as bob,
    ):
        await write_items(stage, ann, bob)
        await do_once(stage, ann, bob)
        await _agents(stage, ann, bob)
        await _undone(stage, ann)
        await _memories(stage, ann, bob)
        stage.noted(ann)["queries"] += QUERIES
        stage.noted(ann)["agents"] += AGENTS
    async with daemon.client(workspace="press", user_id="ann") as client:
        await _threads(stage, client)
    async with daemon.client(workspace="trips", user_id="cleo") as client:
        await _trips(stage, client)
    async with daemon.client(workspace="ends", user_id="dora") as client:
        await _ends(stage, client)
    async with daemon.client(user_id="bob") as client:
        await client.ask(type="add_item", id="wire", item={"type": "inventory", "name": "Another wire"})
        stage.noted(client)


async def write_items(stage: Stage, ann: Client, bob: Client) -> None:
    """Items of several types, edited and removed by two users; events of their own; a table; demand."""
    await ann.ask(type="bulk", operation="add_multiple", items=STOCK)
    base = bob.seq
    await bob.heard(len(STOCK))
    await ann.ask(type="change_item", item_id="wire", set={"current_stock": 18, "location": "Hall 1"})
    await bob.ask(
        type="change_item", item_id="wire", set={"current_stock": 17, "name": "Copper wire 2 mm"}, base=7
    )
    await bob.ask(
        type="change_item", item_id="wire", set={"location": "Hall 2"}, base=7, on_conflict="reject"
    )
    await bob.ask(
        type="change_item", item_id="wire", set={"location": "Hall 3", "status": "checked"}, base=7, on_conflict="merge"
    )  # fmt: skip
    await ann.ask(type="change_item", item_id="bolt", inc={"current_stock": -25.5}, unset=["subtitle"])
    await ann.ask(type="change_item", item_id="olea", add_to_set={"products": ["Sensor Hub", "Copper Wire"]})
    await ann.ask(type="change_item", item_id="note-1", set={"type": "memo", "deep": None})
    await ann.ask(type="change_item", item_id="bolt", set={"name": "Bolt"})  # nothing differs
    for item_id in ("once", "twice"):
        await bob.ask(type="add_item", id=item_id, item={"type": "note", "name": item_id})
        await bob.ask(type="remove_item", item_id=item_id, reason="no longer needed")
    await ann.ask(type="add_item", id="twice", item={"type": "note", "name": "Twice, again"})
    await ann.ask(type="publish", event_type="delivery_announced", data={"dock": 4}, item_id="wire")
    await bob.ask(type="publish", event_type="closing_time", data={"at": "18:00", "days": [1, 2]})
    await ann.ask(type="import", text=TABLE, filename="inventory.csv")
    await ann.ask(type="import", text=DEMAND)
    stage.noted(ann)["gone"] += ["once"]
    stage.noted(ann)["since"] = base


async def do_once(stage: Stage, ann: Client, bob: Client) -> None:
    """What is done only once, however often it is sent."""
    await stage.operation(ann, "op-1", type="add_item", id="op-item", item={"type": "note", "name": "Op"})
    await stage.operation(bob, "op-1", type="add_item", item={"type": "note", "name": "Op of bob"})
    await stage.operation(ann, "op-2", type="change_item", item_id="op-item", inc={"count": 1})
    await stage.operation(ann, "op-3", type="change_item", item_id="op-item", set={"count": 1})
    await stage.operation(ann, "op-4", type="publish", event_type="told", data={"once": True})
    await stage.operation(
        ann, "op-5", type="bulk", operation="update_multiple",
        items=[{"item_id": "op-item", "inc": {"count": 1}}, {"item_id": "nowhere", "set": {"a": 1}}],
    )  # fmt: skip
    await stage.operation(
        bob, "op-6", type="import", text="ID,Name,Text\n9,Imported,words\n", item_type="note"
    )
    await stage.operation(
        bob, "op-7", type="add_item", id="short-lived", item={"type": "note", "name": "Short"}
    )
    await stage.operation(bob, "op-8", type="remove_item", item_id="short-lived")
    stage.noted(ann)["gone"] += ["short-lived"]


async def _agents(stage: Stage, ann: Client, bob: Client) -> None:
    await stage.request(ann, "add", "Add 3 inventory items")
    await stage.request(ann, "show", "Show all low stock items")
    await stage.request(ann, "stock", "Analyze the stock", agent="inventory")
    await stage.request(ann, "raise", "Set the stock of Bolt to 510")
    await stage.request(bob, "rename", "Rename Cable to Red Cable")
    await stage.request(bob, "remove", "Remove item Red Cable")
    await stage.request(ann, "supplier", "Which supplier should we choose for Copper wire 2 mm?")
    await stage.request(ann, "forecast", "Forecast demand for the next 3 months")
    await stage.request(ann, "general", "What is the warranty on sensors?")
    await stage.request(ann, "general-2", "Add 2 notes", thread_id="general")
    await stage.request(
        ann, "context", context={"operation": "add_multiple", "atomic": True, "items": [
            {"type": "note", "name": "From a context", "id": "ctx-1"}, {"type": "note", "name": "And another"},
        ]},
    )  # fmt: skip
    await stage.request(ann, "team", "Check stock, forecast demand for what is low and recommend suppliers")
    for agent in ("rag", "research", "analysis", "ideation"):
        await stage.request(bob, agent, "How long is the warranty on sensors?", agent=agent)
    for mode in ("parallel", "sequential", "comprehensive", "primary_only"):
        await _multi(stage, ann, mode)
    await stage.request(
        ann, "content", "Sensor Hub", agent="content",
        context={"benefits": "Warns before pipes freeze", "audience": "plumbers", "page": "spring"},
    )  # fmt: skip
    await stage.request(ann, "stocktaker", "Count", agent="stocktaker")
    await stage.request(ann, "refused", "Remove item Nowhere at all")


async def _multi(stage: Stage, client: Client, mode: str) -> None:
    run = await follow(
        client, mode, type="multi_agent_request",
        request={
            "query": "Which supplier should we choose for Copper wire 2 mm?", "coordination_mode": mode,
            "primary_agent": "supplier", "supporting_agents": ["research", "analysis"], "thread_id": mode,
        },
    )  # fmt: skip
    stage.note_run(client, mode, run)


async def _undone(stage: Stage, client: Client) -> None:
    """A run and a change that were taken back already."""
    run = await stage.request(client, "undone", "Add 2 orders")
    await stage.operation(client, "undo-run", type="undo", run_id=run.run_id)
    change = await client.ask(type="change_item", item_id="bolt", set={"location": "Nowhere"})
    await stage.operation(client, "undo-change", type="undo", seq=change["seq"])


async def _memories(stage: Stage, ann: Client, bob: Client) -> None:
    for number, said in enumerate(
        (
            "I prefer suppliers from Europe",
            "I avoid suppliers from Asia",
            "I no longer avoid suppliers from Asia",
        )
    ):
        await stage.request(ann, f"wish-{number}", said)
    for client, key, value in (
        (ann, "units", "metric"), (ann, "colour", {"of": ["red", 1.5]}), (bob, "units", "yards"), (bob, "gone", 1)
    ):  # fmt: skip
        await client.ask(type="memory", action="set_preference", key=key, value=value)
    await bob.ask(type="memory", action="set_preference", key="gone")
    await stage.request(bob, "survey", "Survey the plots", agent="surveyor")
    answered = await _respond(stage, bob, "survey", decision="approve", value={"colour": "green"})
    assert answered.last["type"] == "complete", answered.last


async def _respond(stage: Stage, client: Client, name: str, **answer: object) -> Follower:
    """Answer the one question of a thread."""
    (question,) = (await client.ask(type="list_interrupts", thread_id=name))["interrupts"]
    message: Message = {"type": "respond", "interrupt_id": question["interrupt_id"], **answer}
    run = await follow(client, f"{name} answered", **message)
    stage.note_run(client, f"{name} answered", run)
    stage.noted(client)["answers"].append({"message": message, "run_id": run.run_id})
    return run


async def _threads(stage: Stage, client: Client) -> None:
    """Threads that were edited, wound back and forked, and go on from there."""
    await stage.request(client, "plain", "a poster", agent="printer")
    await _respond(stage, client, "plain", decision="approve")
    await stage.request(client, "dropped", "a poster", agent="printer")
    await _respond(stage, client, "dropped", decision="reject")
    for name in ("edited", "as-node", "rewound", "forked"):
        await stage.request(client, name, f"a {name} poster", agent="printer")
    await client.ask(
        type="thread", thread_id="edited", action="update", values={"draft": "by hand", "note": [1, None]}
    )
    await client.ask(
        type="thread", thread_id="as-node", action="update", as_node="plan", values={"plan": "my plan", "drafts": 0}
    )  # fmt: skip
    for name in ("rewound", "forked"):
        history = (await client.ask(type="thread", thread_id=name, action="history"))["checkpoints"]
        (after_plan,) = [
            point for point in history if point.get("node") == "plan" and point["source"] == "node"
        ]
        if name == "rewound":
            await client.ask(
                type="thread", thread_id=name, action="rewind", checkpoint_id=after_plan["checkpoint_id"]
            )
        else:
            fork = {"to_thread_id": "fork", "checkpoint_id": after_plan["checkpoint_id"]}
            await client.ask(type="thread", thread_id=name, action="fork", **fork)
            stage.noted(client)["threads"].append("fork")
    run = await stage.request(client, "unnamed", "Add 1 note", thread_id=None)
    assert run.told[0]["thread_id"] in stage.noted(client)["threads"]


async def _trips(stage: Stage, client: Client) -> None:
    await stage.request(
        client, "whole", "Plan three days in Lisbon", agent="trip_planner", options={"max_revisions": 2}
    )
    await stage.request(
        client, "essay", "Write about sensors", agent="trip_planner", options={"max_revisions": 0}
    )
    for name in ("paused", "paused-later", "paused-edited"):
        hitl = {"use_hitl": True, "max_revisions": 1}
        await stage.request(client, name, "Three days in Lisbon", agent="trip_planner", options=hitl,
                            context={"destination": "Lisbon", "days": 3, "prompts": {"generate": "Be brief."}})  # fmt: skip
    for step in range(3):
        run = await follow(
            client, f"step {step}", type="user_request", user_input="Go on", thread_id="paused-later",
            options={"use_hitl": True},
        )  # fmt: skip
        stage.note_run(client, f"paused-later {step}", run)
    await client.ask(
        type="thread",
        thread_id="paused-edited",
        action="update",
        values={"plan": "Day 1: Alfama\nDay 2: Belém"},
    )


async def _ends(stage: Stage, client: Client) -> None:
    """Runs that failed, were cancelled, took too long; and questions that nobody can answer any more."""
    await stage.request(client, "failed", "Fall", agent="falls")
    await stage.request(client, "timed-out", "Wait", agent="lingers", options={"budget": {"seconds": 0.2}})
    await client.send(
        type="user_request", user_input="Wait", agent="lingers", thread_id="cancelled", request_id="cancelled"
    )
    run = Follower("cancelled")
    await run.hear_type(client, "content")
    await client.send(type="cancel", thread_id="cancelled")
    await run.hear(client)
    stage.note_run(client, "cancelled", run)
    await stage.request(client, "expired", "Hurry", agent="hurries")
    (question,) = (await client.ask(type="list_interrupts"))["interrupts"]
    stage.noted(client)["expired"] = question["interrupt_id"]
    await client.ask(
        type="bulk", operation="add_multiple",
        items=[{"type": "inventory", "name": f"Low {number}", "current_stock": 1, "reorder_point": 9} for number in range(5)],
    )  # fmt: skip
    run = await stage.request(client, "withdrawn", "Remove all low stock items")
    stage.noted(client)["withdrawn"] = run.last["interrupt"]["interrupt_id"]
    await stage.request(client, "withdrawn-2", "Add 1 note", thread_id="withdrawn")
    await stage.request(client, "rejected", "Remove all low stock items")
    await _respond(stage, client, "rejected", decision="reject")
    await stage.request(client, "in part", "Remove all low stock items")
    (question,) = (await client.ask(type="list_interrupts", thread_id="in part"))["interrupts"]
    kept = list(question["value"]["items"])[:2]
    await _respond(stage, client, "in part", decision="edit", value={"item_ids": kept})


async def after(stage: Stage) -> dict[str, Any]:
    """Go on with what was left open, take back what was done, ask again what was asked."""
    return {
        "shop": await _shop_after(stage),
        "press": await _press_after(stage),
        "trips": await _trips_after(stage),
        "ends": await _ends_after(stage),
    }


async def _shop_after(stage: Stage) -> dict[str, Any]:
    names, runs = _names(stage, "shop"), stage.notes["shop"]["runs"]
    found: dict[str, Any] = {}
    async with stage.daemon.client(workspace="shop", user_id="ann", snapshot=1) as client:
        for name in ("rename", "remove", "rename", "context", "undone", "survey answered", "refused"):
            undone = await ask(client, type="undo", run_id=runs[name])
            found[f"undo {name}"] = [*found.get(f"undo {name}", ()), plain(undone, names)]
        for seq in (11, 10, 8):
            found[f"undo {seq}"] = plain(await ask(client, type="undo", seq=seq), names)
        for name, words in (
            ("forecast", "Forecast demand for the next 3 months"),
            ("supplier", "Which supplier should we choose for Copper Wire?"),
            ("recall", "What do I prefer?"),
        ):
            run = await follow(client, name, type="user_request", user_input=words)
            found[name] = story(run.told, names)
        found["kept"] = await answered(client, "stocktaker", {"decision": "approve"}, names)
        found["forgotten"] = await ask(client, type="memory", action="clear", kinds=["collaboration"])
        found["items"] = plain(list(client.items.values()), names)
        found["events"] = plain(client.events, names)
    return found


async def _press_after(stage: Stage) -> dict[str, Any]:
    names = _names(stage, "press")
    found: dict[str, Any] = {}
    async with stage.daemon.client(workspace="press", user_id="bob") as client:
        for name in ("as-node", "rewound", "fork"):
            run = await follow(client, name, type="user_request", user_input="Go on", thread_id=name)
            found[name] = story(run.told, names)
        for name in ("edited", "forked", "as-node", "rewound", "fork"):
            questions = (await client.ask(type="list_interrupts", thread_id=name))["interrupts"]
            found[f"{name} waits"] = plain(questions, names)
            if questions:
                found[f"{name} answered"] = await answered(client, name, {"decision": "approve"}, names)
        history = await ask(client, type="thread", thread_id="plain", action="history")
        (planned, *_) = [point for point in history["checkpoints"] if point.get("node") == "plan"]
        back = {"thread_id": "plain", "checkpoint_id": planned["checkpoint_id"]}
        found["back"] = plain(await ask(client, type="thread", action="rewind", **back), names)
        found["parted"] = plain(
            await ask(client, type="thread", action="fork", to_thread_id="parted", **back), names
        )
        for name in ("plain", "parted"):
            run = await follow(client, name, type="user_request", user_input="Once more", thread_id=name)
            found[f"{name} again"] = story(run.told, names)
    return found


async def _trips_after(stage: Stage) -> dict[str, Any]:
    names = _names(stage, "trips")
    found: dict[str, Any] = {}
    async with stage.daemon.client(workspace="trips", user_id="cleo") as client:
        found["approved"] = await answered(client, "paused", {"decision": "approve"}, names)
        for name in ("paused", "paused-later", "paused-edited"):
            run = await follow(
                client, name, type="user_request", user_input="Go on to the end", thread_id=name
            )
            state = await ask(client, type="thread", thread_id=name)
            found[name] = {"told": story(run.told, names), "state": plain(state, names)}
    return found


async def _ends_after(stage: Stage) -> dict[str, Any]:
    names, notes = _names(stage, "ends"), stage.notes["ends"]
    found: dict[str, Any] = {}
    async with stage.daemon.client(workspace="ends", user_id="dora") as client:
        for name in ("expired", "withdrawn"):
            answer = await ask(client, type="respond", interrupt_id=notes[name], decision="approve")
            found[f"too late for {name}"] = plain(answer, names)
        for name in ("failed", "cancelled", "timed-out", "rejected"):
            run = await follow(client, name, type="user_request", user_input="Add 1 note", thread_id=name)
            found[name] = story(run.told, names)
    return found


def _names(stage: Stage, workspace: str) -> Names:
    return Names({run_id: f"<{name}>" for name, run_id in stage.notes[workspace]["runs"].items()})


SCENE: Final = Scene(play, after=after)
