"""Encodes records of runs, threads and memories as JSON, and decodes them.

Keys that a newer streamd added are ignored; those that an older one lacks have their defaults.
"""

from collections.abc import Mapping
from typing import TypeVar

from streamd.core import json_codec
from streamd.errors import StoreError

T = TypeVar("T")
Json = Mapping[str, object]


def to_json(record: object) -> bytes:
    """Encode a record as a JSON object. Raises StoreError when a value is not JSON."""
    try:
        return json_codec.encode(record)
    except TypeError as error:
        raise StoreError(f"a {type(record).__name__} cannot be kept: {error}") from error


def from_json(kind: type[T], json: Json) -> T:
    """Decode a record of a class. Raises StoreError when a required key is missing."""
    # The first version wrote null for missing values.
    present = {key: value for key, value in json.items() if not (value is None and key in _ONCE_NULL)}
    try:
        return json_codec.from_json(kind, present)
    except ValueError as error:
        raise StoreError(
            f"a {kind.__name__} in the store is incomplete; restore a backup ({error})"
        ) from error


_ONCE_NULL = frozenset({"options", "next"})
