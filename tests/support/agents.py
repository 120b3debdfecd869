"""Agents for tests that need a particular behaviour, and how to install them for a daemon, as somebody's package would."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from streamd import AddItems, Agent, ChangeItems, Explain, ItemEdit, RemoveItems, Response, Run
from streamd.core.item import ItemId
from tests.support.daemon import ROOT

SECRET: Final = "what the agent was thinking of"


async def _fail(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content", extra={"content": "So far so good"})
    raise RuntimeError(SECRET)


async def _wait(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content", extra={"content": "Waiting"})
    await asyncio.Event().wait()


# ── a graph with everything in it that a crash may interrupt ─────────────────────────────────────────────────────────

WORKED_ON: Final = 16
"""Items that `works` adds; it counts each up, one half in each of two branches, and then removes every other one."""
SENTENCES: Final = tuple(f"Item number {number} has been counted once." for number in range(300))


def _ids(run: Run) -> list[ItemId]:
    return [ItemId(f"{run.thread_id}-{number}") for number in range(WORKED_ON)]


async def _prepare(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "preparing")
    await run.carry_out(
        [
            AddItems(
                tuple({"id": item_id, "type": "note", "name": item_id, "count": 0} for item_id in _ids(run))
            )
        ]
    )
    run.update(prepared=len(run.outcome.added))


async def _count_up(run: Run, item_ids: list[ItemId]) -> AsyncGenerator[Response, None]:
    for item_id in item_ids:
        yield Response("general_processing", f"counting {item_id}")
        await run.carry_out([ChangeItems((ItemEdit(item_id, inc={"count": 1}),))])


async def _left(run: Run) -> AsyncGenerator[Response, None]:
    async for response in _count_up(run, _ids(run)[: WORKED_ON // 2]):
        yield response
    run.update(left="counted")


async def _right(run: Run) -> AsyncGenerator[Response, None]:
    speech = run.think("Say what was counted.", task=Explain(SENTENCES))
    async for response in speech:
        yield response
    async for response in _count_up(run, _ids(run)[WORKED_ON // 2 :]):
        yield response
    run.update(right=len(speech.text))


async def _decide(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "deciding")
    answer = await run.ask(
        "Which word shall it be?",
        reason="input_required",
        schema={"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    )
    word = answer.value["word"] if isinstance(answer.value, dict) else ""
    yield Response("general_processing", f"decided: {word}")
    run.update(word=word)


async def _tidy(run: Run) -> AsyncGenerator[Response, None]:
    for item_id in _ids(run)[::2]:
        await run.carry_out([RemoveItems((item_id,), "tidied")])
    speech = run.think("Say what was done.", task=Explain(SENTENCES[:100]))
    async for response in speech:
        yield response
    run.remember("insight", f"the word of {run.thread_id} was {run.state['word']}")
    run.conclude(f"The word is {run.state['word']}.", words=[run.state["word"]])


async def _speak(run: Run) -> AsyncGenerator[Response, None]:
    speech = run.think("Say all of it.", task=Explain(SENTENCES * 20))
    async for response in speech:
        yield response
    yield Response("general_complete", f"{len(speech.text)} characters")


# ── graphs that pause, go round, tell how good they are ──────────────────────────────────────────────────────────────


async def _plan(run: Run) -> AsyncGenerator[Response, None]:
    run.update(plan=f"plan of {run.request.user_input}", drafts=0)
    yield Response("general_processing", "planned")


async def _draft(run: Run) -> AsyncGenerator[Response, None]:
    drafts = int(str(run.state["drafts"])) + 1
    run.update(drafts=drafts, draft=f"draft {drafts} after {run.state['plan']}")
    yield Response("general_processing", f"draft {drafts}")


async def _publish(run: Run) -> AsyncGenerator[Response, None]:
    run.announce("section_updated", {"section": "body", "content": run.state["draft"]})
    yield Response("body", extra={"content": run.state["draft"], "metadata": {}})
    run.announce("quality_updated", {"section": "body", "score": 1.0, "components": []})
    run.conclude(str(run.state["draft"]))


async def _drop(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", "dropped")


FAILS: Final = Agent("fails", _fail)
WAITS: Final = Agent("waits", _wait)
WORKS: Final = Agent(
    "works",
    nodes={"prepare": _prepare, "left": _left, "right": _right, "decide": _decide, "tidy": _tidy},
    edges={"prepare": ("left", "right"), "left": "decide", "right": "decide", "decide": "tidy"},
    agent_id="works_agent",
)
SPEAKS: Final = Agent("speaks", _speak)
WRITES: Final = Agent(
    "writes",
    nodes={"plan": _plan, "draft": _draft, "publish": _publish, "drop": _drop},
    edges={"plan": "draft", "draft": lambda state: "draft" if state["drafts"] == 1 else "publish"},
    hitl_before=frozenset({"publish"}),
    rejected={"publish": "drop"},
    agent_id="writes_agent",
)
NAMES: Final = ("fails", "waits", "works", "speaks", "writes")


def installed(directory: Path) -> dict[str, str]:
    """A package with the entry points of these agents, installed there; the environment in which Python finds it."""
    package = directory / "test_agents-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: test-agents\nVersion: 1\n")
    entries = "".join(f"{name} = {__name__}:{name.upper()}\n" for name in NAMES)
    (package / "entry_points.txt").write_text(f"[streamd.agents]\n{entries}")
    return {"PYTHONPATH": f"{ROOT}:{directory}"}
