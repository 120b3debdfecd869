"""The agents: one file each, and this table. Other packages add theirs through the entry-point group `streamd.agents`."""

import traceback
from collections.abc import Collection, Mapping
from importlib.metadata import entry_points
from typing import Final

from streamd.agents import (
    content,
    forecasting,
    general,
    inventory,
    supplier,
    trip_planner,
)
from streamd.agents.installation import InstalledAgent, merged_agents
from streamd.agents.teamwork import coordinator, rag, roles, team
from streamd.errors import ConfigurationError, Mistake
from streamd.ports.agent import Agent
from streamd.ports.language import Language

GROUP: Final = "streamd.agents"

BUILT_IN: Final = (
    inventory.AGENT, supplier.AGENT, forecasting.AGENT, general.AGENT, team.AGENT,
    coordinator.AGENT, rag.AGENT, *roles.ROLES,
    trip_planner.AGENT, content.AGENT,
)  # fmt: skip


def all_agents(language: Language, replacing: Collection[str] = ()) -> Mapping[str, Agent]:
    """Built-in and installed agents by name.

    Args:
        language: says which phrases match the same requests; it is asked only where two agents have phrases.
        replacing: names of installed agents that may take the name, the intents or the phrases of others.

    Raises:
        ConfigurationError: an entry point cannot be loaded or is no Agent, or the agent takes what is another's; all such
            mistakes at once.

    """
    installed = []
    mistakes = []
    for entry in entry_points(group=GROUP):
        where = f"agent {entry.name} ({entry.value})"
        try:
            agent = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - anything may happen in somebody else's module
            at = _place_of(error, entry.module.partition(".")[0])
            mistakes.append(
                Mistake(
                    where, f"cannot be loaded: {type(error).__name__}: {_words(error)}{at and f' ({at})'}"
                )
            )
            continue
        if isinstance(agent, Agent):
            installed.append(InstalledAgent(agent, where))
        else:
            mistakes.append(
                Mistake(where, f"must be a streamd.Agent, and is of the type {type(agent).__name__}")
            )
    agents, taken = merged_agents(BUILT_IN, installed, language, replacing)
    mistakes += taken
    if mistakes:
        raise ConfigurationError(mistakes)
    return agents


def _place_of(error: BaseException, package: str) -> str:
    """Place in a package where loading failed, as `file:line`; empty where it failed outside."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if f"/{package}/" in frame.filename or frame.filename.endswith(f"/{package}.py")
    ]
    return "".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-1:])


def _words(error: BaseException) -> str:
    """Return what an error says; those of validators have the field and the value behind it, too."""
    first = error.args[0] if len(error.args) > 1 and isinstance(error, TypeError) else None
    return first if isinstance(first, str) else str(error)
