"""Records of which every attribute has a value that is not its default: whatever is forgotten on the way shows."""

from collections.abc import Mapping
from itertools import count
from types import NoneType, UnionType
from typing import Any, Literal, NewType, TypeVar, Union, get_args, get_origin

import attrs

from streamd.core.json.json_codec import NOT_SAVED

T = TypeVar("T", bound=attrs.AttrsInstance)


def filled(kind: type[T], /, **given: object) -> T:
    """A record of a class with a value of its type in each attribute that is saved, also in those that are added later."""
    attrs.resolve_types(kind)
    numbers = count(1)
    values = dict(given)
    for field in attrs.fields(kind):
        if field.name not in values and not field.metadata.get(*NOT_SAVED):
            value = values[field.name] = _value(field.type, field.name, numbers)
            assert value != getattr(field.default, "factory", lambda default=field.default: default)(), field
    return kind(**values)


def _value(kind: Any, name: str, numbers: "count[int]") -> Any:
    if isinstance(kind, NewType):
        return _value(kind.__supertype__, name, numbers)
    if attrs.has(kind):
        return filled(kind)
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Literal:
            return arguments[-1]
        case origin if origin in (Union, UnionType):
            return _value(next(one for one in arguments if one is not NoneType), name, numbers)
        case origin if origin is tuple:
            return (_value(arguments[0], name, numbers),)
        case origin if origin is frozenset:
            return frozenset({_value(arguments[0], name, numbers)})
        case origin if origin is list:
            return [_value(arguments[0], name, numbers)]
        case origin if origin is dict or origin is Mapping or getattr(origin, "__name__", "") == "Mapping":
            return {_value(arguments[0], name, numbers): _value(arguments[1], name, numbers)}
    if kind is object:
        return {"json": [1, None, name]}
    if kind is bool:
        return True
    if kind is str:
        return f"{name} {next(numbers)}"
    if kind in (int, float):
        return next(numbers) + (0.5 if kind is float else 0)
    raise TypeError(f"{name} is a {kind}: teach this module to fill it")
