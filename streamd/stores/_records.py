"""Records of runs, threads and memories as JSON, and back.

Keys that a newer streamd added are passed over; what an older one did not know has its default.
"""

from collections.abc import Mapping
from typing import TypeVar

from streamd.core import json_codec
from streamd.errors import StoreError

T = TypeVar("T")
Json = Mapping[str, object]


def to_json(record: object) -> bytes:
    """A record as a JSON object. Raises StoreError when something in it is not JSON."""
    try:
        return json_codec.encode(record)
    except TypeError as error:
        raise StoreError(f"a {type(record).__name__} cannot be kept: {error}") from error


def from_json(kind: type[T], json: Json) -> T:
    """The record of this class again. Raises StoreError when it lacks what it cannot do without."""
    # The first version wrote null where it had nothing to say.
    said = {key: value for key, value in json.items() if not (value is None and key in _ONCE_NULL)}
    try:
        return json_codec.from_json(kind, said)
    except ValueError as error:
        raise StoreError(
            f"a {kind.__name__} in the store is incomplete; restore a backup ({error})"
        ) from error


_ONCE_NULL = frozenset({"options", "next"})
