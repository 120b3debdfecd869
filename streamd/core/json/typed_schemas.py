"""Makes JSON Schemas (2020-12) of `TypedDict`s and attrs classes, with the docstrings of their keys as descriptions.

A key that is `NotRequired` and may be None is absent where it is None: `without_none` leaves it out, and the schema does not
allow null. A required key that may be None is null on the wire.
"""

import ast
import functools
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, cast, get_args, get_type_hints, is_typeddict

import attrs

JsonSchema = dict[str, object]
T = TypeVar("T", bound=Mapping[str, object])

_REF: Final = "#/$defs/{name}"
_NULL: Final = {"type": "null"}


def without_none(table: T) -> T:
    """Drop None values: on the wire unknown values are absent, not null."""
    return cast("T", {key: value for key, value in table.items() if value is not None})


def schema_of_type(kind: type[object]) -> JsonSchema:
    """Make the schema of one `TypedDict` or attrs class, with those inside it under `$defs`."""
    [name], definitions = definitions_of([kind])
    return {**definitions[name], "$defs": definitions}


def definitions_of(kinds: Sequence[type[object]]) -> tuple[list[str], dict[str, JsonSchema]]:
    """Make the schemas of `TypedDict`s and of all those inside them, by name. Returns the names of the former, in order, too.

    A name is that of the class; of two classes with the same one, each has that of its module before it.
    """
    import msgspec

    references, found = msgspec.json.schema_components(kinds, schema_hook=_any, ref_template=_REF)
    definitions = cast("dict[str, JsonSchema]", found)
    for kind in _records(kinds, set()):
        if kind.__name__ in definitions:
            _complete(definitions[kind.__name__], kind)
    return [str(one["$ref"]).removeprefix(_REF.format(name="")) for one in references], definitions


def _any(_kind: type) -> JsonSchema:
    """Return the schema of a type that msgspec does not know, such as `object`. An empty one would count as none."""
    return {"$comment": "any JSON value"}


def _records(kinds: Iterable[object], known: set[object]) -> set[Any]:
    """Collect the `TypedDict`s and attrs classes among types and in them, at any depth."""
    for kind in kinds:
        if is_typeddict(kind) or (isinstance(kind, type) and attrs.has(kind)):
            if kind not in known:
                known.add(kind)
                _records(get_type_hints(cast("Any", kind)).values(), known)
        else:
            _records(get_args(kind), known)
    return known


def _complete(schema: JsonSchema, kind: Any) -> None:
    """Add descriptions, restore the declared order, and drop null from what is absent instead."""
    given = cast("dict[str, JsonSchema]", schema["properties"])
    schema["properties"] = properties = {key: given[key] for key in get_type_hints(kind) if key in given}
    described = key_docstrings(kind)
    for key, own in properties.items():
        if key in getattr(kind, "__optional_keys__", ()) and _NULL in (
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
    known = (getattr(sys.modules[kind.__module__], name, None) for name in parents)
    inherited = [
        key_docstrings(parent) for parent in known if is_typeddict(parent) or attrs.has(parent or object)
    ]
    return {key: text for found in (*inherited, own) for key, text in found.items()}


@functools.cache
def _read_class(module: str, name: str) -> tuple[Sequence[str], Mapping[str, str]]:
    """Read the names of a class's bases, and its docstrings of keys: when it runs, neither is kept."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [base.id for base in node.bases if isinstance(base, ast.Name)], dict(_of_class(node))
    return (), {}


@functools.cache
def _tree(module: str) -> ast.Module:
    try:
        return ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:  # somebody's package without sources has no descriptions
        return ast.parse("")


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
