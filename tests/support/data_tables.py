"""The tables about `data` in the protocol's reference, made of the schemas.

    python -m tests.support.data_tables

prints the section as it has to stand in `streamd/wire/README.md`; `tests/wire/test_schemas.py` compares.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

from tests.support.schemas import DOCUMENT

SHOWN: Final = ("analysis_results", "supplier_results", "forecast_results")
"""Types whose `data` has tables here; the broadcasts of feeds have theirs elsewhere."""
_TYPES: Final = {
    "string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": "null",
    "object": "object", "array": "list",
}  # fmt: skip


def section() -> str:
    """The text of the section."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for name in SHOWN:
        top = _name(DOCUMENT["data"][name])
        yield f"### `data` of `{name}`\n"
        yield from _table(top)
        inner = list(dict.fromkeys(_inside(top)))
        for one in inner:
            yield f"`{_short(one)}`: {_definition(one)['description']}\n"
            yield from _table(one)


def _table(name: str) -> Iterator[str]:
    schema = _definition(name)
    yield "| key | value | meaning |"
    yield "| --- | --- | --- |"
    for key, one in schema["properties"].items():
        optional = "" if key in schema.get("required", ()) else "optional "
        yield f"| `{key}` | {optional}{_value(one)} | {one['description']} |"
    yield ""


def _value(schema: dict[str, Any]) -> str:
    """A schema in words."""
    match schema:
        case {"$ref": _}:
            return f"`{_short(_name(schema))}`"
        case {"enum": members}:
            return ", ".join(f"`{member}`" for member in members)
        case {"anyOf": variants}:
            return " or ".join(_value(one) for one in variants)
        case {"type": "array", "items": members}:
            return f"list of {_value(members)}"
        case {"type": "object", "additionalProperties": dict() as members}:
            return f"object of {_value(members)}"
        case _:
            return _TYPES[schema["type"]]


def _inside(name: str) -> Iterator[str]:
    """The definitions that one refers to, each before those in it."""
    for schema in _definition(name)["properties"].values():
        for reference in _references(schema):
            yield reference
            yield from _inside(reference)


def _references(schema: Any) -> Iterator[str]:
    match schema:
        case {"$ref": _}:
            yield _name(schema)
        case dict():
            for one in schema.values():
                yield from _references(one)
        case list():
            for one in schema:
                yield from _references(one)
        case _:
            pass


def _definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["$defs"][name]
    return found


def _name(schema: dict[str, str]) -> str:
    return schema["$ref"].removeprefix("#/$defs/")


def _short(name: str) -> str:
    return name.removesuffix("Data")


if __name__ == "__main__":
    sys.stdout.write(section())
