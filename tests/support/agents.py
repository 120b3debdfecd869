"""Agents that behave badly, and how to install them for a daemon, as somebody's package would."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from streamd import Agent, Response, Run
from tests.support.daemon import ROOT

SECRET: Final = "what the agent was thinking of"


async def _fail(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content", "So far so good")
    raise RuntimeError(SECRET)


async def _wait(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content", "Waiting")
    await asyncio.Event().wait()


FAILS: Final = Agent("fails", _fail)
WAITS: Final = Agent("waits", _wait)


def installed(directory: Path) -> dict[str, str]:
    """A package with the entry points of these agents, installed there; the environment in which Python finds it."""
    package = directory / "bad_agents-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-agents\nVersion: 1\n")
    (package / "entry_points.txt").write_text(
        f"[streamd.agents]\nfails = {__name__}:FAILS\nwaits = {__name__}:WAITS\n"
    )
    return {"PYTHONPATH": f"{ROOT}:{directory}"}
