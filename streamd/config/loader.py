"""The configuration from defaults, a file, the environment and flags, each stronger than the one before."""

import importlib.resources
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from streamd.config.consistency import together
from streamd.config.models import AgentOptions, PriceOptions
from streamd.config.named_tables import named_tables
from streamd.config.option import Option, options_of
from streamd.config.options import Config
from streamd.config.values import from_text, from_toml, unknown
from streamd.errors import ConfigurationError, Mistake

OPTIONS: Final = options_of(Config)
"""Every option by its path."""

SEARCHED: Final = (Path("config.toml"), Path("/etc/streamd/config.toml"))
"""Where a file is looked for when none is named; the first one found is used."""

_PREFIX: Final = "STREAMD_"
_SECTIONS: Final = tuple(dict.fromkeys(option.section for option in OPTIONS.values()))
_ITEM_TYPES: Final = "item_types"
_AGENTS: Final = "agents"
_PRICES: Final = "prices"
_OPEN: Final = (_ITEM_TYPES, _AGENTS, _PRICES)
"""Tables whose keys are names that nobody knows beforehand."""

# Set by those who start several versions the same way; the HTTP listener comes with a later one.
_RESERVED: Final = f"{_PREFIX}HTTP__"

# Kubernetes and Docker describe a service called "streamd" with variables of these shapes: not meant for us.
_SERVICE_LINK: Final = re.compile(r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)|_ENV_")
_SERVICE_ADDRESS: Final = re.compile(r"(tcp|udp)://")


@attrs.frozen
class Flag:
    """An option given on the command line."""

    name: str
    """As it was typed, for messages: `--port`."""
    option: str
    """The option's path: `ws.port`."""
    text: str


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str],
    flags: Sequence[Flag] = (),
    searched: Sequence[Path] = SEARCHED,
    checks: Sequence[Callable[[Config], object]] = (),
) -> Config:
    """Read and check everything.

    Args:
        path: the file to read; None looks in `searched` and does without one if there is none.
        environ: `STREAMD_<SECTION>__<OPTION>` sets an option; a list is separated by commas.
        flags: what the command line says.
        searched: where to look when no path is given.
        checks: of rooms above, which may raise a ConfigurationError of their own; its mistakes are added.

    Raises:
        ConfigurationError: with every mistake of every place.

    """
    reading = _Reading()
    source = path or next((candidate for candidate in searched if candidate.is_file()), None)
    tables = reading.file(source) if source else {}
    reading.environment(environ)
    for flag in flags:
        reading.take(flag.option, flag.name, from_text, flag.text)
    # A file that says nothing about item types leaves those that come with streamd.
    item_types = tables.get(_ITEM_TYPES) if _ITEM_TYPES in tables else shipped_item_types()
    if not isinstance(item_types, Mapping):
        reading.mistakes.append(Mistake(_ITEM_TYPES, "must be a table"))
        item_types = {}
    agents = named_tables(_AGENTS, AgentOptions, tables.get(_AGENTS, {}))
    prices = named_tables(_PRICES, PriceOptions, tables.get(_PRICES, {}))
    for found in (agents, prices):
        reading.mistakes += found.mistakes
        reading.origins.update(dict.fromkeys(found.said, str(source)))
    config = attrs.evolve(
        reading.config(item_types, source),
        agents=agents.options,
        # Those that the file does not price stay as shipped.
        prices={**shipped_prices(), **prices.options},
    )
    # An option that could not be read is at its default here: still worth comparing with the others.
    mistakes = [*reading.mistakes, *together(config)]
    for check in checks:
        try:
            check(config)
        except ConfigurationError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise ConfigurationError(mistakes)
    return config


def shipped_item_types() -> Mapping[str, object]:
    """Give the item types of the `config.toml` that comes with streamd."""
    item_types: Mapping[str, object] = _shipped()[_ITEM_TYPES]
    return item_types


def shipped_prices() -> Mapping[str, PriceOptions]:
    """Give the prices of models in the `config.toml` that comes with streamd."""
    return named_tables(_PRICES, PriceOptions, _shipped()[_PRICES]).options


def _shipped() -> Mapping[str, Any]:
    text = importlib.resources.files("streamd.config").joinpath("default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@attrs.define
class _Reading:
    """What has been read so far. Later places overwrite earlier ones; mistakes add up."""

    values: dict[str, object] = attrs.field(factory=dict)
    origins: dict[str, str] = attrs.field(factory=dict)
    mistakes: list[Mistake] = attrs.field(factory=list)

    def take(self, path: str, where: str, convert: Callable[[Option, Any], object], value: object) -> None:
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
            # Variables of others come first: our own are stronger. Empty ones are not meant to unset anything.
            if option.limits.also and (text := environ.get(option.limits.also)):
                self.take(option.path, option.limits.also, from_text, text)
        for variable, text in sorted(environ.items()):
            if variable in by_variable:
                self.take(by_variable[variable].path, variable, from_text, text)
            elif variable.startswith(_PREFIX) and not (
                variable.startswith(_RESERVED)
                or _SERVICE_LINK.search(variable)
                or _SERVICE_ADDRESS.match(text)
            ):
                self._unknown(variable, "option", by_variable)

    def config(self, item_types: Mapping[str, object], source: Path | None) -> Config:
        sections: dict[str, object] = {}
        for section in _SECTIONS:
            prefix = f"{section}."
            given = {
                path.removeprefix(prefix): value
                for path, value in self.values.items()
                if path.startswith(prefix)
            }
            sections[section] = attrs.evolve(getattr(Config(), section), **given)
        read: dict[str, Any] = {
            **sections,
            "item_types": item_types,
            "source": source,
            "origins": self.origins,
        }
        return Config(**read)

    def _take_from_file(self, path: str, value: object, source: Path) -> None:
        if path not in OPTIONS:
            self._unknown(path, "option", OPTIONS)
            return
        self.take(path, path, from_toml, value)
        if self.origins.get(path) == path:
            self.origins[path] = str(source)

    def _unknown(self, where: str, what: str, known: Mapping[str, object] | Sequence[str]) -> None:
        self.mistakes.append(unknown(where, what, known))

    def _tables(self, source: Path) -> Mapping[str, object]:
        try:
            return tomllib.loads(source.read_text(encoding="utf-8"))
        except FileNotFoundError:
            wrong = "there is no such file"
        except OSError as error:
            wrong = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError as error:
            wrong = f"is not UTF-8 text (byte {error.start})"
        except tomllib.TOMLDecodeError as error:
            wrong = f"is not TOML: {error}"
        self.mistakes.append(Mistake(str(source), wrong))
        return {}
