"""What runs hand over must be JSON: found out where it is handed over, and not where a whole batch would fail with it."""

from collections.abc import Mapping
from typing import Final

import orjson

from streamd.errors import InvalidMessageError, TooLargeError

_MOST_STATE_BYTES: Final = 1_000_000


def check_encodable(path: str, *values: object) -> int:
    """Bytes that the values have as JSON. Refuses what is no JSON: other objects, half characters, huge numbers.

    Raises:
        InvalidMessageError: with the path.

    """
    try:
        return len(orjson.dumps(values))
    except TypeError as error:
        raise InvalidMessageError(f"{path} cannot be written as JSON: {error}", path=path) from None


def check_state(state: Mapping[str, object]) -> None:
    """Refuse a state of a graph that cannot be kept.

    Raises:
        InvalidMessageError: it is no JSON.
        TooLargeError: it is too much.

    """
    size = check_encodable("state", state)
    if size > _MOST_STATE_BYTES:
        raise TooLargeError(f"a state may have {_MOST_STATE_BYTES:,} bytes, and this one would have {size:,}")
