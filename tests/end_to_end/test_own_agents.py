"""Agents of other people: packages that name theirs in the entry-point group `streamd.agents`."""

import asyncio
import os
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tests.support.daemon import ROOT, running
from tests.support.following import follow
from tests.support.messages_api import MessagesApi
from tests.support.scripted_model import Scripted, environ

SHELF: Final = """
from streamd import AddItems, Agent, ChangeItems, ItemEdit, RemoveItems, Response, Run


async def tidy(run: Run):
    yield Response("general_processing", "Tidying…")
    items = await run.items("note")
    await run.carry_out([
        RemoveItems(tuple(item.id for item in items if not item.fields.get("text")), "empty"),
        ChangeItems(tuple(ItemEdit(item.id, set={"tidy": True}) for item in items if item.fields.get("text"))),
        AddItems(({"type": "note", "name": "Tidied", "text": run.request.user_input},)),
    ])
    yield Response("content", "All tidy.", {"removed": len(run.outcome.removed)})


async def clumsy(run: Run):
    yield Response("general_processing", "Watch this…")
    await run.carry_out([AddItems(({"type": "note", "name": "Before the fall"},))])
    raise RuntimeError("a secret of the agent")


TIDY = Agent(name="tidy", steps=tidy, agent_id="tidy_agent")
CLUMSY = Agent(name="clumsy", steps=clumsy)
GENERAL = Agent(name="general", steps=tidy, intents=frozenset({"general"}), agent_id="tidy_agent")
KEEPER = Agent(
    name="keeper", steps=tidy, intents={"housekeeping"}, phrases=("tidy up", "put the notes in order"),
    description="putting notes in order and throwing empty ones away",
)
TAKER = Agent(name="taker", steps=tidy, intents={"forecasting"}, phrases=("Tidy  Up",))
SPEAKER = Agent(name="speaker", steps=tidy, responses={"snapshot"})
INTENT = Agent(name="intent", steps=tidy)
SHADOW = Agent(name="shadow", steps=tidy, agent_id="general_agent")
NONSENSE = "no agent"
"""
NAMELESS: Final = """
from streamd import Agent

AGENT = Agent(name="user", steps=print)
"""

COUNTER: Final = """
from streamd import AddItems, Agent, Explain, Response


async def begin(run):
    run.update(notes=len(await run.items("note")))
    yield Response("general_processing", "Counting…")


async def report(run):
    facts = (f"There are {run.state['notes']} notes.",)
    words = run.think(f"Say this in plain words: {facts}", task=Explain(facts))
    async for word in words:
        yield word
    run.update(report=words.text)


async def consider(run):
    asked = run.consult("general", "How many notes are there?")
    async for told in run.together(asked):
        yield told
    run.update(considered=asked.status)


async def keep(run):
    answer = await run.ask("Under which name?", schema={"type": "string"}, value=run.state["report"])
    await run.carry_out([AddItems(({"type": "note", "name": answer.value, "text": run.state["report"]},))])
    run.remember("insight", run.state["report"])
    run.conclude("The report is kept.", considered=run.state["considered"])
    yield Response("general_complete", "Kept.")


COUNTER = Agent(
    "counter",
    nodes={"begin": begin, "report": report, "consider": consider, "keep": keep},
    edges={"begin": ("report", "consider"), "report": "keep", "consider": "keep"},
)
"""


GUIDE: Final = """
from streamd import Agent, CallTools, Tool, tool


@tool(effect="read")
async def distance(run, to: str) -> dict[str, object]:
    \"\"\"Say how far it is.\"\"\"
    return {"to": to, "km": 7 * len(await run.items("note"))}


MAP = Tool("show_map", "Shows a place.", {"type": "object", "properties": {"place": {"type": "string"}}})


async def steps(run):
    place = run.request.user_input
    task = CallTools((("distance", {"to": place}), ("show_map", {"place": place})))
    async for words in run.act(f"Show the way to {place}", task=task):
        yield words


GUIDE = Agent("guide", steps, tools=(distance, MAP))
"""


async def installed(directory: Path, *, source: str = SHELF, **agents: str) -> Path:
    """A package with these entry points, installed by pip into a directory of its own."""
    wheel, site = directory / "shelf-1.0-py3-none-any.whl", directory / "site"
    entries = "".join(f"{name} = shelf:{variable}\n" for name, variable in agents.items())
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {
            "shelf.py": source,
            "shelf-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n",
            "shelf-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "shelf-1.0.dist-info/entry_points.txt": f"[streamd.agents]\n{entries}",
            "shelf-1.0.dist-info/RECORD": "",
        }.items():
            archive.writestr(name, text)
    pip = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
        "--disable-pip-version-check", "--target", site, wheel, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await pip.communicate()
    assert pip.returncode == 0, said.decode()
    return site


async def test_an_installed_agent_adds_changes_and_removes_and_says_so_in_its_own_name(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, tidy="TIDY")
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client:
        for name, text in (("Full", "words"), ("Empty", "")):
            await client.ask(type="add_item", id=name, item={"type": "note", "name": name, "text": text})
        await client.send(type="user_request", user_input="Tidy up", agent="tidy")
        last = await client.until(lambda message: message.get("type") == "complete")
        await client.heard(5)
        assert (last["data"]["removed"], last["data"]["changed"]) == (["Empty"], ["Full"])
        assert {event["agent_id"] for event in client.events[2:]} == {"tidy_agent"}
        assert [response["type"] for response in client.responses if "run_seq" in response] == [
            "start", "intent_analysis", "general_processing", "item_removal", "item_removed",
            "item_update", "field_changed", "item_creation", "item_added", "content", "complete",
        ]  # fmt: skip
        (added,) = last["data"]["added"]
        assert client.items[added]["text"] == "Tidy up"


async def test_an_installed_graph_thinks_consults_side_by_side_asks_a_person_and_outlives_a_restart(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, source=COUNTER, counter="COUNTER")
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon:
        async with daemon.client() as client:
            for name in ("one", "two"):
                await client.ask(type="add_item", item={"type": "note", "name": name})
            asked = await follow(
                client, "ask", type="user_request", user_input="Count", agent="counter", thread_id="t"
            )
            assert asked.last["interrupt"]["message"] == "Under which name?"
            kinds = [message["type"] for message in asked.told]
            assert kinds[:4] == ["start", "intent_analysis", "general_processing", "node"]
            assert {"content", "agent_start", "agent_complete", "interaction"} <= set(kinds)
            said = "".join(message["content"] for message in asked.told if message["type"] == "content")
            assert said == "There are 2 notes." == asked.last["interrupt"]["value"]
        assert await daemon.stop() == 0
        await daemon.start()
        async with daemon.client() as client:
            (question,) = (await client.ask(type="list_interrupts"))["interrupts"]
            kept = await follow(
                client, "answer", type="respond", interrupt_id=question["interrupt_id"], decision="approve",
                value="Tuesday",
            )  # fmt: skip
            assert kept.last["type"] == "complete", kept.last
            assert (kept.last["message"], kept.last["considered"]) == ("The report is kept.", "completed")
            assert "content" not in [message["type"] for message in kept.told], "nothing is said twice"
            (added,) = kept.last["data"]["added"]
            item = (await client.ask(type="get_item", item_id=added))["item"]
            assert (item["name"], item["text"]) == ("Tuesday", said)
            remembered = await client.ask(type="memory", action="list", agent="counter", kinds=["insight"])
            assert [memory["text"] for memory in remembered["memories"]] == [said]


async def test_an_installed_agents_tools_are_called_and_those_of_a_front_end_answered_from_it(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, source=GUIDE, guide="GUIDE")
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon:
        async with daemon.client() as client:
            await client.ask(type="add_item", item={"type": "note", "name": "one"})
            asked = await follow(client, "ask", type="user_request", user_input="Lisbon", agent="guide")
            question = asked.last["interrupt"]
            assert question["reason"] == "tool_call"
            (call,) = question["value"]["calls"]
            assert (call["name"], call["input"]) == ("show_map", {"place": "Lisbon"})
            await client.ask(type="add_item", item={"type": "note", "name": "two"})
        assert await daemon.stop() == 0
        await daemon.start()
        async with daemon.client() as client:
            shown = await follow(
                client, "answer", type="respond", interrupt_id=question["interrupt_id"], decision="approve",
                value={"results": {call["tool_call_id"]: {"output": "shown"}}},
            )  # fmt: skip
            said = "".join(message["content"] for message in shown.told if message["type"] == "content")
            assert said == '{"to":"Lisbon","km":7}\nshown', "what the tool had found by then"
            assert shown.last["type"] == "complete"


async def test_an_agent_that_falls_ends_its_run_and_nothing_else_and_its_secrets_stay(tmp_path: Path) -> None:
    site = await installed(tmp_path, clumsy="CLUMSY")
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client:
        await client.send(type="user_request", user_input="Go", agent="clumsy")
        last = await client.until(lambda message: message.get("type") == "error")
        assert last["code"] == "run_failed"
        assert "secret" not in repr(last)
        await client.heard(1)
        assert [item["name"] for item in client.items.values()] == ["Before the fall"]
        assert (await client.request("Add 1 supplier"))[-1]["type"] == "complete"
        await daemon.logs("run_failed", "a secret of the agent")


async def test_an_installed_agent_is_reached_by_words_and_swallows_no_request_about_items(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, keeper="KEEPER")
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client:
        told = await client.request("Please tidy up now")
        assert told[1]["intent"]["primary_intent"] == "housekeeping"
        assert told[1]["intent"]["agent"] == "keeper"
        assert told[-1]["data"]["added"]
        told = await client.request("Tidy up and add 2 suppliers")
        assert told[1]["intent"]["agent"] != "keeper"
        told = await client.request("Put the notes in order, then forecast the demand")
        assert told[1]["intent"]["agent"] == "team"
        assert told[1]["intent"]["steps"] == ["housekeeping", "forecasting"]
        assert [one["agent"] for one in told if one["type"] == "agent_complete"] == ["keeper", "forecasting"]


async def test_a_language_model_sorts_requests_to_an_installed_agent_by_its_description(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, keeper="KEEPER")
    async with MessagesApi() as api:
        model = Scripted(api)
        model.says(intent="housekeeping")
        variables = environ(api.url, PYTHONPATH=f"{ROOT}:{site}")
        async with running(tmp_path, **variables) as daemon, daemon.client() as client:
            told = await client.request("My notes are a mess")
            assert told[1]["intent"]["primary_intent"] == "housekeeping"
            assert told[1]["intent"]["agent"] == "keeper"
            assert told[-1]["data"]["added"]
        (question,) = model.sorted
        assert (
            "housekeeping: putting notes in order and throwing empty ones away. For example: “tidy up”"
            in str(question.body["system"])
        )
        assert question.schema is not None
        assert "housekeeping" in question.schema["properties"]["primary_intent"]["enum"]


async def test_an_agent_that_takes_what_is_anothers_keeps_the_daemon_from_starting_and_it_says_what_to_do(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, general="GENERAL", keeper="KEEPER", taker="TAKER")
    with pytest.raises(RuntimeError, match="did not start") as raised:
        async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}"):
            pass
    said = str(raised.value)
    assert (
        "agent general (shelf:GENERAL): has the name of the built-in agent general; give it another, "
        "or say replaces = true under [agents.general] to have it take that place"
    ) in said
    assert "takes the intent forecasting of the agent forecasting; let it declare others" in said
    assert "takes the phrase “tidy up” of the agent keeper" in said
    assert "Traceback" not in said


async def test_an_agent_whose_responses_would_read_as_replies_keeps_the_daemon_from_starting(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, speaker="SPEAKER")
    with pytest.raises(RuntimeError, match="did not start") as raised:
        async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}"):
            pass
    assert "agent speaker: cannot emit snapshot: replies to clients have that type" in str(raised.value)


async def test_an_installed_agent_takes_the_place_of_others_where_the_configuration_says_so(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, general="GENERAL", taker="TAKER")
    (tmp_path / "config.toml").write_text(
        "[agents.general]\nreplaces = true\n[agents.taker]\nreplaces = true\n"
    )
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client:
        told = await client.request("Hello")
        assert told[1]["intent"]["agent"] == "general"
        assert "content" in [response["type"] for response in told]
        told = await client.request("Forecast the demand")
        assert told[1]["intent"]["agent"] == "taker"
        assert told[1]["intent"]["primary_intent"] == "forecasting"


async def test_an_entry_point_that_is_no_agent_keeps_the_daemon_from_starting_and_is_named(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, odd="NONSENSE", gone="MISSING")
    with pytest.raises(RuntimeError, match="did not start") as raised:
        async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}"):
            pass
    assert "agent odd (shelf:NONSENSE): must be a streamd.Agent" in str(raised.value)
    assert "agent gone (shelf:MISSING): cannot be loaded" in str(raised.value)
    assert "Traceback" not in str(raised.value)


async def check_config(directory: Path, site: Path) -> tuple[int | None, str, str]:
    """The exit status of `streamd check-config`, and what it says on stdout and stderr."""
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streamd", "check-config", cwd=directory,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{site}"}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await command.communicate()
    return command.returncode, out.decode(), err.decode()


async def test_check_config_tells_what_is_wrong_with_installed_agents_beside_other_mistakes(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, odd="NONSENSE", shadow="SHADOW", general="GENERAL")
    (tmp_path / "config.toml").write_text("[ws]\nport = -1\n")
    status, _, said = await check_config(tmp_path, site)
    assert status == 2
    assert "ws.port" in said
    assert "agent odd (shelf:NONSENSE): must be a streamd.Agent" in said
    assert "has the name of the built-in agent general" in said
    assert (
        "agent shadow (shelf:SHADOW): has the agent_id general_agent, which stands for the agent general"
        in said
    )
    assert "Traceback" not in said


async def test_an_agent_with_a_name_of_the_daemon_s_own_keeps_it_from_starting(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    site = await installed(tmp_path / "one", source=NAMELESS, user="AGENT")
    status, _, said = await check_config(tmp_path, site)
    assert status == 2
    assert "an agent cannot be called 'user': events name people so; give it another name" in said
    site = await installed(tmp_path / "two", intent="INTENT")
    status, _, said = await check_config(tmp_path, site)
    assert status == 2
    assert "agent intent: has a name under which the configuration sets the model" in said


async def test_options_of_agents_that_are_not_there_are_told_and_keep_nothing_from_starting(
    tmp_path: Path,
) -> None:
    site = await installed(tmp_path, tidy="TIDY")
    (tmp_path / "config.toml").write_text(
        "[agents.genral]\ntimeout_seconds = 5\n[agents.general]\nreplaces = true\n"
        "[agents.intent]\nmodel = 'small'\n[agents.tidy]\ntimeout_seconds = 5\n"
    )
    status, out, said = await check_config(tmp_path, site)
    assert status == 0
    assert "[agents.genral]" in out
    assert said.splitlines() == [
        "streamd: warning: agents.genral (line 1): has no effect: no agent of this name is installed; did you mean general?",
        (
            "streamd: warning: agents.general.replaces (line 4): has no effect: this is the built-in agent; none is installed "
            "in its place"
        ),
    ]
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon:
        await daemon.logs("configuration_warning", "agents.genral")


WRONG_TOOLS: Final = {
    "untyped": "@tool\nasync def sell(item):\n    'Sell it.'\n",
    "blocking": "@tool\ndef sell(run, item: str):\n    'Sell it.'\n",
    "strange": "@tool\nasync def sell(item: str) -> type:\n    'Sell it.'\n",
    "doubled": "async def sell(item: str) -> str:\n    'Sell it.'\nAGENT = Agent('doubled', steps, tools=(sell, tool(name='sell')(sell)))\n",
}
"""Modules of agents, each with a mistake in its fourth line."""


async def test_what_cannot_be_a_tool_is_told_with_its_place_by_check_config_and_at_the_start(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    about = site / "wares-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wares\nVersion: 1\n")
    entries = "".join(f"{name} = {name}:AGENT\n" for name in WRONG_TOOLS)
    (about / "entry_points.txt").write_text(f"[streamd.agents]\n{entries}")
    for name, code in WRONG_TOOLS.items():
        (site / f"{name}.py").write_text(
            f"from streamd import Agent, tool\nasync def steps(run):\n    'Work.'\n{code}"
        )
    status, _, said = await check_config(tmp_path, site)
    assert status == 2
    with pytest.raises(RuntimeError, match="did not start") as raised:
        async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}"):
            pass
    for told in (said, str(raised.value)):
        assert "sell (site/untyped.py:4) cannot be a tool: its parameter item needs a type" in told
        assert "sell (site/blocking.py:4) cannot be a tool: a plain def runs in a thread" in told
        assert "sell (site/strange.py:4) cannot be a tool: its result has no schema" in told
        assert "another tool called sell (site/doubled.py:4, site/doubled.py:4)" in told
