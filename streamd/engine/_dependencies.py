"""Dependencies of tools: opened once for the whole daemon, each in a task of its own, and closed when all runs have ended."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from streamd.errors import ConfigurationError, Mistake
from streamd.ports.agent import Agent
from streamd.ports.tool import Dependency

log = structlog.get_logger(__name__)

OPEN_SECONDS: Final = 10.0
"""How long all of them together may take to open."""
CLOSE_SECONDS: Final = 5.0
"""How long all of them together may take to close."""


@asynccontextmanager
async def open_dependencies(
    agents: Iterable[Agent], instead: Mapping[Dependency, Dependency] | None = None
) -> AsyncIterator[Mapping[Dependency, object]]:
    """Open what the tools of these agents depend on.

    Args:
        agents: the agents; tools that name the same dependency share what it opens.
        instead: others to open in the place of some, for tests.

    Raises:
        ConfigurationError: some cannot be opened, or not in time; all such mistakes at once.

    """
    users: dict[Dependency, list[str]] = {}
    for agent in agents:
        for tool in agent.tools:
            for one in tool.dependencies.values():
                users.setdefault(one, []).append(f"{agent.name}.{tool.name}")
    if not users:
        yield {}
        return
    closing = asyncio.Event()
    opened: dict[Dependency, asyncio.Future[object]] = {}
    holding: set[asyncio.Task[None]] = set()
    for one in users:
        opened[one] = asyncio.get_running_loop().create_future()
        hold = _hold((instead or {}).get(one, one), opened[one], closing)
        holding.add(asyncio.create_task(hold, name=f"dependency {_name(one)}"))
    try:
        await asyncio.wait(opened.values(), timeout=OPEN_SECONDS)
        mistakes = [
            Mistake(f"dependency {_name(one)} of {', '.join(users[one])}", why)
            for one, future in opened.items()
            if (why := _failure(future))
        ]
        if mistakes:
            raise ConfigurationError(mistakes)
        yield {one: future.result() for one, future in opened.items()}
    finally:
        closing.set()
        await _end(holding)


async def _hold(dependency: Dependency, opened: "asyncio.Future[object]", closing: asyncio.Event) -> None:
    """Open a dependency and close it in the same task, as task groups in it need."""
    try:
        async with dependency() as value:
            if not opened.cancelled():
                opened.set_result(value)
            await closing.wait()
    except Exception as error:
        if opened.done():
            log.exception("dependency_failed", dependency=_name(dependency))
        else:
            opened.set_exception(error)


def _failure(opened: "asyncio.Future[object]") -> str:
    if not opened.done():
        opened.cancel()
        return f"was not opened within {OPEN_SECONDS:g} seconds"
    error = opened.exception()
    return "" if error is None else f"cannot be opened: {type(error).__name__}: {error}"


async def _end(holding: set[asyncio.Task[None]]) -> None:
    _, late = await asyncio.wait(holding, timeout=CLOSE_SECONDS)
    for task in late:
        log.warning("task_late", task=task.get_name())
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=CLOSE_SECONDS)


def _name(dependency: Dependency) -> str:
    return getattr(dependency, "__qualname__", repr(dependency))
