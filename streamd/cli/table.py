"""Tables on a terminal: one row a line, columns as wide as they need to be."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_WIDEST: Final = 40
"""Characters of the widest column: a longer value ends in an ellipsis."""

_COMMANDS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def print_rows(
    rows: Sequence[Mapping[str, object]], columns: Iterable[str], noun: str, *, as_json: bool
) -> None:
    """Print rows as lines of JSON, or as a table with their count below."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    for line in _table(rows, columns):
        print(line)
    print(counted(len(rows), noun))


def _table(rows: Sequence[Mapping[str, object]], columns: Iterable[str]) -> Iterable[str]:
    """The lines of a table, the names of the columns first; none without rows."""
    if not rows:
        return
    names = [*columns]
    cells = [names, *([cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def cell(value: object) -> str:
    """A value in few characters, none of which moves the cursor or turns the direction of the text."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = plain(" ".join(text.split()))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def plain(text: str) -> str:
    """A text as it is, but without characters that move the cursor or turn the direction of what follows."""
    return _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text)


def counted(count: int, noun: str) -> str:
    """The line below a table: "1 item", "2 items"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
