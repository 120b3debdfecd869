"""Servers of tools as the daemon opens them: real ones, made with the official library, by standard input and by HTTP."""

import asyncio
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import structlog

from streamd.config import Config, load
from streamd.errors import ConfigurationError, InvalidMessageError, RefusedError
from streamd.mcp import check_tool_servers, open_tool_servers
from streamd.ports.tool import IdempotencyKey, Tool
from streamd.ports.tool_source import ToolSource
from tests.conftest import ROOT
from tests.support.mcp_server import CALLS, TOKEN

BOUND_SECONDS: Final = 120.0
ALL: Final = ["add", "note", "slow", "fail", "big", "dots_and_slashes", "grow", "count", "odd", "die"]


def by_command(more: str = "") -> str:
    args = ["-m", "tests.support.mcp_server", "stdio"]
    return f"""
[mcp.files]
command = {sys.executable!r}
args = {args}
env = ["PYTHONPATH={ROOT}", "TOKEN", "SECRET=of ${{TOKEN}}"]
connect_seconds = 300
{more}
[agents.buyer]
mcp = ["files"]
[agents.clerk]
mcp = ["files.add", "files.dots.and/slashes"]
"""


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", TOKEN)


def config(text: str, path: str = "streamd.db") -> Config:
    Path("config.toml").write_text(f"[store]\npath = {path!r}\n{text}")
    return load(Path("config.toml"), environ={})


class Call:
    """The context of a call, as far as these tools use it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float | None]] = []

    async def progress(self, text: str, fraction: float | None = None) -> None:
        self.told.append((text, fraction))


async def call(
    source: ToolSource, name: str, agent: str = "buyer", context: Call | None = None, **given: Any
) -> str:
    function = tools(source, agent)[name].function
    assert function is not None
    async with asyncio.timeout(BOUND_SECONDS):
        return str(await function(context or Call(), given, IdempotencyKey("key-1")))  # type: ignore[arg-type]


async def known(source: ToolSource, name: str) -> None:
    """Wait until the buyer has a tool."""
    async with asyncio.timeout(BOUND_SECONDS):
        for _ in itertools.count():
            if name in tools(source, "buyer"):
                return
            await asyncio.sleep(0.01)


async def answered(source: ToolSource) -> str:
    """The sum, once the server is there again."""
    async with asyncio.timeout(BOUND_SECONDS):
        for _ in itertools.count():
            try:
                return await call(source, "files_add", a=2, b=3)
            except RefusedError:
                await asyncio.sleep(0.01)
    raise AssertionError


def tools(source: ToolSource, agent: str) -> Mapping[str, Tool]:
    return {tool.name: tool for tool in source.tools_for(agent)}


@asynccontextmanager
async def http_server(directory: Path, port: int = 0) -> AsyncIterator[int]:
    """The server as a process that serves HTTP; gives its port."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.mcp_server", "http", str(port),
        cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield port
    finally:
        process.kill()
        await process.wait()


def by_http(port: int) -> str:
    return f"""
[mcp.files]
url = "http://127.0.0.1:{port}/mcp"
headers = ["Authorization: Bearer $TOKEN"]
[agents.buyer]
mcp = ["files"]
"""


async def test_a_command_is_started_and_its_tools_are_described_called_and_ended(tmp_path: Path) -> None:
    async with open_tool_servers(config(by_command())) as source:
        assert list(tools(source, "buyer")) == [f"files_{name}" for name in ALL]
        assert list(tools(source, "clerk")) == ["files_add", "files_dots_and_slashes"]
        assert tools(source, "general") == {}
        add = tools(source, "buyer")["files_add"]
        assert (add.description, add.effect) == ("Add two numbers.", "read")
        assert tools(source, "buyer")["files_note"].effect == "write"
        with pytest.raises(InvalidMessageError, match=r"input\.a must be"):
            add.read({"a": "x", "b": 1})

        assert await call(source, "files_add", a=2, b=3) == "5"
        assert await call(source, "files_note", text="hi") == "noted: hi"
        assert (tmp_path / CALLS).read_text() == "hi key-1\n"
        assert f'"secret": "of {TOKEN}"' in await call(source, "files_dots_and_slashes")
        with pytest.raises(RefusedError, match="the shelf is locked"):
            await call(source, "files_fail")
        long = await call(source, "files_big")
        assert (len(long) <= 60_000, "characters left out" in long) == (True, True)
        assert await call(source, "files_grow") == "grown"
        await known(source, "files_grown")
        assert await call(source, "files_grown") == "I am new"
        pid = int((tmp_path / "server.pid").read_text())
        os.kill(pid, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_server_that_dies_is_started_again_and_a_call_that_it_cut_says_so(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        async with open_tool_servers(config(by_command())) as source:
            with pytest.raises(RefusedError, match="may be done or not"):
                await call(source, "files_die")
            with pytest.raises(RefusedError, match="cannot be reached just now, and nothing was done"):
                await call(source, "files_add", a=1, b=1)
            assert await answered(source) == "5"
    events = [one["event"] for one in logged]
    assert events.count("mcp_server_unreachable") == 1
    assert events.count("mcp_server_connected") == 2


async def gone(pid: int) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(BOUND_SECONDS):
        for _ in itertools.count():
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.01)


async def test_a_server_that_is_killed_while_nobody_calls_is_found_out(tmp_path: Path) -> None:
    async with open_tool_servers(config(by_command())) as source:
        first = (tmp_path / "server.pid").read_text()
        os.kill(int(first), signal.SIGKILL)
        await gone(int(first))
        assert await answered(source) == "5"


async def test_progress_of_a_server_is_that_of_the_call_as_often_as_people_can_read_it() -> None:
    async with open_tool_servers(config(by_command())) as source:
        context = Call()
        assert await call(source, "files_count", context=context) == "counted"
    assert context.told[0] == ("at 1", 0.001)
    assert len(context.told) < 100


async def test_what_is_no_message_breaks_no_connection() -> None:
    async with open_tool_servers(config(by_command())) as source:
        assert await call(source, "files_odd") == "all the same"
        assert await call(source, "files_add", a=2, b=3) == "5"


ODD: Final = """
import json, sys

SCHEMA = {"type": "object"}
for line in sys.stdin:
    message = json.loads(line)
    reply = {"error": {"code": -32601, "message": "no such method"}}
    if message.get("method") == "initialize":
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "odd", "version": "1"}}
        reply = {"result": {"protocolVersion": message["params"]["protocolVersion"], **about}}
    elif message.get("method") == "tools/list":
        reply = {"result": {"tools": [{"name": name, "inputSchema": SCHEMA} for name in ("shape", "hang")]}}
    elif message.get("method") == "tools/call":
        if message["params"]["name"] == "hang":
            sys.stdin.read()
        reply = {"result": {"content": "no list", "isError": "maybe"}}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **reply}), flush=True)
"""


async def test_an_answer_that_is_not_as_the_protocol_says_is_told_and_a_server_that_hangs_is_started_again() -> (
    None
):
    text = f"""
[mcp.odd]
command = {sys.executable!r}
args = ["-c", {json.dumps(ODD)}]
timeout_seconds = 0.5
connect_seconds = 5
[agents.buyer]
mcp = ["odd"]
"""
    with structlog.testing.capture_logs() as logged:
        async with open_tool_servers(config(text)) as source:
            with pytest.raises(RefusedError, match="its server's answer is not as the protocol says"):
                await call(source, "odd_shape")
            with pytest.raises(RefusedError, match=r"did not answer within 0\.5 s"):
                await call(source, "odd_hang")
            async with asyncio.timeout(BOUND_SECONDS):
                for _ in itertools.count():
                    with pytest.raises(RefusedError) as refused:
                        await call(source, "odd_shape")
                    if "not as the protocol says" in refused.value.message:
                        break
                    await asyncio.sleep(0.01)
    assert [one["event"] for one in logged].count("mcp_server_connected") == 2


async def test_a_call_has_its_time() -> None:
    async with open_tool_servers(config(by_command("timeout_seconds = 0.3"))) as source:
        with pytest.raises(RefusedError, match=r"did not answer within 0\.3 s"):
            await call(source, "files_slow", text="a")


async def test_a_server_that_is_down_stops_nothing_and_its_known_tools_say_so(tmp_path: Path) -> None:
    async with open_tool_servers(config(by_command())) as source:
        known = list(tools(source, "buyer"))
    gone = by_command().replace(repr(sys.executable), "'no-such-command'")
    with structlog.testing.capture_logs() as logged:
        async with open_tool_servers(config(gone)) as source:
            assert list(tools(source, "buyer")) == known
            with pytest.raises(RefusedError, match="the server files, which has add, cannot be reached"):
                await call(source, "files_add", a=1, b=1)
        async with open_tool_servers(config(gone, ":memory:")) as source:
            assert tools(source, "buyer") == {}
    told = [one for one in logged if one["event"] == "mcp_server_unreachable"]
    assert [one["why"] for one in told] == ["No such file or directory"] * 2


async def test_a_server_elsewhere_is_called_over_http_with_its_headers_and_found_again(
    tmp_path: Path,
) -> None:
    with structlog.testing.capture_logs() as logged:
        async with http_server(tmp_path) as port:
            wrong = by_http(port).replace("$TOKEN", "wrong-token")
            async with open_tool_servers(config(wrong, ":memory:")) as source:
                assert tools(source, "buyer") == {}
            (told,) = (one for one in logged if one["event"] == "mcp_server_unreachable")
            opened = open_tool_servers(config(by_http(port)))
            source = await opened.__aenter__()
            assert await call(source, "files_add", a=2, b=3) == "5"
            await call(source, "files_grow")
            await known(source, "files_grown")
        with pytest.raises(RefusedError):
            await call(source, "files_add", a=2, b=3)
        async with http_server(tmp_path, port):
            assert await answered(source) == "5"
            await opened.__aexit__(None, None, None)
    assert TOKEN not in str(logged)
    assert "wrong-token" not in str(told)


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("[mcp.files]\n", "mcp.files", "must say either command (and args), or url"),
        ("[mcp.files]\ncommand = 'a'\nurl = 'http://b'\n", "mcp.files", "must say either command"),
        ("[mcp.my_files]\ncommand = 'a'\n", "mcp.my_files", "small letters, digits and -"),
        ("[mcp.files]\nurl = 'http://b'\nargs = ['x']\n", "mcp.files.args", "has a meaning with command only"),
        ("[mcp.files]\ncommand = 'a'\nenv = ['NO_SUCH']\n", "mcp.files", "variable NO_SUCH is not set"),
        ("[mcp.files]\nurl = 'http://b'\nheaders = ['x']\n", "mcp.files", "must be written like"),
        (
            "[mcp.files]\ncommand = 'a'\n[agents.a]\nmcp = ['flies']\n", "agents.a.mcp",
            '"flies": there is no [mcp.flies]; did you mean files?',
        ),
        ("[mcp.files]\ncommand = 'a'\n[agents.a]\nmcp = ['files.']\n", "agents.a.mcp", "names no tool"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_load(text: str, where: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_tool_servers(config(text))

    (mistake,) = caught.value.mistakes
    assert mistake.where == where
    assert why in mistake.what


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_tool_servers(config("[mcp.files]\ncommand = 'a'\n"))
    monkeypatch.setitem(sys.modules, "mcp", None)

    check_tool_servers(config(""))
    with pytest.raises(ConfigurationError, match=r'pip install "streamd\[mcp\]"'):
        check_tool_servers(config("[mcp.files]\ncommand = 'a'\n"))
