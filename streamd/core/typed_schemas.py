"""Makes JSON Schemas (2020-12) of `TypedDict`s, with the docstrings of their keys as descriptions.

A key that is `NotRequired` and may be None is absent where it is None: `without_none` leaves it out, and the schema does not
allow null. A required key that may be None is null on the wire.
"""

import ast
import functools
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, cast, get_args, get_type_hints, is_typeddict

JsonSchema = dict[str, object]
T = TypeVar("T", bound=Mapping[str, object])

_REF: Final = "#/$defs/{name}"
_NULL: Final = {"type": "null"}


def without_none(table: T) -> T:
    """Drop None values: on the wire unknown values are absent, not null."""
    return cast("T", {key: value for key, value in table.items() if value is not None})


def schema_of_type(kind: type[object]) -> JsonSchema:
    """Make the schema of one `TypedDict`, with those inside it under `$defs`."""
    definitions = definitions_of([kind])
    top = definitions.pop(kind.__name__)
    return {**top, "$defs": definitions} if definitions else top


def definitions_of(kinds: Sequence[type[object]]) -> dict[str, JsonSchema]:
    """Make the schemas of `TypedDict`s and of all those inside them, by the names of their classes."""
    import msgspec  # noqa: PLC0415 - a start need not wait for it

    _, definitions = msgspec.json.schema_components(kinds, schema_hook=_any, ref_template=_REF)
    for kind in set(_typed_dicts(kinds)):
        _complete(cast("JsonSchema", definitions[kind.__name__]), kind)
    return cast("dict[str, JsonSchema]", definitions)


def _any(kind: type) -> JsonSchema:
    """Return the schema of a type that msgspec does not know. An empty one would count as none."""
    if kind is object:
        return {"$comment": "any JSON value"}
    raise NotImplementedError(f"{kind} has no schema")


def _typed_dicts(kinds: Sequence[object]) -> Iterator[Any]:
    for kind in kinds:
        if is_typeddict(kind):
            yield kind
            yield from _typed_dicts(list(get_type_hints(cast("Any", kind)).values()))
        else:
            yield from _typed_dicts(get_args(kind))


def _complete(schema: JsonSchema, kind: Any) -> None:
    """Add descriptions, restore the declared order, and drop null from what is absent instead."""
    given = cast("dict[str, JsonSchema]", schema["properties"])
    schema["properties"] = properties = {key: given[key] for key in get_type_hints(kind)}
    described = key_docstrings(kind)
    for key, own in properties.items():
        if key in kind.__optional_keys__ and _NULL in (
            variants := cast("list[object]", own.get("anyOf", []))
        ):
            rest = [one for one in variants if one != _NULL]
            own.pop("anyOf")
            own.update(cast("JsonSchema", rest[0]) if len(rest) == 1 else {"anyOf": rest})
        if key in described:
            own["description"] = described[key]


def key_docstrings(kind: Any) -> dict[str, str]:
    """Return the docstrings under the keys of a `TypedDict`, and of those that it inherits from."""
    parents, own = _read_class(kind.__module__, kind.__qualname__)
    inherited = (key_docstrings(getattr(sys.modules[kind.__module__], name)) for name in parents)
    return {key: text for found in (*inherited, own) for key, text in found.items()}


@functools.cache
def _read_class(module: str, name: str) -> tuple[Sequence[str], Mapping[str, str]]:
    """Read a class's bases that are `TypedDict`s, and its docstrings of keys: when it runs, neither is kept."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            return [base for base in bases if base != "TypedDict"], dict(_of_class(node))
    return (), {}


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for line, following in zip(node.body, node.body[1:], strict=False):
        match line, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                yield name, " ".join(text.split())
            case _:
                pass
