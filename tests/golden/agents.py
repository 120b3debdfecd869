"""Agents of the golden databases, as somebody's package brings them. They are part of the databases: leave them as they are.

A database in which one of them was killed is gone on with by these very nodes; so a new wish takes a new agent.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from streamd import AddItems, Agent, ChangeItems, Explain, ItemEdit, RemoveItems, Response, Run

GO: Final = "go"
"""The file in the daemon's directory that opens every gate."""

Told = AsyncGenerator[Response, None]


def _is_closed() -> bool:
    return not Path(GO).exists()


async def _gate(run: Run, name: str) -> None:
    """Wait for ever where the request's context says `{"gate": name}`, unless the file is there."""
    if run.request.context.get("gate") == name and _is_closed():
        await asyncio.Event().wait()


# ── the stocktaker of the README ─────────────────────────────────────────────────────────────────────────────────────


async def _count(run: Run) -> Told:
    items = await run.items("inventory")
    units = sum(int(str(item.fields.get("current_stock", 0))) for item in items)
    facts = (f"There are {len(items)} items.", f"They have {units} units.")
    report = run.think(f"Report in plain words: {facts}", task=Explain(facts))
    async for words in report:
        yield words
    run.update(report=report.text)


async def _keep(run: Run) -> Told:
    await run.ask("Keep the report as a note?")
    await run.carry_out(
        [AddItems(({"type": "note", "name": "Stock report", "text": str(run.state["report"])},))]
    )
    yield Response("general_complete", "The report is kept.")


STOCKTAKER: Final = Agent("stocktaker", nodes={"count": _count, "keep": _keep}, edges={"count": "keep"})


# ── a graph with all that a crash may interrupt ──────────────────────────────────────────────────────────────────────

PLOTS: Final = 6


async def _prepare(run: Run) -> Told:
    yield Response("general_processing", "preparing")
    plots: tuple[Mapping[str, str | int], ...] = tuple(
        {"type": "plot", "name": f"Plot {number}", "thread": run.thread_id, "visits": 0}
        for number in range(PLOTS)
    )
    await run.carry_out([AddItems(plots)])
    run.update(prepared=len(run.outcome.added))


async def _visit(run: Run, start: int) -> Told:
    """Count up every other plot of the thread."""
    plots = [
        item for item in await run.items("plot", fresh=True) if item.fields.get("thread") == run.thread_id
    ]
    for plot in plots[start::2]:
        yield Response("general_processing", f"visiting {plot.fields['name']}")
        await run.carry_out([ChangeItems((ItemEdit(plot.id, inc={"visits": 1}),))])
        await _gate(run, f"visit {plot.fields['name']}")


async def _north(run: Run) -> Told:
    async for told in _visit(run, 0):
        yield told
    run.update(north="visited")


async def _south(run: Run) -> Told:
    report = run.think("Say what the south looks like.", task=Explain(("The south is green.", "It is flat.")))
    async for words in report:
        yield words
    async for told in _visit(run, 1):
        yield told
    run.update(south=report.text)


async def _reading() -> object:
    return {"hours": 7, "by": ["north", "south"]}


async def _decide(run: Run) -> Told:
    yield Response("general_processing", "deciding")
    measured = await run.once("measured", _reading)
    answer = await run.ask(
        "Which colour shall the map have?",
        reason="input_required",
        schema={"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"]},
        value={"measured": measured, "south": run.state["south"]},
    )
    colour = answer.value["colour"] if isinstance(answer.value, dict) else "none"
    yield Response("general_processing", f"decided: {colour}")
    run.update(colour=colour, measured=measured)


async def _tidy(run: Run) -> Told:
    plots = [
        item for item in await run.items("plot", fresh=True) if item.fields.get("thread") == run.thread_id
    ]
    await run.carry_out([RemoveItems(tuple(plot.id for plot in plots[:1]), "surveyed")])
    await _gate(run, "tidy")
    await run.carry_out([RemoveItems(tuple(plot.id for plot in plots[1:2]), "surveyed")])
    consultation = run.consult("general", "How many plots are there?")
    async for told in consultation:
        yield told
    run.remember("insight", f"The map of {run.thread_id} is {run.state['colour']}.")
    run.remember("analysis", f"The south of {run.thread_id}: {run.state['south']}", {"hours": 7})
    run.conclude(f"The map is {run.state['colour']}.", colour=run.state["colour"])


SURVEYOR: Final = Agent(
    "surveyor",
    nodes={"prepare": _prepare, "north": _north, "south": _south, "decide": _decide, "tidy": _tidy},
    edges={"prepare": ("north", "south"), "north": "decide", "south": "decide", "decide": "tidy"},
    agent_id="surveyor_agent",
)


# ── one that always pauses before a node and has another way to go, and that goes round ──────────────────────────────


async def _plan(run: Run) -> Told:
    run.update(plan=f"plan of {run.request.user_input}", drafts=0)
    yield Response("general_processing", "planned")


async def _draft(run: Run) -> Told:
    drafts = int(str(run.state["drafts"])) + 1
    run.update(drafts=drafts, draft=f"draft {drafts} after {run.state['plan']}")
    yield Response("general_processing", f"draft {drafts}")


async def _print(run: Run) -> Told:
    run.announce("section_updated", {"section": "body", "content": run.state["draft"]})
    yield Response("body", extra={"content": run.state["draft"], "metadata": {}})
    run.announce("quality_updated", {"section": "body", "score": 1.0, "components": []})
    run.conclude(str(run.state["draft"]))


async def _drop(run: Run) -> Told:
    yield Response("general_complete", "dropped")


PRINTER: Final = Agent(
    "printer",
    nodes={"plan": _plan, "draft": _draft, "print": _print, "drop": _drop},
    edges={"plan": "draft", "draft": lambda state: "draft" if state["drafts"] == 1 else "print"},
    interrupt_before=frozenset({"print"}),
    rejected={"print": "drop"},
    agent_id="printer_agent",
)


# ── ends that nobody wishes for ──────────────────────────────────────────────────────────────────────────────────────


async def _fall(run: Run) -> Told:
    yield Response("content", extra={"content": "So far so good"})
    await run.carry_out([AddItems(({"type": "note", "name": "Before the fall"},))])
    raise RuntimeError("what the agent was thinking of")


async def _linger(run: Run) -> Told:
    yield Response("content", extra={"content": "Waiting"})
    if _is_closed():
        await asyncio.Event().wait()


async def _hurry(run: Run) -> Told:
    yield Response("general_processing", "hurrying")
    await run.ask("Now or never?", expires_seconds=0.05)


# ── one that needs each of the things that are kept of a run ─────────────────────────────────────────────────────────


async def _dig(run: Run) -> Told:
    """The node before the one that is cut off: what it leaves stands in its checkpoint."""
    match run.request.context["do"]:
        case "reply":
            yield Response("general_processing", f"understood: {run.understanding.intent.primary_intent}")
        case "found":
            yield Response("general_complete", "It is dug.")
        case "conclusion":
            run.conclude("All is dug.", beds=2)
        case "names":
            await run.carry_out([AddItems(({"type": "rose", "name": "Rose"},))])
        case "versions":
            pot = (await run.items("pot"))[0].id
            await run.carry_out([ChangeItems((ItemEdit(pot, set={"state": "dug"}),))])
            run.update(pot=pot)
        case "touched":
            await run.carry_out([AddItems(tuple({"type": "rose", "name": f"Rose {n}"} for n in range(3)))])
        case "removals":
            pots = await run.items("pot")
            await run.carry_out([RemoveItems((pots[0].id, pots[1].id), "broken")])
        case _:
            pass


async def _rest(run: Run) -> Told:
    """The node that is cut off, before or behind what it does."""
    do, pots = run.request.context["do"], []
    if do in ("removed names", "allowed", "places"):
        pots = list(await run.items("pot"))
    match do:
        case "removed names":
            await run.carry_out([RemoveItems((pots[0].id,), "broken")])
        case "allowed":
            await run.carry_out([RemoveItems(tuple(pot.id for pot in pots[:4]), "broken")])
        case "places":
            await run.carry_out([RemoveItems((pots[1].id,), "broken")])
            await run.carry_out([RemoveItems((pots[2].id,), "broken")])
        case _:
            pass
    yield Response("progress", extra={"progress": 0.5})
    await _gate(run, "rest")
    match do:
        case "versions":
            pot = cast("Any", run.state["pot"])
            await run.carry_out([ChangeItems((ItemEdit(pot, set={"state": "rested"}),))])
        case "touched":
            await run.carry_out([AddItems(tuple({"type": "rose", "name": f"Late {n}"} for n in range(6)))])
        case "removals":
            await run.carry_out([RemoveItems(((await run.items("pot"))[-1].id,), "broken, too")])
        case "allowed":
            await run.carry_out([RemoveItems((pots[4].id,), "broken, too")])
        case "places":
            yield Response("general_processing", ", ".join(pot.name for pot in pots))
        case _:
            pass


GARDENER: Final = Agent("gardener", nodes={"dig": _dig, "rest": _rest}, edges={"dig": "rest"})
CHORES: Final = (
    "reply", "found", "conclusion", "names", "versions", "touched", "removals", "removed names", "allowed", "places",
)  # fmt: skip
"""What its requests say in `do`."""


async def _walk(run: Run, where: str) -> Told:
    yield Response("general_processing", f"walking {where}")
    await run.carry_out([AddItems(({"type": "stone", "name": f"From the {where}"},))])


async def _start(run: Run) -> Told:
    run.update(started=True)
    yield Response("general_processing", "starting")


async def _east(run: Run) -> Told:
    yield Response("progress", extra={"progress": 0.5})
    await _gate(run, "rest")
    async for told in _walk(run, "east"):
        yield told


ROAMER: Final = Agent(
    "roamer",
    nodes={
        "start": _start, "east": _east, "west": partial(_walk, where="west"), "hill": partial(_walk, where="hill"),
    },
    edges={"start": ("east", "west"), "west": "hill"},
)  # fmt: skip
"""Cut off in one branch while what follows the other waits for it."""


async def _climb(run: Run) -> Told:
    laps = int(str(run.state.get("laps", 0))) + 1
    pot = (await run.items("pot"))[0].id
    await run.carry_out([ChangeItems((ItemEdit(pot, inc={"laps": 1}),))])
    if laps == 2:
        yield Response("progress", extra={"progress": 0.5})
        await _gate(run, "rest")
    run.update(laps=laps)


CLIMBER: Final = Agent(
    "climber", nodes={"climb": _climb}, edges={"climb": lambda state: "climb" if state["laps"] != 3 else None}
)
"""Cut off in the second visit of a node."""

FALLS: Final = Agent("falls", _fall)
LINGERS: Final = Agent("lingers", _linger)
HURRIES: Final = Agent("hurries", _hurry)

AGENTS: Final = (
    "stocktaker",
    "surveyor",
    "printer",
    "falls",
    "lingers",
    "hurries",
    "gardener",
    "roamer",
    "climber",
)


def installed(directory: Path, code: Path) -> dict[str, str]:
    """A package with the entry points of these agents, installed there; the environment in which Python finds it."""
    package = directory / "golden_agents-1.dist-info"
    package.mkdir(parents=True, exist_ok=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: golden-agents\nVersion: 1\n")
    entries = "".join(f"{name} = {__name__}:{name.upper()}\n" for name in AGENTS)
    (package / "entry_points.txt").write_text(f"[streamd.agents]\n{entries}")
    return {"PYTHONPATH": f"{code}:{directory}"}
