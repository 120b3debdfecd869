"""Encodes durable records as JSON and decodes them, attribute by attribute as declared by their classes.

A new attribute of a class is saved without further code; records that were written before have its default. What is as the
default says is not written: so a default never changes. Unknown keys from newer versions are ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar, cast, get_origin

import attrs
import orjson
from cattrs import Converter
from cattrs.errors import CattrsError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from streamd.core.values import Value

T = TypeVar("T")

NOT_SAVED: Final[Mapping[str, object]] = {"streamd.not_saved": True}
"""Metadata of an attribute that is not saved: it has its default after decoding."""

_JSON_KINDS: Final = (object, Value, Mapping[str, object], Mapping[str, Value], dict[str, object])
"""Types of attributes that hold arbitrary JSON, which is not converted."""

_TEXT_OR_TEXTS: Final = str | int | tuple[str, ...]
"""Type of a preference's value."""


def encode(record: object, kind: type[object] | None = None) -> bytes:
    """Encode a record as a JSON object, with the attributes of its class or of the given base class.

    Raises TypeError when a value is not JSON.
    """
    return orjson.dumps(_CONVERTER.unstructure(record, kind), default=_plain)


def encode_value(value: object) -> bytes:
    """Encode a JSON value as it stands in a record. Raises TypeError when it is none."""
    return orjson.dumps(value, default=_plain)


def as_json(record: object, kind: type[object] | None = None) -> dict[str, object]:
    """Encode a record as a dict that shares nothing with it, to be embedded in another JSON object."""
    return cast("dict[str, object]", orjson.loads(encode(record, kind)))


def decode(kind: type[T], body: bytes) -> T:
    """Decode a record. Raises ValueError when a required attribute is missing or a value is invalid."""
    return from_json(kind, orjson.loads(body))


def from_json(kind: type[T], read: object) -> T:
    """Convert decoded JSON to a record of this class (or union of classes). Raises ValueError as `decode` does."""
    try:
        return _CONVERTER.structure(read, kind)
    except (KeyError, TypeError, CattrsError) as error:
        raise ValueError(str(error)) from error


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _as_it_is(value: Any, _kind: Any = None) -> Any:
    return value


def _is_set(kind: Any) -> bool:
    return kind is frozenset or get_origin(kind) is frozenset


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _as_tuple(value: Any, _kind: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _omitted(kind: type[Any]) -> dict[str, Any]:
    return {field.name: override(omit=True) for field in attrs.fields(kind) if field.metadata.get(*NOT_SAVED)}


def _unstructure(kind: type[Any]) -> Callable[[Any], Any]:
    return make_dict_unstructure_fn(kind, _CONVERTER, _cattrs_omit_if_default=True, **_omitted(kind))


def _structure(kind: type[Any]) -> Callable[[Any, Any], Any]:
    return make_dict_structure_fn(kind, _CONVERTER, _cattrs_detailed_validation=False, **_omitted(kind))


def _as_number(value: Any, _kind: Any) -> Any:
    """A number as it was written: 5 stays 5, and is not 5.0 for a client."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else float(value)


def _made() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_unstructure_hook_func(lambda kind: kind in _JSON_KINDS, _as_it_is)
    converter.register_structure_hook_func(lambda kind: kind in _JSON_KINDS, _as_it_is)
    converter.register_structure_hook_func(lambda kind: kind == _TEXT_OR_TEXTS, _as_tuple)
    # A value that a newer version knows, such as a status or a right, is no reason not to read the record.
    converter.register_structure_hook_func(_is_literal, _as_it_is)
    converter.register_structure_hook(float, _as_number)
    converter.register_unstructure_hook_func(_is_set, sorted)
    return converter


_CONVERTER: Final = _made()
_CONVERTER.register_unstructure_hook_factory(attrs.has, _unstructure)
_CONVERTER.register_structure_hook_factory(attrs.has, _structure)
