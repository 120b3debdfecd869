"""The id that a client gives a message, and that every reply to it repeats."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from streamd.core.values import MAX_ID_CHARS, MAX_INTEGER
from streamd.errors import InvalidMessageError

RequestId: TypeAlias = str | int | float | bool | None
"""Any JSON scalar; repeated in every reply."""

REQUEST_ID: Final[dict[str, object]] = {
    "anyOf": [
        {"type": "string", "maxLength": MAX_ID_CHARS},
        {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
        {"type": "boolean"},
    ]
}
"""The schema of one."""


def request_id_in(body: Mapping[str, object]) -> RequestId:
    """Return the id in a message; None where there is none."""
    value = body.get("request_id")
    if value is None or (isinstance(value, int) and -MAX_INTEGER <= value <= MAX_INTEGER):
        return value
    if isinstance(value, str) and len(value) <= MAX_ID_CHARS:
        return value
    if isinstance(value, float) and abs(value) <= MAX_INTEGER:
        return value
    raise InvalidMessageError(
        f"request_id must be a number, true, false, or text of at most {MAX_ID_CHARS} characters",
        path="request_id",
    )
