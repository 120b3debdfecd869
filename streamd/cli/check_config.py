"""`streamd check-config`: prints the effective configuration with the source of each option, or every mistake.

The installed agents are loaded, too, since a mistake of theirs keeps the daemon from starting.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamd.cli.configuration import add_config, add_flags, configuration

if TYPE_CHECKING:
    from attrs import AttrsInstance

    from streamd.config import Config

HELP: Final = "print the configuration that holds, or every mistake in it"
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the same flags as `streamd serve`."""
    add_config(parser)
    add_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the effective configuration as TOML; on stderr what is probably wrong, and which stored items do not fit it."""
    from streamd.errors import ConfigurationError, StoreError
    from streamd.language import English
    from streamd.mcp import check_tool_servers
    from streamd.models.opening import check_provider
    from streamd.parts import (
        declared_triggers,
        declared_types,
        doubtful_types,
        installed_agents,
        stored_misfits,
        warnings_about,
    )

    warnings: list[str] = []

    def check(config: "Config") -> None:
        agents = installed_agents(config, English())
        found = warnings_about(config, agents)
        types = None
        with suppress(ConfigurationError):  # the mistakes in the item types are told anyway
            types = declared_types(config)
            found += doubtful_types(config, types, English())
        warnings.extend(one.text for one in found)
        if types is not None:
            declared_triggers(config, agents, types)

    try:
        config = configuration(arguments, check, check_provider, check_tool_servers)
        for line in lines(config):
            print(line)
        types = declared_types(config)
        try:
            found = [one.text for one in stored_misfits(config, types)]
        except StoreError as error:
            found = [error.message]
        if found:
            found.append("`streamd migrate-items` mends what can be read as the declared type")
        warnings += found
    finally:
        sys.stdout.flush()
        for warning in warnings:
            print(f"streamd: warning: {warning}", file=sys.stderr)
    return 0


def lines(config: "Config") -> Iterator[str]:
    """Format every option as a line of TOML, with a comment that names its source unless it has the default."""
    from streamd.config import OPTIONS

    yield f"# from {config.source}" if config.source else "# no file: the defaults"
    section = ""
    for option in OPTIONS.values():
        if option.section != section:
            section = option.section
            yield f"\n[{section}]"
        value = getattr(getattr(config, section), option.name)
        text = '"********"' if option.limits.secret and value else _toml(value)
        origin = config.origins.get(option.path)
        yield f"{option.name} = {text}" + (f"  # {origin}" if origin else "")
    for table, tables in (
        ("agents", config.agents),
        ("mcp", config.mcp),
        ("prices", config.prices),
        ("triggers", config.triggers),
    ):
        for name, options in tables.items():
            yield f"\n[{table}.{_key(name)}]"
            yield from _set_options(options, f"{table}.{name}", config.origins)
    yield f"\n# item types: {', '.join(config.item_types) or 'none'}"


def _set_options(options: "AttrsInstance", path: str, origins: Mapping[str, str]) -> Iterator[str]:
    """Format the options of a table that are set."""
    from streamd.config import options_in

    for option in options_in(path, type(options)):
        value = getattr(options, option.name)
        if value is not None:
            origin = origins.get(option.path)
            text = '"********"' if option.limits.secret and value else _toml(value)
            yield f"{option.name} = {text}" + (f"  # {origin}" if origin else "")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _toml(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(name)} = {_toml(one)}' for name, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # For texts, booleans and numbers, JSON is TOML.
    return json.dumps(value, ensure_ascii=False)
