"""Tables with names of the reader's own choice, all of one shape: `[agents.<name>]`, `[prices."<model>"]`."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs

from streamd.config.option import options_in
from streamd.config.values import from_toml, unknown
from streamd.errors import Mistake

T = TypeVar("T", bound=attrs.AttrsInstance)


@attrs.frozen
class NamedTables(Generic[T]):
    """What stands in them, and what is wrong with it."""

    options: Mapping[str, T]
    """By name; what could not be read is at its default."""
    said: tuple[str, ...]
    """The paths of what was said, for example `agents.general.model`."""
    mistakes: tuple[Mistake, ...]


def named_tables(table: str, declared: type[T], given: object) -> NamedTables[T]:
    """Read all tables below one, each as options of the declared class."""
    if not isinstance(given, Mapping):
        return NamedTables({}, (), (Mistake(table, f"must be a section, [{table}]"),))
    read: dict[str, T] = {}
    said: list[str] = []
    mistakes: list[Mistake] = []
    options = {option.name: option for option in options_in(table, declared)}
    for name, entries in given.items():
        place = f"{table}.{name}"
        if not isinstance(entries, Mapping):
            mistakes.append(Mistake(place, f"must be a table, [{place}]"))
            continue
        values: dict[str, Any] = {}
        for key, value in entries.items():
            path = f"{place}.{key}"
            if key not in options:
                mistakes.append(unknown(path, "option", [f"{place}.{known}" for known in options]))
                continue
            try:
                values[key] = from_toml(options[key], value)
            except ValueError as error:
                mistakes.append(Mistake(path, str(error)))
            else:
                said.append(path)
        missing = [one.name for one in options.values() if one.limits.required and one.name not in entries]
        if missing:
            mistakes.append(Mistake(place, f"must say {', '.join(missing)} too"))
        read[name] = declared(**values)
    return NamedTables(read, tuple(said), tuple(mistakes))
