"""The sample data of tests/data."""

import json
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parents[1] / "data"

_LINES: Final = [
    json.loads(line) for line in (DATA / "requests.jsonl").read_text(encoding="utf-8").splitlines()
]

SAMPLE_ITEMS: Final[list[dict[str, Any]]] = _LINES[0]["given"]
"""The items before each request."""
SAMPLE_REQUESTS: Final[list[dict[str, Any]]] = _LINES[1:]
"""Each with its words, `say`, and what is expected of it."""
