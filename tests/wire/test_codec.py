import re
from pathlib import Path

import orjson
import pytest

import streamd.wire.messages
from streamd.errors import InvalidJsonError, InvalidMessageError, UnknownTypeError
from streamd.wire.codec import MESSAGES, parse
from streamd.wire.messages.connection_messages import PingMessage
from streamd.wire.refusals import request_id_of
from streamd.wire.replies import error

ROOM = Path(streamd.wire.messages.__path__[0])
DEEP_LIST = b"[" * 1000 + b"]" * 1000


def refused(raw: bytes | str) -> InvalidMessageError:
    with pytest.raises(InvalidMessageError) as refusal:
        parse(raw)
    return refusal.value


def test_a_message_is_the_same_as_bytes_and_as_text() -> None:
    assert parse('{"type":"ping","request_id":"é"}') == parse('{"type":"ping","request_id":"é"}'.encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"[]",
        b'"ping"',
        b"null",
        b"1",
        b'{"type":"ping"',
        b'{"type":"ping"} {}',
        b'{"type":NaN}',
        b'{"type":"ping","x":Infinity}',
        b'{"type":"\xff"}',
        b'\xef\xbb\xbf{"type":"ping"}',
        b'{"x":' * 2000 + b"1" + b"}" * 2000,
        '{"type":"ping","x":"\ud800"}',
    ],
)
@pytest.mark.requirement("A3")
def test_what_is_not_one_json_object_is_not_json(raw: bytes | str) -> None:
    with pytest.raises(InvalidJsonError) as refusal:
        parse(raw)
    assert refusal.value.message == "Invalid JSON format"


@pytest.mark.requirement("A3")
def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownTypeError) as refusal:
        parse(b'{"type":"dance","request_id":5}')
    assert orjson.loads(error(refusal.value)) == {
        "type": "error",
        "code": "unknown_type",
        "message": "Unknown message type: dance",
        "retryable": False,
        "request_id": 5,
    }


def test_a_long_unknown_type_is_cut_in_the_answer() -> None:
    with pytest.raises(UnknownTypeError) as refusal:
        parse(orjson.dumps({"type": "x" * 100_000}))
    assert len(refusal.value.message) < 200


@pytest.mark.parametrize("raw", [b"{}", b'{"type":null}', b'{"type":1}', b'{"type":["ping"]}'])
def test_a_message_without_a_type_is_told_where_it_belongs(raw: bytes) -> None:
    assert refused(raw).path == "type"


@pytest.mark.parametrize("kind", ["refresh"])
def test_messages_of_later_versions_are_unknown(kind: str) -> None:
    with pytest.raises(UnknownTypeError):
        parse(orjson.dumps({"type": kind}))


@pytest.mark.parametrize("request_id", ["r", "", "r" * 200, 0, -1, 2**53 - 1, 1.5, True, False])
def test_any_scalar_is_a_request_id_and_comes_back_from_the_message_and_from_its_error(
    request_id: object,
) -> None:
    message = parse(orjson.dumps({"type": "ping", "request_id": request_id}))
    assert message.request_id == request_id
    assert type(message.request_id) is type(request_id)
    refusal = refused(orjson.dumps({"type": "get_item", "request_id": request_id}))
    assert request_id_of(refusal) == request_id
    assert refusal.path == "item_id"
    assert orjson.loads(error(refusal))["request_id"] == request_id


@pytest.mark.parametrize("request_id", [{}, [], "r" * 201, 2**53, 2**63, 1e300])
def test_a_request_id_that_clients_cannot_rely_on_is_refused(request_id: object) -> None:
    refusal = refused(orjson.dumps({"type": "ping", "request_id": request_id}))
    assert refusal.path == "request_id"
    assert request_id_of(refusal) is None


def test_null_is_as_good_as_absent() -> None:
    bare = parse(b'{"type":"change_item","item_id":"a","set":{"x":1}}')
    nulls = parse(
        b'{"type":"change_item","item_id":"a","set":{"x":1},"unset":null,"inc":null,"add_to_set":null,"base":null,'
        b'"on_conflict":null,"op_id":null,"user_id":null,"request_id":null}'
    )
    assert nulls == bare


def test_keys_that_a_message_does_not_have_are_ignored() -> None:
    assert parse(b'{"type":"ping","colour":{"deep":' + DEEP_LIST + b'},"agent_id":7}') == PingMessage()


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"user_request","user_input":"x","context":%s}',
        b'{"type":"user_request","user_input":"x","context":{"a":%s}}',
        b'{"type":"user_request","user_input":"x","options":%s}',
        b'{"type":"user_request","user_input":"x","options":{"budget":%s}}',
        b'{"type":"multi_agent_request","request":%s}',
        b'{"type":"multi_agent_request","request":{"query":"x","context":{"a":%s}}}',
        b'{"type":"respond","interrupt_id":"i","decision":"approve","value":%s}',
        b'{"type":"respond","interrupt_id":"i","approved":true,"modified_args":{"a":%s}}',
        b'{"type":"thread","thread_id":"t","action":"update","values":{"a":%s}}',
        b'{"type":"memory","action":"set_preference","key":"k","value":%s}',
        b'{"type":"hello","client":{"a":%s}}',
        b'{"type":"add_item","item":{"type":"t","name":%s}}',
        b'{"type":"add_item","id":%s,"item":{"id":%s}}',
        b'{"type":"change_item","item_id":"a","set":{"x":%s}}',
        b'{"type":"change_item","item_id":"a","inc":{"x":%s}}',
        b'{"type":"change_item","item_id":"a","add_to_set":{"x":%s}}',
        b'{"type":"change_item","item_id":"a","unset":%s}',
        b'{"type":"bulk","operation":"add_multiple","atomic":true,"items":[{"x":%s}]}',
        b'{"type":"bulk","operation":"remove_multiple","atomic":true,"items":[%s]}',
        b'{"type":"list_items","where":%s}',
        b'{"type":"list_items","where":[["a","==",%s]]}',
        b'{"type":"publish","event_type":"e","data":{"x":%s}}',
        b'{"type":"subscribe","topics":%s}',
        b'{"type":"ping","request_id":%s}',
        b'{"type":%s}',
    ],
)
def test_deep_nesting_is_refused_wherever_it_stands(message: bytes) -> None:
    refused(message.replace(b"%s", DEEP_LIST))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_name_of_a_class_says_the_type_of_its_message(name: str) -> None:
    assert MESSAGES[name].type == name
    assert MESSAGES[name].__name__ == "".join(word.title() for word in name.split("_")) + "Message"


def test_every_class_of_messages_can_be_received() -> None:
    declared = {
        kind
        for module in ROOM.glob("*_messages.py")
        for kind in re.findall(r"@message\(\"(\w+)", module.read_text())
    }
    assert declared == set(MESSAGES)
