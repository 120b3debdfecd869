"""Reads tables with free names and one shape: `[agents.<name>]`, `[prices."<model>"]`."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs

from streamd.config._option_values import from_toml, unknown
from streamd.config.option import options_in
from streamd.errors import Mistake
from streamd.facts import frozen

T = TypeVar("T", bound=attrs.AttrsInstance)


@frozen
class NamedTables(Generic[T]):
    """Options of every table by its name, and the mistakes in them."""

    options: Mapping[str, T]
    """By name; an invalid option has its default."""
    set_paths: tuple[str, ...]
    """Paths of the options that are set, for example `agents.general.model`."""
    mistakes: tuple[Mistake, ...]


def named_tables(table: str, declared: type[T], value: object) -> NamedTables[T]:
    """Read every table below `table` as options of the declared class."""
    if not isinstance(value, Mapping):
        return NamedTables({}, (), (Mistake(table, f"must be a section, [{table}]"),))
    tables: dict[str, T] = {}
    set_paths: list[str] = []
    mistakes: list[Mistake] = []
    options = {option.name: option for option in options_in(table, declared)}
    for name, entries in value.items():
        place = f"{table}.{name}"
        if not isinstance(entries, Mapping):
            mistakes.append(Mistake(place, f"must be a table, [{place}]"))
            continue
        values: dict[str, Any] = {}
        for key, entry in entries.items():
            path = f"{place}.{key}"
            if key not in options:
                mistakes.append(unknown(path, "option", [f"{place}.{known}" for known in options]))
                continue
            try:
                values[key] = from_toml(options[key], entry)
            except ValueError as error:
                mistakes.append(Mistake(path, str(error)))
            else:
                set_paths.append(path)
        missing = [one.name for one in options.values() if one.limits.required and one.name not in entries]
        if missing:
            mistakes.append(Mistake(place, f"must say {', '.join(missing)} too"))
        tables[name] = declared(**values)
    return NamedTables(tables, tuple(set_paths), tuple(mistakes))
