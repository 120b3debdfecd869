"""Rejects values that are not JSON at the call site, before they can fail a whole commit batch."""

from collections.abc import Mapping
from typing import Final

import orjson

from streamd.errors import InvalidMessageError, TooLargeError

_MOST_STATE_BYTES: Final = 1_000_000


def check_encodable(path: str, *values: object) -> int:
    """Return the size of values as JSON. Rejects other objects, half characters and huge numbers.

    Raises:
        InvalidMessageError: a value is not JSON; its details have the path.

    """
    try:
        return len(orjson.dumps(values))
    except TypeError as error:
        raise InvalidMessageError(f"{path} cannot be written as JSON: {error}", path=path) from None


def check_state(state: Mapping[str, object]) -> None:
    """Reject a state of a graph that cannot be persisted.

    Raises:
        InvalidMessageError: the state is not JSON.
        TooLargeError: the state is too large.

    """
    size = check_encodable("state", state)
    if size > _MOST_STATE_BYTES:
        raise TooLargeError(f"a state may have {_MOST_STATE_BYTES:,} bytes, and this one would have {size:,}")
