"""Mistakes in agents of one's own: all are found at load, by `check-config` and at the start alike, with file and line."""

import asyncio
import os
import sys
from pathlib import Path

from tests.support.agent_packages import install
from tests.support.daemon import ROOT

HEAD = """
from typing import Annotated, Literal, TypedDict
from streamd import Agent, Response, Trigger, node, tool
async def a(run):
    yield Response("content", "a")
async def b(run):
    yield Response("content", "b")
def plain(run):
    return 1
def generator(run):
    yield 1
async def two(run, more):
    yield 1
async def late(state):
    return "b"
def chosen(state) -> Literal["b", "z"]:
    return "b"
class Wrong(TypedDict):
    x: Annotated[list, lambda one: one]
async def t(x: int) -> str:
    "T."
    return ""
async def pieces(x: int):
    "T."
    yield x
async def shared(x: list[int] = [7]) -> str:
    "T."
    return ""
async def unlike(x: int = "seven") -> str:
    "T."
    return ""
"""
LINE = HEAD.count("\n") + 1
AB = "nodes={'a': a, 'b': b}"

WRONG = {
    "Agent('w', plain)": "plain cannot be a node: define it with `async def`",
    "Agent('w', nodes={'a': generator})": "generator cannot be a node: define it with `async def`",
    "Agent('w', two)": "two cannot be a node: it is called with the run alone, and has missing a required argument: 'more'",
    "Agent('w', nodes=[('a', a)])": "nodes have names: give them as {name: function}",
    "Agent('w', nodes={'a/b': a})": "'a/b' cannot be the name of a node",
    "Agent('w')": "agent w needs steps, or nodes, and not both",
    "Agent('w', a, nodes={'a': a})": "agent w needs steps, or nodes, and not both",
    "Agent('w', stepz=a)": "unexpected keyword argument 'stepz'",
    "Agent('w', nodes={'a': a, 'begin': b}, edges={'a': 'begn'})": (
        "agent w has no node begn, and an edge leads to it; did you mean begin?"
    ),
    f"Agent('w', {AB}, edges={{'x': 'b', 'a': 'b'}})": "agent w has no node x, and there is an edge from it",
    f"Agent('w', {AB}, edges={{'a': chosen}})": "agent w has no node z, and an edge leads to it",
    f"Agent('w', {AB}, edges={{'a': b}})": "the edge of a leads to the name of a node: write the name instead of b",
    f"Agent('w', {AB}, edges={{'a': late}})": (
        "late, which chooses the goal after a, must be a plain function: use def"
    ),
    f"Agent('w', {AB}, edges={{'a': lambda: 'b'}})": (
        "<lambda>, which chooses the goal after a, is called with the state alone"
    ),
    f"Agent('w', {AB}, edges={{'a': 3}})": (
        "the edge of a is a name of a node, several, or a function of the state"
    ),
    f"Agent('w', {AB})": "agent w: no edge leads to b; the graph starts at a",
    f"Agent('w', {AB}, edges={{'a': 'b', 'b': 'a'}})": "agent w: no path leads from a, b to an end",
    f"Agent('w', {AB}, edges={{'a': 'b'}}, interrupt_before={{'c'}})": (
        "agent w has no node c, and interrupt_before or hitl_before has it"
    ),
    f"Agent('w', {AB}, edges={{'a': 'b'}}, interrupt_before='b')": "'b' must stand in a collection",
    "Agent('w', nodes={'a': a}, rejected={'a': 'q'})": "agent w has no node q, and rejected has it",
    "Agent('w', nodes={'a': node(retries=-1)(a)})": "'retries' must be >= 0",
    "Agent('w', node(retry_on=(3,))(a))": "retry_on has classes of errors, and not (3,)",
    "Agent('w', node(retry_on='x')(a))": "retry_on is a class of errors, several, or a function of an error, and not 'x'",
    "Agent('w', a, state=Wrong)": "the reducer of x in the state is called with the value that is there",
    "Agent('w', a, state=dict)": "the state of an agent is a TypedDict or an attrs class",
    "Agent('w', a, tools=[t, t])": "there is another tool called t",
    "Agent('w', a, tools=t)": "tools stand in a collection, also a single one",
    "Agent('w', a, tools=['t'])": "TypeError: 't' is not a callable object",
    "Agent('w', a, tools=[pieces])": "cannot be a tool: it yields, and a tool returns its result",
    "Agent('w', a, tools=[shared])": "the default of its parameter x would be shared by all calls",
    "Agent('w', a, tools=[unlike])": "the default of its parameter x, 'seven', is not of its type",
    "Agent('w', a, tools=[tool(effect='reed')(t)])": "effect of the tool t is read or write, and not 'reed'",
    "Agent('w', a, tools=[tool(timeout_seconds='9')(t)])": "timeout_seconds of the tool t must be above 0",
    "Agent('w', a, tools=[tool(needs_approval='yes')(t)])": "needs_approval of the tool t is True, False, or a function",
    "Agent('w', a, tools=[tool(needs_approval=lambda: True)(t)])": "needs_approval of the tool t is True, False, or a function",
    "Agent('w', a, tools=[tool(needs_approval=late)(t)])": "needs_approval of the tool t must be a plain function: use def",
    "Agent('w', a, tools=[tool(dependencies={'x': 3})(t)])": "dependencies of the tool t are async context managers",
    "Agent('w', a, triggers=['weekly'])": "triggers are a collection of Trigger(…)",
    "Agent('w', a, triggers=Trigger('x', 'Go', schedule='0 7 * * 1'))": "triggers are a collection of Trigger(…)",
    "Agent('w', a, triggers=[Trigger('x', 'Go', on='item_added')])": "on has options, such as {'event': 'item_added'}, and is not 'item_added'",
    "Agent('w', a, triggers=[Trigger('x', 'Go', schedule='0 7 * * 1', max_running='3')])": (
        "TypeError: 'max_running' must be <class 'int'> (got '3' that is a <class 'str'>). ("
    ),
    "Agent('w w', a)": "'w w' cannot be the name or the id of an agent",
    "undefined": "NameError: name 'undefined' is not defined",
    "__import__('json').loads('{')": "JSONDecodeError: Expecting property name",
    "__import__('nothing_like_this')": "ModuleNotFoundError: No module named 'nothing_like_this'",
    "__import__('sys').exit('bye')": "SystemExit: bye",
    "(": "SyntaxError: '(' was never closed",
}
RIGHT = """
AGENT = Agent("right", nodes={"a": a, "b": b, "c": a}, edges={"a": ["b", "c"], "b": lambda state: "a"})
LOOP = Agent("loop", nodes={"a": a, "b": b}, edges={"a": "b", "b": lambda state: "a" if state else None})
"""


TRIGGERS = """
AGENT = Agent("late", a, triggers=[
    Trigger("at-61", "Go", schedule="61 * * * *"),
    Trigger("at-61", "Go", on={"event": "field_change"}),
])
"""


async def said_by(command: str, directory: Path, site: Path, *flags: str) -> tuple[int | None, str]:
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streamd", command, *flags, cwd=directory,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{site}"}, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await done.communicate()
    return done.returncode, said.decode()


async def test_every_mistake_is_told_at_once_with_its_file_and_line_by_check_config_and_at_the_start(
    tmp_path: Path,
) -> None:
    modules = {f"wrong_{at}": f"{HEAD}AGENT = {made}\n" for at, made in enumerate(WRONG)}
    agents = {f"w{at}": f"wrong_{at}:AGENT" for at in range(len(WRONG))}
    site = install(
        tmp_path / "site", {**modules, "right": f"{HEAD}{RIGHT}", "empty": ""},
        **agents, right="right:AGENT", loop="right:LOOP", gone="empty:AGENT", odd="right:HEAD", nowhere="no_module:AGENT",
    )  # fmt: skip
    status, said = await said_by("check-config", tmp_path, site)

    assert status == 2
    for at, what in enumerate(WRONG.values()):
        (told,) = [line for line in said.splitlines() if f"agent w{at} (" in line]
        assert what in told
        assert told.endswith(f"({site}/wrong_{at}.py:{LINE})")
    assert "agent gone (empty:AGENT): cannot be loaded: AttributeError: module 'empty' has no" in said
    assert "agent nowhere (no_module:AGENT): cannot be loaded: ModuleNotFoundError" in said
    assert "agent right" not in said
    assert "agent loop" not in said
    assert "Traceback" not in said
    assert await said_by("serve", tmp_path, site, "--port", "0") == (status, said)


async def test_a_mistake_in_a_trigger_is_told_with_the_file_and_the_line_where_the_trigger_is_made(
    tmp_path: Path,
) -> None:
    site = install(tmp_path / "site", {"late": f"{HEAD}{TRIGGERS}"}, late="late:AGENT")
    status, said = await said_by("check-config", tmp_path, site)

    assert status == 2
    at = f"agent late ({site}/late.py:"
    assert f"{at}{LINE + 2}): trigger at-61.schedule: bad minute" in said
    assert f"{at}{LINE + 3}): trigger at-61.on.event: there is no event field_change" in said
    assert f"{at}{LINE + 3}): trigger at-61: another trigger has this name; give it another" in said
    assert await said_by("serve", tmp_path, site, "--port", "0") == (status, said)
