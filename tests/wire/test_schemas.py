"""The schemas that are served allow what is sent and what is accepted, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from streamd.core.event import ITEM_EVENT_TYPES, NAMES_CHANGED
from streamd.core.run import RESPONSE_TYPES
from streamd.wire.codec import MESSAGES
from streamd.wire.entries import FEED_EVENT_TYPES
from streamd.wire.replies import REPLY_TYPES
from tests.support.data_tables import section
from tests.support.schemas import DOCUMENT, check_server_message
from tests.wire.test_readme import TEXT, examples

TRANSCRIPTS = Path(__file__).parents[1] / "golden" / "wire"
_STAND_INS = {"<number>": 1, "<time>": "2026-11-20T09:30:00.000Z"}


def test_every_type_of_message_has_a_schema_and_no_other() -> None:
    assert set(DOCUMENT["messages"]) == set(MESSAGES)
    assert set(DOCUMENT["replies"]) == REPLY_TYPES
    assert set(DOCUMENT["responses"]) == RESPONSE_TYPES
    assert set(DOCUMENT["events"]) == {*ITEM_EVENT_TYPES, *FEED_EVENT_TYPES, NAMES_CHANGED}


def test_every_reference_leads_to_a_definition() -> None:
    references = set(re.findall(r'"\$ref":"#/\$defs/(\w+)"', orjson.dumps(DOCUMENT).decode()))

    assert references == set(DOCUMENT["$defs"])


def transcript(name: str) -> Iterator[dict[str, Any]]:
    """What the daemon said in a golden transcript, with values in the places of those that differ each time."""
    for line in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines():
        message = real(orjson.loads(line))
        if {"says", "closed"}.isdisjoint(message) and {"type", "event_type"} & set(message):
            yield {key: value for key, value in message.items() if key != "to"}


def real(value: Any) -> Any:
    match value:
        case str():
            return _STAND_INS.get(value, value)
        case {"percentage": None}:  # where it has not come to anything fixed
            return real({**value, "percentage": 0})
        case dict():
            return {key: real(one) for key, one in value.items()}
        case list():
            return [real(one) for one in value]
        case _:
            return value


@pytest.mark.parametrize("name", ["conversation", "events", "feeds"])
def test_golden_transcripts_are_as_the_schemas_say(name: str) -> None:
    told = list(transcript(name))
    assert told
    for message in told:
        message.pop("colour", None)  # an agent of somebody's own may end with keys of its own
        is_response = "event_type" not in message and {"run_id", "timestamp"} <= set(message)
        as_sent = {"run_seq": 1, **message} if is_response else message
        if (
            isinstance(message.get("agents"), list)
            or isinstance(message.get("items"), int)
            or "sections" in message
        ):
            continue  # a note of what was said
        if message.get("type") == "connected":
            as_sent = {"connection_id": "c", **message}
        check_server_message(as_sent)


@pytest.mark.parametrize("example", examples("server"))
def test_examples_in_the_reference_are_as_the_schemas_say(example: str) -> None:
    check_server_message(orjson.loads(example))


def test_tables_of_data_in_the_reference_are_those_of_the_schemas() -> None:
    """`python -m tests.support.data_tables` prints what has to stand there."""
    shown = TEXT.partition("\n## Data of the analyses\n")[2].partition("\n### ")[2]

    assert f"### {shown}".strip() == section().strip()


def test_every_key_of_data_says_what_it_means() -> None:
    unexplained = [
        f"{name}.{key}"
        for name in sorted(names_in_data())
        for key, schema in DOCUMENT["$defs"][name]["properties"].items()
        if "description" not in schema
    ]

    assert unexplained == []


def names_in_data() -> set[str]:
    """The definitions of what stands in `data`."""
    found: set[str] = set()
    left = re.findall(r"#/\$defs/(\w+)", orjson.dumps(DOCUMENT["data"]).decode())
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += re.findall(r"#/\$defs/(\w+)", orjson.dumps(DOCUMENT["$defs"][name]).decode())
    return found
