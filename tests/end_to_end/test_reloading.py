"""`streamd serve --reload`: what changes is served after a restart, what is wrong is told, and the old one goes on."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.agent_packages import install
from tests.support.daemon import ROOT, Client, Daemon

AGENT = """
import time
from streamd import Agent

async def greet(run):
    run.conclude({words!r})

GREETER = Agent("greeter", greet)
"""


@asynccontextmanager
async def reloading(directory: Path, site: Path) -> AsyncIterator[Daemon]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"PYTHONPATH": f"{ROOT}:{site}"}
    daemon = Daemon(directory, environ, module="streamd", flags=("--reload",), port=port)
    try:
        await daemon.start()
        yield daemon
    finally:
        if daemon.process is not None and daemon.process.returncode is None:
            await daemon.stop()


async def asked(daemon: Daemon) -> str:
    async with daemon.client() as client:
        return await answer(client)


async def answer(client: Client) -> str:
    await client.send(type="user_request", user_input="Go", agent="greeter", request_id="go")
    last = await client.until(lambda one: one.get("type") in ("complete", "error"))
    return str(last["message"])


async def test_a_changed_agent_is_served_and_a_mistake_is_told_while_the_old_one_goes_on(
    tmp_path: Path,
) -> None:
    site = install(tmp_path / "site", {"greeting": AGENT.format(words="one")}, greeter="greeting:GREETER")
    async with reloading(tmp_path, site) as daemon:
        async with daemon.client() as client:
            assert await answer(client) == "one"
            await client.send(type="add_item", item={"type": "note", "name": "Kept"})
            added = await client.until(lambda one: one.get("event_type") == "item_added")
            epoch = client.greeting["epoch"]
            install(site, {"greeting": AGENT.format(words="two")}, greeter="greeting:GREETER")
            await client.closed()
            assert client.socket.close_code == 1012
        await daemon.logs("ready on", count=2)
        async with daemon.client(since=added["seq"] - 1, epoch=epoch) as client:
            assert (await client.next())["event_type"] == "item_added"
        assert await asked(daemon) == "two"

        install(site, {"greeting": AGENT.format(words="three") + "\noops(\n"}, greeter="greeting:GREETER")
        await daemon.logs("the change is not served; the daemon goes on as it was before")
        (told,) = await daemon.logs("SyntaxError")
        assert f"({site}/greeting.py:10)" in told
        assert await asked(daemon) == "two"

        (tmp_path / "config.toml").write_text("[runs]\nmax_revisions = 'many'\n")
        await daemon.logs("the change is not served", count=2)
        assert await daemon.logs("runs.max_revisions")

        (tmp_path / "config.toml").write_text("[runs]\nmax_revisions = 3\n")
        install(site, {"greeting": AGENT.format(words="four")}, greeter="greeting:GREETER")
        await daemon.logs("ready on", count=3)
        assert await asked(daemon) == "four"
        assert await daemon.stop() == 0
    assert not [line for line in daemon.log if "Traceback" in line]


async def test_a_node_that_blocks_is_named_in_the_log_of_the_daemon(tmp_path: Path) -> None:
    text = AGENT.format(words="late").replace("    run.conclude", "    time.sleep(1.5)\n    run.conclude")
    site = install(tmp_path / "site", {"greeting": text}, greeter="greeting:GREETER")
    async with reloading(tmp_path, site) as daemon:
        assert await asked(daemon) == "late"
        (told,) = await daemon.logs("node_blocks_loop", f"{site}/greeting.py:6 in greet")
        assert '"agent":"greeter"' in told
        assert '"node":"work#1"' in told
