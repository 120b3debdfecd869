"""Frontends of a project: `EventSource` from npm and in a browser, the documents' hooks, a page that React makes on a server."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.support.browser import Tab, browser
from tests.support.daemon import WITH_HTTP, Client, Daemon, Message, running
from tests.support.following import Follower, follow
from tests.support.node_program import PROJECTS, bundled, node_program

pytestmark = pytest.mark.requirement("B7")

NpmClient = Callable[[str], Path]
LISTENING: Final = """
globalThis.ids = []
const source = new EventSource('/api/sse/agent-stream?projectId=shop')
for (const name of ['agent:progress', 'agent:complete'])
  source.addEventListener(name, (event) => ids.push(event.lastEventId))
"""


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **WITH_HTTP) as one:
        yield one


async def write_copy(client: Client) -> Follower:
    run = await follow(
        client, "copy", type="user_request", user_input="Copper wire for workshops", agent="content"
    )
    assert run.last["type"] == "complete"
    return run


def ends(run: Follower) -> Callable[[Message], bool]:
    return lambda told: told["event"] == "agent:complete" and told["run_id"] == run.run_id


async def test_an_event_source_from_npm_comes_back_by_itself_and_misses_nothing(
    daemon: Daemon, npm_client: NpmClient
) -> None:
    npm_client("eventsource")
    url = f"{daemon.http_url}/api/sse/agent-stream?projectId=shop"
    async with node_program(PROJECTS / "event_source.mjs", url) as source:
        await source.until(lambda told: told["event"] == "open")
        async with daemon.client(workspace="shop") as asking:
            await source.until(ends(await write_copy(asking)))
        await daemon.kill()
        await source.until(lambda told: told["event"] == "error")
        await daemon.start()
        async with daemon.client(workspace="shop") as asking:
            await source.until(ends(await write_copy(asking)))
    positions = [int(told["id"].partition("@")[0]) for told in source.lines if "id" in told]
    assert positions == list(range(1, len(positions) + 1))


async def test_hooks_in_a_browser_show_progress_and_previews_across_a_restart(
    daemon: Daemon, chromium: str, npm_client: NpmClient, tmp_path: Path
) -> None:
    program = await bundled(
        npm_client("esbuild"), "browser.tsx", "--inject:./frontend.tsx",
        "--alias:@/lib/trpc=./frontend.tsx", "--alias:@/hooks/use-stream=./frontend.tsx",
    )  # fmt: skip
    async with browser(chromium, tmp_path / "profile") as chrome:
        tab = await chrome.tab(f"{daemon.http_url}/healthz")
        await tab.value(f"{program}; show('shop')")
        await tab.value(LISTENING)
        await tab.wait("document.querySelector('#events')?.innerText.includes('\"connected\":true')")
        async with daemon.client(workspace="shop") as asking:
            first = await write_copy(asking)
        await shows(tab, first, runs=1)

        await daemon.kill()
        await tab.wait("document.querySelector('#events').innerText.includes('\"connected\":false')")
        await daemon.start()
        async with daemon.client(workspace="shop") as asking:
            second = await write_copy(asking)
        await shows(tab, second, runs=2)
        heard = orjson.loads(await tab.text("#events"))["events"]
        assert {event["run_id"] for event in heard} == {first.run_id, second.run_id}
        percentages = [event["percentage"] for event in heard if event["run_id"] == second.run_id]
        assert percentages == sorted(percentages)
        await tab.wait(f"ids.length >= {len(heard)}")  # it comes back in its own time
        ids = await tab.value("ids")
        assert isinstance(ids, list)
        assert [int(one.partition("@")[0]) for one in ids] == list(range(1, len(heard) + 1)), (
            "each once, in order"
        )


async def shows(tab: Tab, run: Follower, *, runs: int) -> None:
    """Wait until the page shows the end of so many runs, and what the last one has written."""
    await tab.wait(
        f"JSON.parse(document.querySelector('#events').innerText).events.filter(one => one.complete).length === {runs}"
    )
    for name, text in run.last["sections"].items():
        wanted = orjson.dumps(text).decode()
        await tab.wait(f"document.querySelector('section.complete#{name}')?.textContent === {wanted}")
        assert await tab.value(f"document.getElementById('{name}').title") == name
    await tab.wait(
        "Object.values(JSON.parse(document.querySelector('#progress').innerText).progress)[0]?.status === 'completed'"
    )
    told = orjson.loads(await tab.text("#progress"))
    (agent,) = told["progress"].values()
    assert (list(told["progress"]), agent["progress"], told["connected"]) == (["content_agent"], 100, True)


async def test_a_page_made_on_a_server_suspends_until_the_streams_of_the_project_have_told_it(
    daemon: Daemon, npm_client: NpmClient, tmp_path: Path
) -> None:
    program = tmp_path / "server.cjs"
    program.write_text(await bundled(
        npm_client("esbuild"), "server.tsx", "--platform=node", "--inject:./server_parts.tsx",
        "--alias:next/navigation=./server_parts.tsx",
    ))  # fmt: skip
    async with node_program(program, "shop", API_URL=daemon.http_url) as page:
        shell = await page.text_with("scores to come")
        assert "<h1>shop</h1>" in shell
        assert "agents to come" in shell
        assert "preview to come" in shell
        assert "<article>" not in shell
        async with daemon.client(workspace="shop") as asking:
            run = await write_copy(asking)
        whole = await page.rest()
    assert "<p>content_agent completed at 100</p>" in whole
    for text in run.last["sections"].values():
        assert f"<article>{text}</article>" in whole
    scores = [f"{name}: {quality['score']:g}" for name, quality in run.last["qualities"].items()]
    assert f"<p>{', '.join(scores)}</p>" in whole
