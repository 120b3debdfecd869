"""Every key of every message is read and refused as it always was; `tests/support/parse_cases.py` says how to add some."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import orjson

from tests.support.parse_cases import lines

GOLDEN = (Path(__file__).parent / "golden_parse.jsonl").read_text(encoding="utf-8").splitlines()


def by_message(those: Iterable[str]) -> dict[str, list[str]]:
    """The lines under each message."""
    found: dict[str, list[str]] = defaultdict(list)
    message = ""
    for line in those:
        body = orjson.loads(line)
        if "message" in body:
            message = str(orjson.dumps(body["message"]))
        found[message].append(line)
    return found


def test_every_value_of_every_key_comes_to_what_it_came_to_before() -> None:
    before, now = by_message(GOLDEN), by_message(lines())

    assert list(before) == list(now)
    for message, expected in before.items():
        assert now[message] == expected
