"""The first message of a connection, read in full: where the server's journal stands."""

import socket
from typing import Any

import orjson

from scripts.benchmarks.contenders import Contender
from scripts.benchmarks.frames import TEXT, handshake, whole_frames


def greeting(contender: Contender, port: int) -> dict[str, Any]:
    """Connect, read the first text message as JSON, and hang up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(handshake(port, contender.path))
        answer = b""
        while True:
            fresh = peer.recv(65536)
            if not fresh:
                raise OSError("the connection was closed before its first message")
            answer += fresh
            head, _, frames = answer.partition(b"\r\n\r\n")
            for frame in whole_frames(frames) if head != answer else ():
                if frame.opcode == TEXT:
                    first: dict[str, Any] = orjson.loads(frame.payload)
                    return first
