"""Whatever comes in, it is a message or it is refused; nothing else ever comes out of parsing."""

import math

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from streamd.errors import RefusedError
from streamd.wire.codec import MESSAGES, parse
from streamd.wire.messages.client_message import ClientMessage
from streamd.wire.replies import error
from tests.support.parse_cases import VALID

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def survives(raw: bytes | str) -> ClientMessage | None:
    """The message, or None when it was refused with an error that can be sent."""
    try:
        message = parse(raw)
    except RefusedError as refusal:
        reply = orjson.loads(error(refusal))
        assert reply["type"] == "error"
        assert reply["code"] in {"invalid_json", "unknown_type", "invalid_message"}
        return None
    return message


@given(st.binary())
@example(b'{"type":"ping"}')
def test_any_bytes(raw: bytes) -> None:
    survives(raw)


@given(st.text())
def test_any_text(raw: str) -> None:
    survives(raw)


@given(JSON)
def test_any_json(value: object) -> None:
    survives(orjson.dumps(value))


@given(st.sampled_from(sorted(MESSAGES)), st.dictionaries(st.text(), JSON, max_size=5))
def test_any_keys_under_any_type(kind: str, keys: dict[str, object]) -> None:
    survives(orjson.dumps({**keys, "type": kind}))


@given(st.data())
def test_valid_messages_with_anything_in_any_place(data: st.DataObject) -> None:
    message = dict(data.draw(st.sampled_from(VALID)))
    for key in data.draw(st.lists(st.sampled_from([*message, "request_id", "op_id", "user_id"]), max_size=3)):
        message[key] = data.draw(JSON)
    for key in data.draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        inside = message[key]
        if isinstance(inside, dict) and inside:
            message[key] = {**inside, data.draw(st.sampled_from(sorted(inside))): data.draw(JSON)}
    survives(orjson.dumps(message))


@given(st.data())
def test_valid_messages_with_bytes_changed(data: st.DataObject) -> None:
    raw = bytearray(orjson.dumps(data.draw(st.sampled_from(VALID))))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(raw))


@given(st.sampled_from(VALID), SCALARS)
def test_an_accepted_request_id_is_exactly_the_one_that_was_sent(
    message: dict[str, object], request_id: object
) -> None:
    sent = orjson.loads(orjson.dumps({**message, "request_id": request_id}))["request_id"]
    accepted = survives(orjson.dumps({**message, "request_id": request_id}))
    if accepted is not None:
        assert accepted.request_id == sent
        assert not isinstance(sent, float) or math.isfinite(sent)


def test_every_type_of_message_is_among_the_valid_ones() -> None:
    assert {parse(orjson.dumps(message)).type for message in VALID} == set(MESSAGES)
