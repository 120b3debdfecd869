"""Whatever a client sends, it gets the right error, the connection lives, and nobody else notices."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamd.wire.codes import ERROR_CODES
from tests.support.daemon import running
from tests.support.raw import BINARY, TEXT, Frame, RawClient, frame, message, raw_client
from tests.support.witness import check_log, witness

PATIENT: Final = {"STREAMD_WS__MAX_BAD_MESSAGES": "1000000"}
REPLIES: Final = {
    "ack", "attached", "connected", "error", "export", "item", "items", "pong", "position", "progress", "snapshot",
    "subscribed",
}  # fmt: skip
LEAKS: Final = ("Traceback", 'File "', "Exception", "Error(", "streamd.", "sqlite", "object at 0x", "orjson")

VALID: Final[tuple[dict[str, Any], ...]] = (
    {"type": "ping"},
    {"type": "hello", "since": 3, "epoch": "e", "client": {"name": "n"}},
    {"type": "snapshot", "item_types": ["inventory"]},
    {"type": "subscribe", "topics": ["items", "runs"], "event_types": ["item_added"]},
    {"type": "unsubscribe", "topics": ["runs"]},
    {"type": "add_item", "item": {"type": "inventory", "name": "N", "current_stock": 5}, "op_id": "o"},
    {"type": "change_item", "item_id": "i", "set": {"name": "M"}, "inc": {"n": 1}, "base": 2, "on_conflict": "merge"},
    {"type": "remove_item", "item_id": "i", "reason": "r", "base": 1},
    {"type": "bulk", "operation": "add_multiple", "items": [{"type": "supplier", "name": "S"}], "atomic": True},
    {"type": "bulk", "operation": "update_multiple", "items": [{"item_id": "i", "add_to_set": {"tags": "t"}}]},
    {"type": "list_items", "where": [["current_stock", "<", "max_stock * 1.2"]], "limit": 5, "after": 1},
    {"type": "get_item", "item_id": "i"},
    {"type": "publish", "event_type": "custom", "data": {"a": [1]}},
    {"type": "import", "format": "csv", "text": "name,stock\na,1\n", "item_type": "inventory", "dry_run": True},
    {"type": "export", "format": "csv"},
    {"type": "attach", "run_id": "r", "after": 1},
    {"type": "cancel", "run_id": "r"},
)  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20),
    st.sampled_from(["\ud800", "\0", "x" * 300, "9" * 40, "__class__", "$where", "' OR 1=1 --", "../../etc"]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.just("type"), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid message with something else in some places."""
    found: dict[str, Any] = dict(draw(st.sampled_from(VALID)))
    for key in draw(
        st.lists(st.sampled_from([*found, "request_id", "op_id", "user_id", "extra"]), max_size=3)
    ):
        if draw(st.booleans()):
            found[key] = draw(anything)
        else:
            found.pop(key, None)
    return found


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """The bytes of a valid message, some of them others."""
    data = bytearray(orjson.dumps(draw(st.sampled_from(VALID))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 5))] = draw(st.binary(max_size=6))
    return bytes(data)


def spelt(value: object) -> bytes:
    """As JSON, lone surrogates and numbers without end included."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def is_text(payload: bytes) -> bool:
    """Whether it may stand in a text frame: what is not UTF-8 there ends the connection."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def any_frame(payload: bytes) -> bytes:
    """A text frame where it can be one, else a binary one."""
    return frame(payload, TEXT if is_text(payload) else BINARY)


def check_harmless(heard: Frame) -> None:
    """A message of the protocol that tells nothing about the inside."""
    assert heard.opcode == TEXT
    told = heard.message
    if told.get("type") == "error" and "run_id" not in told:
        assert told["code"] in set(ERROR_CODES) - {"internal", "store", "run_failed"}
    if "event_type" not in told:
        assert told["type"] in REPLIES
    if told.get("type") == "error":
        assert not any(leak in told["message"] for leak in LEAKS), told


async def answered(client: RawClient, *hostile: bytes) -> list[Frame]:
    """Send frames, and then a ping; everything that comes before its answer."""
    await client.send(b"".join(hostile) + message(type="ping", request_id="after all that"))
    found: list[Frame] = []
    while True:
        heard = await client.frame()
        if heard.message.get("request_id") == "after all that":
            return found
        check_harmless(heard)
        found.append(heard)


def fuzzed(strategy: st.SearchStrategy[list[bytes]], examples: int) -> Callable[..., Any]:
    """Run a property of payloads against one daemon: it gets a connection, and what to send."""

    def decorate(prop: Callable[[RawClient, list[bytes]], Any]) -> Callable[..., Any]:
        async def test(tmp_path: Path, soak: Callable[[int, int], int]) -> None:
            loop = asyncio.get_running_loop()

            async with running(tmp_path, **PATIENT) as daemon, witness(daemon), raw_client(daemon) as client:

                @settings(
                    max_examples=soak(examples, 20_000),
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                )
                @given(strategy)
                def one_by_one(payloads: list[bytes]) -> None:
                    asyncio.run_coroutine_threadsafe(prop(client, payloads), loop).result()

                await asyncio.to_thread(one_by_one)
                check_log(daemon)

        return pytest.mark.soak(test)

    return decorate


def is_object(payload: bytes) -> bool:
    """Whether it is JSON that could be a message: hypothesis tries constants that it finds in the code, too."""
    try:
        return isinstance(orjson.loads(payload), dict)
    except orjson.JSONDecodeError:
        return False


@fuzzed(st.lists(st.binary(max_size=200).filter(lambda payload: not is_object(payload)), max_size=8), 150)
async def test_bytes_of_any_kind_are_refused(client: RawClient, payloads: list[bytes]) -> None:
    replies = [heard.message for heard in await answered(client, *map(any_frame, payloads))]
    assert [reply["type"] for reply in replies] == ["error"] * len(payloads)
    # now and then chance writes a number: JSON, but no message
    assert {reply["code"] for reply in replies} <= {"invalid_json", "invalid_message"}


@fuzzed(st.lists(torn() | mutated().map(spelt), max_size=6), 300)
async def test_messages_that_are_nearly_right_get_a_reply_of_the_protocol(
    client: RawClient, payloads: list[bytes]
) -> None:
    await answered(client, *map(any_frame, payloads))


@fuzzed(st.lists(anything.map(spelt), max_size=6), 150)
async def test_json_of_any_kind_gets_a_reply_of_the_protocol(
    client: RawClient, payloads: list[bytes]
) -> None:
    replies = await answered(client, *map(any_frame, payloads))
    assert len(replies) >= len(payloads)


NAMED: Final = {
    "nothing": b"",
    "a brace": b"{",
    "deep lists": b"[" * 100_000,
    "a deep message": b'{"type":"publish","event_type":"e","data":' + b'{"a":' * 40_000 + b"1" + b"}" * 40_001,
    "a deep condition": b'{"type":"list_items","where":' + b"[" * 200 + b"]" * 200 + b"}",
    "a number without end": b'{"type":"ping","request_id":' + b"9" * 100_000 + b"}",
    "a number beyond floats": b'{"type":"add_item","item":{"type":"inventory","name":"n","current_stock":1e999}}',
    "not a number": b'{"type":"add_item","item":{"type":"inventory","name":"n","current_stock":NaN}}',
    "a lone surrogate": b'{"type":"add_item","item":{"type":"inventory","name":"\\ud800"}}',
    "a raw surrogate": b'{"type":"get_item","item_id":"\xed\xa0\x80"}',
    "invalid utf-8": b'{"type":"get_item","item_id":"\xff\xfe"}',
    "an overlong slash": b'{"type":"get_item","item_id":"\xc0\xaf"}',
    "a byte order mark": b'\xef\xbb\xbf{"type":"ping"}',
    "two messages": b'{"type":"ping"}{"type":"ping"}',
    "a list of messages": b'[{"type":"ping"}]',
    "a type that is no text": b'{"type":["ping"]}',
    "no type": b"{}",
    "an unknown type": b'{"type":"' + b"x" * 10_000 + b'"}',
    "a request_id that is an object": b'{"type":"dance","request_id":{"a":1}}',
    "a thousand keys": orjson.dumps({"type": "add_item", "item": {f"k{n}": n for n in range(10_000)}}),
}  # fmt: skip


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_well_known_tricks_are_refused_in_text_frames_and_in_binary_ones(
    tmp_path: Path, opcode: int
) -> None:
    async with running(tmp_path, **PATIENT) as daemon, witness(daemon), raw_client(daemon) as client:
        for name, payload in NAMED.items():
            if opcode == TEXT and not is_text(payload):
                continue  # tests/end_to_end/test_hostile_frames.py
            replies = [heard.message for heard in await answered(client, frame(payload, opcode))]
            assert [reply["type"] for reply in replies] == ["error"], name
            assert replies[0]["code"] in ("invalid_json", "invalid_message", "unknown_type", "too_large"), (
                name
            )
            assert sys.getsizeof(replies[0]["message"]) < 1_000, name
        check_log(daemon)
