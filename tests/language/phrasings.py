"""Reads the tables of phrasings: `say :: expected`, one a line.

Expected is `refuse`, `ask` with words that the reply holds (`ask Product B | Product C`), `none`, or changes of state:
`+2 supplier location=Europe`, `- inv-a inv-b`, `~ inv-b current_stock=80`, in any number.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

FOLDER = Path(__file__).parent / "phrasings"
_PART = re.compile(r"(?:^| )(?=[+~-] ?[\w-]+)(?=\+\d|- |~ )")
_FIELD = re.compile(r"(\w+)=(.*?)(?= \w+=|$)")


@attrs.define
class Expected:
    kind: str = "change"
    mentions: tuple[str, ...] = ()
    added: list[tuple[str, dict[str, str]]] = attrs.field(factory=list)
    removed: list[str] = attrs.field(factory=list)
    changed: dict[str, dict[str, str]] = attrs.field(factory=dict)


def expected_of(text: str) -> Expected:
    found = Expected()
    if text in ("refuse", "none"):
        return Expected(kind=text)
    if text.split(" ", maxsplit=1)[0] == "ask":
        return Expected("ask", tuple(part.strip() for part in text[3:].split("|") if part.strip()))
    for part in _PART.split(text):
        mark, rest = part[:1], part[1:].strip()
        head, _, tail = rest.partition(" ")
        if mark == "+":
            kind, _, fields = tail.partition(" ")
            found.added += [(kind, dict(_FIELD.findall(fields)))] * int(head)
        elif mark == "-":
            found.removed = rest.split()
        elif mark == "~":
            found.changed.setdefault(head, {}).update(_FIELD.findall(tail))
    return found


def rows() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                say, _, expected = line.rpartition(" :: ")
                yield say, expected


def shown(value: object) -> str:
    return (
        format(value, "g") if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    )


def compact(fields: dict[str, str]) -> dict[str, str]:
    return {
        key: shown(float(value)) if value.replace(".", "").isdigit() else value
        for key, value in fields.items()
    }
