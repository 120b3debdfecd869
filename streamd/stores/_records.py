"""Encodes records of runs, threads and memories as JSON, and decodes them.

Keys that a newer streamd added are ignored; those that an older one lacks have their defaults. A principal has none: where
records had no principal yet, everyone was anonymous.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from streamd.core.json import json_codec
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunRequest
from streamd.core.thread import Checkpoint
from streamd.errors import StoreError

T = TypeVar("T")
Json = Mapping[str, object]


def to_json(record: object) -> bytes:
    """Encode a record as a JSON object. Raises StoreError when a value is not JSON."""
    try:
        return json_codec.encode(record)
    except TypeError as error:
        raise StoreError(f"a {type(record).__name__} cannot be kept: {error}") from error


def value_json(value: object) -> bytes:
    """Encode a value that stands in a record. Raises StoreError when it is not JSON."""
    try:
        return json_codec.encode_value(value)
    except TypeError as error:
        raise StoreError(f"a value cannot be kept: {error}") from error


def from_json(kind: type[T], json: Json) -> T:
    """Decode a record of a class. Raises StoreError when a required key is missing."""
    # The first version wrote null for missing values.
    present = {key: value for key, value in json.items() if not (value is None and key in _ONCE_NULL)}
    if kind in _ONCE_ANONYMOUS:
        present.setdefault("principal", _ANONYMOUS)
    try:
        return json_codec.from_json(kind, present)
    except ValueError as error:
        raise StoreError(
            f"a {kind.__name__} in the store is incomplete; restore a backup ({error})"
        ) from error


_ONCE_NULL: Final = frozenset({"options", "next"})
_ONCE_ANONYMOUS: Final = frozenset({RunRequest, Checkpoint})
_ANONYMOUS: Final = json_codec.as_json(ANONYMOUS_PRINCIPAL)
