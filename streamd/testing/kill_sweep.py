"""Scenarios that are played with a kill of the daemon at every await."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from streamd.ports.agent import Agent
from streamd.ports.tool import Dependency
from streamd.testing._killing import MOST_AWAITS
from streamd.testing.harness import Harness, open_harness
from streamd.testing.script import Script


async def killed_everywhere(
    scenario: Callable[[Harness], Awaitable[None]],
    *agents: Agent,
    items: Iterable[Mapping[str, object]] = (),
    model: Callable[[], Script] | None = None,
    config: Path | None = None,
    dependencies: Mapping[Dependency, Dependency] | None = None,
) -> int:
    """Play a scenario once for each await of its agents, and kill the daemon there; returns how many there are.

    Args:
        scenario: asks, answers and asserts; what it asserts holds wherever the daemon is killed.
        agents: as for `open_harness`; so are `items`, `config` and `dependencies`.
        items: the items that are there each time.
        model: makes the turns of the language model, for each time anew.
        config: a configuration file.
        dependencies: opened each time anew.

    """
    feed = list(items)
    for awaits in range(MOST_AWAITS):
        script = None if model is None else model()
        async with open_harness(
            *agents, items=feed, model=script, config=config, kill_after=awaits, dependencies=dependencies
        ) as harness:
            await scenario(harness)
            if not harness.kills:
                return awaits
    raise RuntimeError(f"the scenario has more than {MOST_AWAITS:,} awaits")
