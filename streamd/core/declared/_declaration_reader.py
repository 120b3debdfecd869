"""Reads values of `[item_types]` tables and collects what is wrong with them."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar, cast

import attrs

from streamd.core.values import check_value, is_number
from streamd.errors import InvalidMessageError, Mistake, did_you_mean
from streamd.facts import frozen

T = TypeVar("T")


@frozen
class DeclarationTable:
    """One table of a declaration: its entries, and its path in the configuration."""

    entries: Mapping[str, Any]
    path: str
    mistakes: list[Mistake]
    """Of all tables."""

    def mistake(self, key: str, what: str) -> None:
        """Note a mistake in an entry; empty: in the table."""
        self.mistakes.append(Mistake(f"{self.path}.{key}" if key else self.path, what))

    def without(self, keys: Collection[str]) -> "DeclarationTable":
        """The table without some entries."""
        left = {key: value for key, value in self.entries.items() if key not in keys}
        return attrs.evolve(self, entries=left) if keys else self

    def without_invalid(self) -> "DeclarationTable":
        """The table without values that no item can hold, such as infinity; they are noted."""
        invalid = []
        for key, value in self.entries.items():
            if (fault := invalid_number(value, key)) is not None:
                self.mistake(*fault)
                invalid.append(key)
        return self.without(invalid)

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Note the keys that there are not."""
        for key in self.entries:
            if key not in known:
                self.mistake(key, f"there is no such option{did_you_mean(key, known)}")

    def text(self, key: str, default: str = "") -> str:
        """Read a text."""
        return self._of(key, str, "text", default)

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        return self._of(key, bool, "true or false", default)

    def number(self, key: str) -> float | None:
        """Read a number."""
        value = self.entries.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.mistake(key, "must be a number")
        return None

    def whole_number(self, key: str) -> int | None:
        """Read a whole number that is not negative."""
        value = self.entries.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.mistake(key, "must be a whole number, 0 or more")
        return None

    def choice(self, key: str, known: Collection[T], default: T) -> T:
        """Read one of some texts."""
        value = self.entries.get(key, default)
        if value in known or value == default:
            return cast("T", value)
        words = [str(one) for one in known]
        self.mistake(key, f"must be one of {', '.join(words)}{did_you_mean(str(value), words)}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts."""
        value = self.entries.get(key, [])
        if isinstance(value, list) and all(isinstance(member, str) for member in value):
            return tuple(value)
        self.mistake(key, "must be a list of texts")
        return ()

    def tables(self, key: str = "") -> "dict[str, DeclarationTable]":
        """Read the tables below this one, or below an entry of it."""
        value: object = self.entries.get(key, {}) if key else self.entries
        path = f"{self.path}.{key}" if key else self.path
        if not isinstance(value, Mapping):
            self.mistake(key, "must be a table")
            return {}
        found = {}
        for name, table in value.items():
            if isinstance(table, Mapping):
                found[name] = DeclarationTable(table, f"{path}.{name}", self.mistakes)
            else:
                self.mistakes.append(Mistake(f"{path}.{name}", "must be a table"))
        return found

    def _of(self, key: str, kind: type[T], what: str, default: T) -> T:
        value = self.entries.get(key, default)
        if isinstance(value, kind):
            return value
        self.mistake(key, f"must be {what}")
        return default


def invalid_number(value: object, path: str) -> tuple[str, str] | None:
    """Path and fault of a number in a value that JSON or a double cannot hold; None when there is none."""
    if isinstance(value, Mapping):
        members = [(f"{path}.{key}", member) for key, member in value.items()]
    elif isinstance(value, list):
        members = [(f"{path}[{index}]", member) for index, member in enumerate(value)]
    else:
        try:
            check_value(value if is_number(value) else None, "")
        except InvalidMessageError as error:
            return path, error.message.strip()
        return None
    return next((fault for place, member in members if (fault := invalid_number(member, place))), None)
