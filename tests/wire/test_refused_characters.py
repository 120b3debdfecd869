"""Names with a character that is refused: which one it is, where it stands, and what to do."""

import re

import orjson
import pytest

from streamd.errors import InvalidMessageError
from streamd.wire.codec import parse
from tests.support.hall import Hall, add


@pytest.mark.parametrize(
    "message",
    [
        {"type": "get_item", "item_id": "ab\x85c"},
        {"type": "add_item", "id": "ab\x85c", "item": {"type": "note", "name": "A"}},
        {"type": "change_item", "item_id": "a", "set": {"x": 1}, "op_id": "ab\x85c"},
        {"type": "user_request", "user_input": "Show all items", "thread_id": "ab\x85c"},
        {"type": "subscribe", "item_types": ["ab\x85c"]},
        {"type": "hello", "user_id": "ab\x85c"},
    ],
)
def test_a_message_is_told_the_character_and_its_position(message: dict[str, object]) -> None:
    with pytest.raises(InvalidMessageError, match=r"printable characters; leave out U\+0085 at position 3$"):
        parse(orjson.dumps(message))


@pytest.mark.parametrize(
    ("fields", "which"),
    [
        ({"x\x00": 1}, "U\\+0000 at position 2"),
        ({"type": "no\x9fte"}, "U\\+009F at position 3"),
        ({"name": "a\tb\n\x1b"}, "U\\+001B at position 5"),  # tabs and line breaks are allowed
        ({"😀\x7f": 1}, "U\\+007F at position 2"),  # a character is one, however many bytes it has
    ],
)
def test_an_item_is_told_the_character_and_its_position(fields: dict[str, object], which: str) -> None:
    refused = Hall().wish(add(**fields))
    assert isinstance(refused, InvalidMessageError)
    assert re.search(f"characters.*; leave out {which}$", refused.message)


def test_a_name_that_is_too_long_is_told_to_be_shortened() -> None:
    with pytest.raises(InvalidMessageError, match=r"printable characters; shorten it$"):
        parse(orjson.dumps({"type": "get_item", "item_id": "x" * 201}))
