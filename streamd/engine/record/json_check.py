"""What runs hand over must be JSON: found out where it is handed over, and not where a whole batch would fail with it."""

import orjson

from streamd.errors import InvalidMessageError


def check_encodable(path: str, *values: object) -> int:
    """Bytes that the values have as JSON. Refuses what is no JSON: other objects, half characters, huge numbers.

    Raises:
        InvalidMessageError: with the path.

    """
    try:
        return len(orjson.dumps(values))
    except TypeError as error:
        raise InvalidMessageError(f"{path} cannot be written as JSON: {error}", path=path) from None
