"""Loads the configuration from defaults, a file, the environment and flags; later sources override earlier ones."""

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from streamd.config._consistency import contradictions
from streamd.config._named_tables import named_tables
from streamd.config._option_values import from_text, from_toml, unknown
from streamd.config.model_options import AgentOptions, McpOptions, PriceOptions
from streamd.config.option import Option, options_of
from streamd.config.options import Config
from streamd.config.toml_lines import with_lines
from streamd.config.trigger_options import TriggerOptions
from streamd.errors import ConfigurationError, Mistake
from streamd.facts import define, frozen

OPTIONS: Final = options_of(Config)
"""Every option by its path."""

SEARCHED: Final = (Path("config.toml"), Path("/etc/streamd/config.toml"))
"""Search path for the configuration file when none is given; the first existing one is read."""

_PREFIX: Final = "STREAMD_"
_SECTIONS: Final = tuple(dict.fromkeys(option.section for option in OPTIONS.values()))
_ITEM_TYPES: Final = "item_types"
_AGENTS: Final = "agents"
_PRICES: Final = "prices"
_TRIGGERS: Final = "triggers"
_MCP: Final = "mcp"
_OPEN: Final = (_ITEM_TYPES, _AGENTS, _MCP, _PRICES, _TRIGGERS)
"""Tables whose keys are names of the operator's choice."""

_OF_COMMANDS: Final = frozenset({f"{_PREFIX}URL", f"{_PREFIX}TOKEN"})
"""Variables of the commands that talk to a daemon. One who sets them may start a daemon in the same terminal."""

# Kubernetes and Docker inject variables of these shapes for a service called "streamd": they are not options.
_SERVICE_LINK: Final = re.compile(r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)|_ENV_")
_SERVICE_ADDRESS: Final = re.compile(r"(tcp|udp)://")


@frozen
class Flag:
    """An option given on the command line."""

    name: str
    """The flag on the command line, for error messages: `--port`."""
    option: str
    """Path of the option: `ws.port`."""
    text: str


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str],
    flags: Sequence[Flag] = (),
    searched: Sequence[Path] = SEARCHED,
    checks: Sequence[Callable[[Config], object]] = (),
) -> Config:
    """Load the configuration and check it.

    Args:
        path: the file to read; None searches `searched`, and a missing file is no error.
        environ: environment variables; `STREAMD_<SECTION>__<OPTION>` sets an option, list members separated by commas.
        flags: options given on the command line.
        searched: candidate files when no path is given.
        checks: further checks from higher rooms; the mistakes of a ConfigurationError that one raises are added.

    Raises:
        ConfigurationError: carries the mistakes of all sources.

    """
    reader = _ConfigReader()
    source = path or next((candidate for candidate in searched if candidate.is_file()), None)
    tables = reader.file(source) if source else {}
    reader.environment(environ)
    for flag in flags:
        reader.set_value(flag.option, flag.name, from_text, flag.text)
    # Item types in a file replace the shipped ones as a whole.
    item_types = tables.get(_ITEM_TYPES) if _ITEM_TYPES in tables else shipped_item_types()
    if not isinstance(item_types, Mapping):
        reader.mistakes.append(Mistake(_ITEM_TYPES, "must be a table"))
        item_types = {}
    agents = named_tables(_AGENTS, AgentOptions, tables.get(_AGENTS, {}))
    prices = named_tables(_PRICES, PriceOptions, tables.get(_PRICES, {}))
    triggers = named_tables(_TRIGGERS, TriggerOptions, tables.get(_TRIGGERS, {}))
    mcp = named_tables(_MCP, McpOptions, tables.get(_MCP, {}))
    for parsed in (agents, mcp, prices, triggers):
        reader.mistakes += parsed.mistakes
        reader.origins.update(dict.fromkeys(parsed.set_paths, str(source)))
    config = attrs.evolve(
        reader.config(item_types, source),
        agents=agents.options,
        triggers=triggers.options,
        mcp=mcp.options,
        # Models without a price in the file have the shipped one.
        prices={**shipped_prices(), **prices.options},
    )
    # An invalid option has its default here; the other options are still worth checking against each other.
    mistakes = [*reader.mistakes, *contradictions(config)]
    for check in checks:
        try:
            check(config)
        except ConfigurationError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise ConfigurationError(with_lines(mistakes, source))
    return config


def shipped_item_types() -> Mapping[str, object]:
    """Return the `[item_types]` tables of the shipped `config.toml`."""
    item_types: Mapping[str, object] = _shipped()[_ITEM_TYPES]
    return item_types


def shipped_prices() -> Mapping[str, PriceOptions]:
    """Return the prices in the shipped `config.toml`, by model."""
    return named_tables(_PRICES, PriceOptions, _shipped()[_PRICES]).options


@functools.cache
def _shipped() -> Mapping[str, Any]:
    text = importlib.resources.files("streamd.config").joinpath("default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@define
class _ConfigReader:
    """Collects option values and mistakes from one source after another; later values override earlier ones."""

    values: dict[str, object] = attrs.field(factory=dict)
    origins: dict[str, str] = attrs.field(factory=dict)
    mistakes: list[Mistake] = attrs.field(factory=list)

    def set_value(
        self, path: str, where: str, convert: Callable[[Option, Any], object], value: object
    ) -> None:
        try:
            self.values[path] = convert(OPTIONS[path], value)
        except ValueError as error:
            self.mistakes.append(Mistake(where, str(error)))
        else:
            self.origins[path] = where

    def file(self, source: Path) -> Mapping[str, object]:
        tables = self._tables(source)
        for name, table in tables.items():
            if name in _OPEN:
                continue
            if name not in _SECTIONS:
                self._unknown(name, "section", (*_SECTIONS, *_OPEN))
            elif not isinstance(table, Mapping):
                self.mistakes.append(Mistake(name, f"must be a section, [{name}]"))
            else:
                for key, value in table.items():
                    self._take_from_file(f"{name}.{key}", value, source)
        return tables

    def environment(self, environ: Mapping[str, str]) -> None:
        by_variable = {option.variable: option for option in OPTIONS.values()}
        for option in OPTIONS.values():
            # Foreign variables first, so that STREAMD_* overrides them. An empty one does not unset an option.
            if option.limits.also and (text := environ.get(option.limits.also)):
                self.set_value(option.path, option.limits.also, from_text, text)
        for variable, text in sorted(environ.items()):
            if variable in by_variable:
                self.set_value(by_variable[variable].path, variable, from_text, text)
            elif variable.startswith(_PREFIX) and not (
                variable in _OF_COMMANDS or _SERVICE_LINK.search(variable) or _SERVICE_ADDRESS.match(text)
            ):
                self._unknown(variable, "option", by_variable)

    def config(self, item_types: Mapping[str, object], source: Path | None) -> Config:
        sections: dict[str, object] = {}
        for section in _SECTIONS:
            prefix = f"{section}."
            values = {
                path.removeprefix(prefix): value
                for path, value in self.values.items()
                if path.startswith(prefix)
            }
            sections[section] = attrs.evolve(getattr(Config(), section), **values)
        fields: dict[str, Any] = {
            **sections,
            "item_types": item_types,
            "source": source,
            "origins": self.origins,
        }
        return Config(**fields)

    def _take_from_file(self, path: str, value: object, source: Path) -> None:
        if path not in OPTIONS:
            self._unknown(path, "option", OPTIONS)
            return
        self.set_value(path, path, from_toml, value)
        if self.origins.get(path) == path:
            self.origins[path] = str(source)

    def _unknown(self, where: str, what: str, known: Mapping[str, object] | Sequence[str]) -> None:
        self.mistakes.append(unknown(where, what, known))

    def _tables(self, source: Path) -> Mapping[str, object]:
        try:
            return tomllib.loads(source.read_text(encoding="utf-8"))
        except FileNotFoundError:
            fault = "there is no such file"
        except OSError as error:
            fault = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError as error:
            fault = f"is not UTF-8 text (byte {error.start})"
        except tomllib.TOMLDecodeError as error:
            fault = f"is not TOML: {error}"
        self.mistakes.append(Mistake(str(source), fault))
        return {}
