"""The page about agents of one's own: its snippets make agents that run."""

import operator
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from streamd import Agent, AgentError, CallTools, IdempotencyKey, Run, ToolContext, node, tool
from streamd.testing import call, killed_everywhere, open_harness


async def plan(run: Run) -> None:
    run.update(notes=["planned"])


async def read(run: Run) -> None:
    run.update(notes=["read"], best=0.5)


async def write(run: Run) -> None:
    run.conclude(f"{run.state['notes']} {run.state['best']}")


async def test_the_snippets_do_what_the_page_says(root: Path) -> None:
    snippets = re.findall(
        r"```python\n(.*?)```", (root / "streamd" / "ports" / "README.md").read_text(), re.DOTALL
    )
    offers: list[Any] = [None, ConnectionError(), 7]

    async def fetch(_: str) -> object:
        offer = offers.pop(0)
        if isinstance(offer, Exception):
            raise offer
        return offer

    class Errors:
        TransportError = ConnectionError

    names: dict[str, Any] = {
        "Agent": Agent, "AgentError": AgentError, "Annotated": Annotated, "Literal": Literal, "NotRequired": NotRequired,
        "TypedDict": TypedDict, "NODES": {"plan": plan, "web": read, "files": read, "write": write}, "fetch": fetch,
        "httpx": Errors, "node": node, "operator": operator, "__name__": __name__,
    }  # fmt: skip
    for snippet in snippets:
        exec(compile(snippet.replace("backoff_seconds=2", "backoff_seconds=0"), "page", "exec"), names)
    async with open_harness(names["AGENT"], Agent("buyer", names["price"])) as daemon:
        run = await daemon.request("Go", agent="finder")
        assert run.message == "['planned', 'read', 'read'] 0.5"
        run = await daemon.request("bolt", agent="buyer")
        assert (run.ended, offers) == ("complete", [])
        assert [one["attempt"] for one in run.of_type("notice")] == [2, 3]


class Shop:
    """A shop without an address: it executes each key once."""

    is_open = True

    def __init__(self, *_: object) -> None:
        self.orders: dict[str, tuple[str, int]] = {}

    async def price(self, item: str) -> float:
        return float(len(item))

    async def order(self, item: str, quantity: int, key: str) -> str:
        self.orders[key] = (item, quantity)
        return "ordered"


async def test_the_page_about_tools_is_right(root: Path) -> None:
    text = (root / "streamd" / "engine" / "tools" / "README.md").read_text()
    shop = Shop()

    @asynccontextmanager
    async def open_made_up_shop() -> AsyncIterator[Shop]:
        yield shop

    names: dict[str, Any] = {
        "Agent": Agent, "AgentError": AgentError, "AsyncIterator": AsyncIterator, "CallTools": CallTools,
        "IdempotencyKey": IdempotencyKey, "Shop": Shop, "ToolContext": ToolContext, "asynccontextmanager": asynccontextmanager,
        "call": call, "killed_everywhere": killed_everywhere, "open_made_up_shop": open_made_up_shop, "tool": tool,
        "__name__": __name__,
    }  # fmt: skip
    for snippet in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(snippet, "page", "exec"), names)
    await names["test_it_buys_once_wherever_it_is_killed"]()
    assert set(shop.orders.values()) == {("Bolt", 20)}
    bolt = {"type": "inventory", "name": "Bolt", "current_stock": 3}
    async with open_harness(
        names["AGENT"], items=[bolt], dependencies={names["open_shop"]: open_made_up_shop}
    ) as daemon:
        run = await daemon.request("Please buy what is low")
        assert (await run.approve()).ended == "complete"
