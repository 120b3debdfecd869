"""Text frames as a server sends them, read back."""

from typing import Any

import orjson


def messages(data: bytes) -> list[dict[str, Any]]:
    """The messages in a row of unmasked text frames."""
    found = []
    while data:
        size, start = data[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        found.append(orjson.loads(data[start : start + size]))
        data = data[start + size :]
    return found
