"""Finds the lines of a TOML file on which options stand, for messages about them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from streamd.errors import Mistake

_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS: Final = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER: Final = re.compile(rf"\s*\[\[?\s*({_KEYS})\s*\]")
_ENTRY: Final = re.compile(rf"\s*({_KEYS})\s*=")
_STRING: Final = re.compile(r'''"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*''')


def with_lines(mistakes: Iterable[Mistake], source: Path | None) -> list[Mistake]:
    """Return the mistakes with their lines in the file, for options that stand there."""
    try:
        lines = {} if source is None else lines_of(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        lines = {}
    return [attrs.evolve(one, line=_line(one.where, lines)) for one in mistakes]


def lines_of(text: str) -> Mapping[str, int]:
    """Return the line of each table and entry by its path, `item_types.part.fields.sku`; of inline tables that of the whole."""
    found: dict[str, int] = {}
    table = ""
    # Nothing in strings and comments counts; what spans lines still does as lines.
    bare = _STRING.sub(lambda match: _blank(match[0]), text).splitlines()
    depth = 0
    for number, (line, counted) in enumerate(zip(text.splitlines(), bare, strict=False), 1):
        if depth <= 0 and (header := _HEADER.match(line)) and not _ENTRY.match(line):
            table = _path(header[1])
            found.setdefault(table, number)
            continue
        if depth <= 0 and (entry := _ENTRY.match(line)):
            path = _path(entry[1])
            found.setdefault(f"{table}.{path}" if table else path, number)
            depth = 0
        depth += sum(map(counted.count, "[{")) - sum(map(counted.count, "]}"))
    return found


def _blank(text: str) -> str:
    """Replace a string or a comment by as many lines of nothing."""
    return "\n" * text.count("\n")


def _path(keys: str) -> str:
    try:
        found: object = tomllib.loads(f"{keys} = 0")
    except tomllib.TOMLDecodeError:
        return keys
    names = []
    while isinstance(found, dict):
        ((name, found),) = found.items()
        names.append(name)
    return ".".join(names)


def _line(where: str, lines: Mapping[str, int]) -> int | None:
    """The line of an option, else of the table or entry that it would be in."""
    path = where.partition("[")[0]
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path)
