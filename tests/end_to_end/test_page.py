"""The page that the daemon serves, in a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.browser import Browser, browser
from tests.support.daemon import Daemon, running

CONNECTED = "document.querySelector('#state').classList.contains('on')"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


@pytest.fixture
async def chrome(chromium: str, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(chromium, tmp_path / "profile") as one:
        yield one


def shows(count: int) -> str:
    return f"document.querySelectorAll('#items li').length === {count}"


async def test_what_is_typed_in_one_tab_is_seen_in_both_and_survives_the_daemon(
    chrome: Browser, daemon: Daemon
) -> None:
    url = f"http://127.0.0.1:{daemon.port}/"
    one, two = await chrome.tab(url), await chrome.tab(url)
    for tab in (one, two):
        await tab.wait(CONNECTED)
    await one.type("input", "Add 5 new inventory items")
    for tab in (one, two):
        await tab.wait(shows(5))
    await one.wait("document.querySelector('#log .complete')?.innerText.startsWith('Added 5 items')")
    assert await two.text("#log") == "", "what a run tells is for whoever asked"
    await two.type("input", "Create a supplier named <b>Acme</b>")
    for tab in (one, two):
        await tab.wait("document.querySelector('#items b')?.innerText === '<b>Acme</b>'")

    await daemon.kill()
    for tab in (one, two):
        await tab.wait(f"!({CONNECTED})")
    await daemon.start()
    async with daemon.client() as other:
        await other.ask(type="add_item", item={"type": "note", "name": "Missed"}, id="missed")
        await other.ask(type="change_item", item_id="missed", set={"text": "while away"})
        await other.ask(type="remove_item", item_id="missed", reason="seen")
        await other.ask(type="add_item", item={"type": "note", "name": "Back", "text": "again"})
    for tab in (one, two):
        await tab.wait(CONNECTED)
        await tab.wait("document.querySelector('#items b')?.innerText === 'Back'")
        assert await tab.value(shows(7))
        assert "seq 10" in await tab.text("#count")


async def test_the_page_shows_the_workspace_of_its_address_and_the_newest_of_many_items(
    chrome: Browser, daemon: Daemon
) -> None:
    async with daemon.client(workspace="many") as client:
        done = await client.ask(
            type="bulk", operation="add_multiple",
            items=[{"type": "note", "name": f"Note {number}"} for number in range(1200)],
        )  # fmt: skip
        assert done["done"] == 1200
        tab = await chrome.tab(f"http://127.0.0.1:{daemon.port}/?workspace=many", width=400)
        await tab.wait(shows(300))
        assert (await tab.text("#items b")) == "Note 1199"
        assert "1200 items" in await tab.text("#count")
        newest = str(await tab.value("document.querySelector('#items li').dataset.id"))
        await client.ask(type="change_item", item_id=newest, set={"name": "Changed", "text": "new"})
        await tab.wait("document.querySelector('#items b').innerText === 'Changed'")
        await client.ask(type="change_item", item_id=newest, unset=["text"])
        await tab.wait("!document.querySelector('#items li').innerText.includes('text')")
        await client.ask(type="remove_item", item_id=newest)
        await tab.wait("document.querySelector('#items b').innerText === 'Note 1198'")
        assert await tab.value(shows(300))
        assert await tab.value("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
