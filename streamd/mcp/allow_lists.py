"""Checks of `[mcp.<name>]` and of the agents' allow-lists, before any server is asked."""

import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from streamd.config import Config
from streamd.errors import ConfigurationError, Mistake, did_you_mean
from streamd.mcp._server_settings import server_settings

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


def check_tool_servers(config: Config) -> None:
    """Check the configured servers and who may use them. Raises ConfigurationError with all mistakes."""
    mistakes = [*_servers(config), *_allowed(config)]
    if config.mcp and find_spec("mcp") is None:
        told = 'servers of tools need a package: pip install "streamd[mcp]"'
        mistakes.append(Mistake("mcp", told))
    if mistakes:
        raise ConfigurationError(mistakes)


def unused_servers(config: Config) -> list[Mistake]:
    """Find servers that no agent may use: probably a mistake."""
    used = {entry.partition(".")[0] for agent in config.agents.values() for entry in agent.mcp or ()}
    return [
        Mistake(
            f"mcp.{name}", f'has no effect: no agent may use it; say mcp = ["{name}"] under [agents.<name>]'
        )
        for name in config.mcp
        if name not in used
    ]


def may_use(config: Config, agent: str, server: str, tool: str) -> bool:
    """Whether an agent may call a tool of a server."""
    options = config.agents.get(agent)
    allowed = (options.mcp or ()) if options is not None else ()
    return server in allowed or f"{server}.{tool}" in allowed


def _servers(config: Config) -> Iterator[Mistake]:
    for name, options in config.mcp.items():
        where = f"mcp.{name}"
        if not _NAME.fullmatch(name):
            told = "its tools are named after it: begin with a small letter, and use at most 32 small letters, digits and -"
            yield Mistake(where, told)
        if bool(options.command) == bool(options.url):
            yield Mistake(where, "must say either command (and args), or url")
        for given, other in (("args", "command"), ("env", "command"), ("headers", "url")):
            if getattr(options, given) and not getattr(options, other):
                yield Mistake(f"{where}.{given}", f"has a meaning with {other} only")
        try:
            server_settings(name, options, os.environ)
        except ValueError as error:
            yield Mistake(where, str(error))


def _allowed(config: Config) -> Iterator[Mistake]:
    for agent, options in config.agents.items():
        for entry in options.mcp or ():
            server, dot, tool = entry.partition(".")
            if server not in config.mcp:
                near = did_you_mean(server, config.mcp)
                yield Mistake(f"agents.{agent}.mcp", f'"{entry}": there is no [mcp.{server}]{near}')
            elif dot and not tool:
                yield Mistake(f"agents.{agent}.mcp", f'"{entry}" names no tool; "{server}" allows all')
