"""What every kind of address and opening handshake is answered."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from tests.golden.alike import Names, plain
from tests.golden.asking import without
from tests.support.daemon import Daemon, Message
from tests.support.raw import RawClient, handshake, raw_socket

TARGETS: Final[Sequence[tuple[str, Mapping[str, str]]]] = [
    ("/", {}), ("/ws", {}), ("/ws/", {}), ("/api/streaming/ws/board-1", {}), ("/api/streaming/ws/", {}), ("/other", {}),
    ("/api/streaming/ws/a%20b", {}), ("/api/streaming/ws/" + "x" * 201, {}), ("/api/streaming/ws/a%00b", {}),
    ("/?workspace=hall", {}), ("/?workspace=", {}), ("/?workspace=a%20b", {}), ("/?workspace=" + "x" * 101, {}),
    ("/?workspace=one&workspace=two", {}), ("/?since=0", {}), ("/?since=-1", {}), ("/?since=x", {}), ("/?since=1.5", {}),
    ("/?since=99999999999999999", {}), ("/?since=5&epoch=another", {}), ("/?epoch=" + "x" * 201, {}),
    ("/?snapshot=1", {}), ("/?snapshot=true", {}), ("/?snapshot=0", {}), ("/?snapshot=yes", {}),
    ("/?user_id=ann", {}), ("/?user_id=%00", {}), ("/?user_id=" + "x" * 201, {}), ("/?token=anything", {}), ("/?unknown=1", {}),
    ("/", {"Origin": "http://localhost:3000"}), ("/", {"Origin": "https://example.org"}), ("/", {"Origin": "null"}),
    ("/", {"Sec-WebSocket-Protocol": "chat"}),
    ("/healthz", {"Upgrade": "", "Connection": ""}), ("/", {"Upgrade": "", "Connection": ""}),
    ("/other", {"Upgrade": "", "Connection": ""}),
]  # fmt: skip
"""A target, and headers beside or instead of those that every client sends; an empty one is not sent."""


async def lines(daemon: Daemon) -> list[Message]:
    """What each is answered: a greeting, or a refusal."""
    return [
        {"target": target if len(target) < 120 else f"{target[:30]}… ({len(target)})", "headers": headers,
         "answer": await _answer(daemon, target, headers)}
        for target, headers in TARGETS
    ]  # fmt: skip


async def _answer(daemon: Daemon, target: str, headers: Mapping[str, str]) -> Any:
    async with raw_socket(daemon) as client:
        asked = handshake(target, headers)
        for name in [name for name, value in headers.items() if not value]:
            asked = asked.replace(f"{name}: \r\n".encode(), b"")
        await client.send(asked)
        head = (await client.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *rest = head.strip().split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
        if "101" in status:
            return {"status": status, "first": await _greeting(client)}
        body = await client.reader.readexactly(int(fields.get("content-length", 0)))
        kind = fields.get("content-type", "")
        return {"status": status, "type": kind, "body": None if "html" in kind else _text(body)}


def _text(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode()


async def _greeting(client: RawClient) -> Message:
    names = Names(numbered=False)
    greeting: Message = plain(without((await client.frame()).message, "epoch", "seq"), names)
    return greeting
