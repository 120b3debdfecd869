"""A model calls the tools of an MCP server through the daemon, which may die at any moment."""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT, Streamd
from tests.support.daemon import Daemon
from tests.support.mcp_server import CALLS, GO
from tests.support.model_replies import Call, called, said
from tests.support.scripted_model import Scripted, ask, ask_until, kinds, results, text, the_rest

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG: Final = f"""
[mcp.files]
command = {sys.executable!r}
args = ["-m", "tests.support.mcp_server", "stdio"]
env = ["PYTHONPATH={ROOT}"]
connect_seconds = 300
[agents.general]
mcp = ["files"]
"""
FILES: Final = {"config.toml": CONFIG}
VARIABLES: Final = {"STREAMD_RUNS__MAX_ATTEMPTS": "100"}


@pytest.fixture
def calls(directory: Path) -> Path:
    """The file in which the server writes its notes, for this test alone."""
    for name in (CALLS, GO):
        (directory / name).unlink(missing_ok=True)
    return directory / CALLS


async def test_a_model_is_told_of_the_tools_and_of_what_they_return(
    daemon: Daemon, workspace: str, model: Scripted, calls: Path
) -> None:
    model.says(
        called(
            Call("files_add", {"a": 2, "b": 3}, "t1"),
            Call("files_fail", {}, "t2"),
            Call("files_note", {"text": "hi"}, "t3"),
            Call("files_add", {"a": "x"}, "t4"),
        ),
        said("Five."),
    )
    async with daemon.client(workspace=workspace) as client:
        told = await ask(client, "Add up", agent="general")

    assert (kinds(told)[-1], text(told)) == ("complete", "Five.")
    by_name = {tool["name"]: tool for tool in model.asked[0].body["tools"]}
    assert by_name["files_add"]["input_schema"]["required"] == ["a", "b"]
    added, failed, noted, wrong = results(model.asked[1])
    assert (added["content"], added["is_error"]) == ("5", False)
    assert (failed["is_error"], "the shelf is locked" in failed["content"]) == (True, True)
    assert (noted["content"], len(lines(calls))) == ("noted: hi", 1)
    assert (wrong["is_error"], "input" in wrong["content"]) == (True, True)


async def test_an_agent_that_may_not_use_a_server_is_not_told_of_it(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(called(Call("files_note", {"text": "hi"})), said("No."))
    async with daemon.client(workspace=workspace) as client:
        await ask(client, "Note it", agent="inventory")

    assert not [tool for tool in model.asked[0].body["tools"] if tool["name"].startswith("files_")]
    assert "there is no tool files_note" in results(model.asked[1])[0]["content"]


async def test_killed_after_a_call_it_is_not_made_again(
    daemon: Daemon, workspace: str, model: Scripted, calls: Path
) -> None:
    model.says(
        called(Call("files_note", {"text": "once"}), text=("I note. ",)),
        said("It ", "is noted.", holds=frozenset({1})),
        said("It is noted."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "It ", "Note it", agent="general")
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)

    assert text(whole) == "I note. It is noted."
    assert [line.split()[0] for line in lines(calls)] == ["once"]
    assert model.asked[2].body == model.asked[1].body, "what came of the call was kept"


async def test_killed_in_the_middle_of_a_call_it_is_made_again_with_the_same_key(
    daemon: Daemon, workspace: str, model: Scripted, calls: Path, directory: Path
) -> None:
    model.says(called(Call("files_slow", {"text": "twice"}), text=("I ", "note. ")), said("Done."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "note. ", "Note it", agent="general")
        await begun(calls)
        await daemon.kill()
    (directory / GO).touch()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)

    assert text(whole) == "I note. Done."
    first, second = lines(calls)
    assert first == second
    assert first.split()[0] == "twice"
    assert "None" not in first


def lines(calls: Path) -> list[str]:
    return calls.read_text().splitlines()


async def begun(calls: Path) -> None:
    """Wait until a note is written."""
    async with asyncio.timeout(60):
        for _ in count():
            if await asyncio.to_thread(calls.exists):
                return
            await asyncio.sleep(0.01)


async def test_the_servers_process_ends_with_the_daemon(daemon: Daemon, directory: Path) -> None:
    pid = int((directory / "server.pid").read_text())
    os.kill(pid, 0)

    assert await daemon.stop() == 0

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await daemon.start()


async def test_check_config_says_what_is_configured_and_what_is_wrong(
    streamd: Streamd, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(
        '[mcp.files]\nurl = "http://127.0.0.1:9/mcp"\nheaders = ["X-Key: $KEY"]\n'
    )

    wrong = streamd("check-config")
    right = streamd("check-config", environ={"KEY": "of-nobody-else"})

    assert wrong.returncode == 2
    assert "mcp.files (line 1): the environment variable KEY is not set" in wrong.stderr
    assert right.returncode == 0
    assert 'url = "http://127.0.0.1:9/mcp"' in right.stdout
    assert 'headers = "********"' in right.stdout
    assert "of-nobody-else" not in right.stdout + right.stderr
    assert "mcp.files (line 1): has no effect: no agent may use it" in right.stderr
