"""The cases of the Autobahn test suite, as far as they concern a server of JSON: framing, control frames, UTF-8, closing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from tests.support.daemon import running
from tests.support.raw import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawClient,
    frame,
    message,
    raw_client,
)
from tests.support.witness import check_log, witness

PATIENT: Final = {"STREAMD_WS__MAX_BAD_MESSAGES": "1000000"}
PROTOCOL_ERROR: Final = 1002
INVALID_DATA: Final = 1007


def ask(text: bytes, opcode: int = TEXT) -> bytes:
    """A ping whose `request_id` is this JSON text."""
    return frame(b'{"type":"ping","request_id":"' + text + b'"}', opcode)


def pieces(data: bytes, size: int) -> list[bytes]:
    """The frames of a text message in pieces of so many bytes."""
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [
        frame(part, TEXT if index == 0 else CONTINUATION, fin=index == len(parts) - 1)
        for index, part in enumerate(parts)
    ]


async def heard(client: RawClient) -> object:
    """The `request_id` of the pong that comes next."""
    reply = (await client.frame()).message
    assert reply["type"] == "pong", reply
    return reply["request_id"]


async def test_messages_of_every_size_of_length_are_read_however_they_arrive(tmp_path: Path) -> None:
    async with running(tmp_path, **PATIENT) as daemon, raw_client(daemon) as client:
        for size in (0, 125, 126, 127, 128, 65_535, 65_536):
            body = b'{"type":"ping","request_id":"a"}' if size else b"{}"
            whole = body + b" " * (size - len(body))
            for opcode in (TEXT, BINARY):
                data = frame(whole, opcode)
                for at in range(0, len(data), 997):
                    await client.send(data[at : at + 997])
                assert (await client.frame()).message["type"] == ("pong" if size else "error")


PAYLOADS: Final = (b"", b"hello", bytes(range(0, 250, 2)), b"\xfe" * 125)


async def test_every_ping_gets_its_payload_back_in_order_and_a_pong_nobody_asked_for_nothing(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        for payload in PAYLOADS:
            await client.send(frame(payload, PONG) + frame(payload, PING))
            answer = await client.frame()
            assert (answer.opcode, answer.payload) == (PONG, payload)
        await client.send(b"".join(frame(str(number).encode(), PING) for number in range(10)))
        assert [(await client.frame()).payload for _ in range(10)] == [b"%d" % number for number in range(10)]


def within_a_message(*control: bytes) -> bytes:
    """A message in two pieces with other frames between."""
    first, last = pieces(b'{"type":"ping"}', 8)
    return first + b"".join(control) + last


BROKEN_FRAMES: Final = {
    **{f"reserved bits {rsv}": frame(b'{"type":"ping"}', rsv=rsv) for rsv in range(1, 8)},
    **{f"reserved bits {rsv} of a ping": frame(b"", PING, rsv=rsv) for rsv in (1, 2, 4)},
    **{f"reserved bits {rsv} of a close": frame(b"\x03\xe8", CLOSE, rsv=rsv) for rsv in (1, 2, 4)},
    **{f"opcode {opcode}": frame(b"x", opcode) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    **{
        f"control frame {opcode} in pieces": frame(b"", opcode, fin=False) + frame(b"", CONTINUATION)
        for opcode in (CLOSE, PING, PONG)
    },
    **{f"control frame {opcode} of 126 bytes": frame(b"p" * 126, opcode) for opcode in (CLOSE, PING, PONG)},
    "a last piece of nothing": frame(b"x", CONTINUATION),
    "a piece of nothing": frame(b"x", CONTINUATION, fin=False),
    "a piece behind a whole message": message(type="subscribe") + frame(b"x", CONTINUATION),
    "a text within a text": within_a_message(message(type="ping")),
    "a binary within a text": within_a_message(frame(b"{}", BINARY)),
    "an opcode within a text": within_a_message(frame(b"", 3)),
    "no mask": frame(b'{"type":"ping"}', masked=False),
    "a ping without mask": frame(b"", PING, masked=False),
}


async def test_each_broken_frame_ends_its_connection_with_1002(tmp_path: Path) -> None:
    async with running(tmp_path, **PATIENT) as daemon, witness(daemon):
        ended_with = {}
        for name, data in BROKEN_FRAMES.items():
            async with raw_client(daemon) as client:
                await client.send(data)
                ended_with[name] = await client.ending()
        assert ended_with == dict.fromkeys(BROKEN_FRAMES, PROTOCOL_ERROR)
        check_log(daemon)


async def test_pieces_with_pings_and_pongs_between_are_one_message(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        await client.send(
            within_a_message(frame(b"here?", PING), frame(b"", PONG), frame(b"", CONTINUATION, fin=False))
        )
        assert (await client.frame()).payload == b"here?"
        assert (await client.frame()).message["type"] == "pong"


# ── UTF-8 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXTS: Final = (
    "κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\u0080\u07ff\u0800\uffff", "\U00010000\U0010ffff", "\ud7ff\ue000\ufffd", "\ufdd0\ufffe",
    "a\u00a0b\u3000c", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d👩\u200d👧\u200d👦", "e\u0301", "\u2028\u2029\ufeff",
)  # fmt: skip

NO_TEXTS: Final = (
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",  # half of a surrogate pair in the middle
    b"\xce\xba\xf4\x90\x80\x80edited", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff",
    b"\x80", b"\xbf", b"\x80\xbf\x80", b"\xc0 \xc1 ", b"\xe0 \xef ", b"\xf0 \xf4 ", b"\xf8 ", b"\xfc ",
    b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf",  # cut off
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf",
    b"\xc0\x80", b"\xe0\x80\x80",  # longer than need be
    b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80", b"\xed\xaf\xbf\xed\xbf\xbf",  # surrogates
)  # fmt: skip


async def test_text_comes_back_as_it_was_sent_also_cut_within_a_character(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        for text in TEXTS:
            body = b'{"type":"ping","request_id":"' + text.encode() + b'"}'
            await client.send(frame(body) + frame(body, BINARY) + b"".join(pieces(body, 1)))
            assert [await heard(client) for _ in range(3)] == [text] * 3


async def test_a_text_frame_that_is_not_utf_8_ends_its_connection_with_1007(tmp_path: Path) -> None:
    async with running(tmp_path, **PATIENT) as daemon, witness(daemon):
        for text in NO_TEXTS:
            body = b'{"type":"ping","request_id":"' + text + b'"}'
            for data in (ask(text), frame(text), b"".join(pieces(body, 1))):
                async with raw_client(daemon) as client:
                    await client.send(data)
                    assert await client.ending() == INVALID_DATA, data
        check_log(daemon)


async def test_a_binary_frame_that_is_not_utf_8_is_no_json_and_the_connection_lives(tmp_path: Path) -> None:
    async with running(tmp_path, **PATIENT) as daemon, raw_client(daemon) as client:
        for text in NO_TEXTS:
            await client.send(ask(text, BINARY))
            assert (await client.frame()).message["code"] == "invalid_json"


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(code.to_bytes(2, "big") + reason, CLOSE)


async def ends(tmp_path: Path, frames: Iterable[bytes]) -> list[int]:
    """With which code each of these, on a connection of its own, ends it."""
    found = []
    async with running(tmp_path) as daemon:
        for data in frames:
            async with raw_client(daemon) as client:
                await client.send(data)
                found.append(await client.ending())
        check_log(daemon)
    return found


CODES: Final = (
    1000,
    1001,
    1002,
    1003,
    1007,
    1008,
    1009,
    1010,
    1011,
    1012,
    1013,
    1014,
    3000,
    3999,
    4000,
    4999,
)
NO_CODES: Final = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)


async def test_a_close_is_answered_with_its_own_code(tmp_path: Path) -> None:
    assert await ends(tmp_path, map(closing, CODES)) == list(CODES)


async def test_a_code_that_nobody_may_send_ends_with_1002(tmp_path: Path) -> None:
    assert await ends(tmp_path, map(closing, NO_CODES)) == [PROTOCOL_ERROR] * len(NO_CODES)


CLOSES: Final = {
    "nothing": (frame(b"", CLOSE), 1005),
    "half a code": (frame(b"\x03", CLOSE), PROTOCOL_ERROR),
    "123 bytes": (closing(1000, b"r" * 123), 1000),
    "124 bytes": (closing(1000, b"r" * 124), PROTOCOL_ERROR),
    "a text": (closing(1000, "κόσμε".encode()), 1000),
    "no text": (closing(1000, b"\xed\xa0\x80"), INVALID_DATA),
    "more behind it": (closing(1000) + message(type="ping") + frame(b"", PING), 1000),
    "twice": (closing(1000) + closing(1001), 1000),
    "an unfinished message before it": (pieces(b'{"type":"ping"}', 8)[0] + closing(1000), PROTOCOL_ERROR),
}  # fmt: skip


async def test_a_close_of_each_form_ends_with_its_code(tmp_path: Path) -> None:
    found = await ends(tmp_path, (data for data, _ in CLOSES.values()))
    assert dict(zip(CLOSES, found, strict=True)) == {name: code for name, (_, code) in CLOSES.items()}


async def test_nothing_is_answered_behind_a_close(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        await client.send(closing(1000) + message(type="ping") + frame(b"late", PING))
        assert (await client.frame()).opcode == CLOSE
        with pytest.raises(EOFError):
            await client.frame()
