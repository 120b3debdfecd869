"""The page about agents of one's own: its snippets make agents that run."""

import operator
import re
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from streamd import Agent, AgentError, Run, node
from streamd.testing import open_harness


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
