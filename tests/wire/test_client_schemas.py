"""The schemas of client messages allow what the parser accepts, and refuse what it refuses but for rules they cannot say."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import fastjsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.errors import InvalidMessageError, RefusedError
from streamd.wire.codec import MESSAGES, parse
from streamd.wire.messages import _readers
from streamd.wire.messages._key_schemas import schema_of
from streamd.wire.messages.edit_messages import BulkMessage
from tests.support.parse_cases import ABSENT, EVERYWHERE, MORE_VALUES, TOGETHER, VALID, VALUES, places, put
from tests.support.schemas import validator
from tests.wire.test_fuzz import JSON
from tests.wire.test_readme import examples

UNSAYABLE = re.compile(
    "printable characters|control characters|surrogate|letters, digits|a field name has"  # which characters are text
    r"|nests deeper|is longer than \d+ bytes|must have at most \d+ bytes|a text in where has at most|is beyond ±"
    r"|where\[\d+\]|or the JSON text of one|where\.|belongs to no list"  # what stands in conditions and in texts
    "|is required|nothing to change"  # where keys are null, empty or blank
    "|differ; give one of them|give either run_id"  # two keys that agree, or of which only one is there
)
"""Refusals for reasons that a schema cannot say, by their texts."""
PASSED_OVER = {"item_types", "types", "item_type"}
"""Keys of which the first counts: the schema wants the others to be valid, too."""


def cases() -> Iterator[dict[str, Any]]:
    """Valid messages, and each with every value in the place of every key."""
    tried: set[object] = set()
    for message in VALID:
        yield message
        for path in [*places(message), *((key,) for key in EVERYWHERE if key not in message)]:
            place = (message["type"], message.get("operation"), message.get("atomic"), path)
            if place not in tried:
                tried.add(place)
                values = (ABSENT, *VALUES, *MORE_VALUES.get(str(path[-1]), ()))
                yield from (put(message, path, value) for value in values)  # type: ignore[misc]  # objects
    for kind, keys in TOGETHER.items():
        for values in itertools.product(*keys.values()):
            pairs = zip(keys, values, strict=True)
            yield {"type": kind, **{key: value for key, value in pairs if value is not ABSENT}}


def refusal_of(message: dict[str, Any]) -> RefusedError | None:
    """Why a message, or an edit in it, is refused."""
    try:
        parsed = parse(orjson.dumps(message))
    except RefusedError as refusal:
        return refusal
    if isinstance(parsed, BulkMessage):
        return next((one for one in parsed.items if isinstance(one, InvalidMessageError)), None)
    return None


def check(message: dict[str, Any]) -> None:
    """Compare the schema's verdict with the parser's."""
    sent = orjson.loads(orjson.dumps(message))
    refusal = refusal_of(message)
    violation = violation_of(sent)
    if violation is None:
        allowed = refusal is None or UNSAYABLE.search(refusal.message)
        assert allowed, f"the schema allows what the parser refuses: {refusal}: {str(sent)[:300]}"
    else:
        is_passed_over = bool(sent.keys() & PASSED_OVER) and not PASSED_OVER.isdisjoint(violation.path)
        assert refusal or is_passed_over, f"the parser accepts, but {violation.message}: {str(sent)[:300]}"


def violation_of(sent: dict[str, Any]) -> fastjsonschema.JsonSchemaValueException | None:
    """What the schema has against a message."""
    try:
        validator("messages", str(sent["type"]))(sent)
    except fastjsonschema.JsonSchemaValueException as violation:
        return violation
    return None


@pytest.mark.parametrize("kind", MESSAGES)
def test_schema_and_parser_agree(kind: str) -> None:
    for message in cases():
        if message["type"] == kind:
            check(message)


@given(st.sampled_from(VALID), st.data())
def test_schema_and_parser_agree_about_anything_in_any_place(
    message: dict[str, object], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([*places(message), ("request_id",)]))
    check(put(message, path, data.draw(JSON)))  # type: ignore[arg-type]  # an object


@pytest.mark.parametrize("example", examples("client"))
def test_examples_in_the_reference_are_allowed(example: str) -> None:
    assert violation_of(orjson.loads(example)) is None


def test_every_reader_has_a_schema() -> None:
    """A reader without one says where it is missing."""
    for message in MESSAGES.values():
        assert message.json_schema()["type"] == "object"
    for name in ("name", "required_name", "op_id", "item_id", "text", "flag", "amount", "names", "facts"):
        assert schema_of(getattr(_readers, name))


def test_a_reader_without_a_schema_is_named() -> None:
    def read(value: object, key: str) -> object:
        return value

    with pytest.raises(LookupError, match=r"read in .*test_client_schemas has no schema: put @accepts"):
        schema_of(read)
