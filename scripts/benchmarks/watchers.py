"""Clients that ask for runs and take note of everything they are told about them: order, repeats, and how late it came."""

import select
import socket
import time
from collections.abc import Mapping
from typing import Any, Self

import attrs
import orjson

from scripts.benchmarks.crowd import StalledError
from scripts.benchmarks.frames import CLOSE, PING, PONG, TEXT, client_frame, handshake, whole_frames

_LAST = frozenset({"complete", "error", "cancelled", "interrupt"})


@attrs.define
class Told:
    """What was told about one run."""

    messages: int = 0
    repeats: int = 0
    """How often a position was not above the one before. Positions may be skipped; chunks are counted."""
    latencies_ms: list[float] = attrs.field(factory=list)
    """From the service's write of each chunk to the client's read, or the SDK's where only that was asked for."""
    disordered: int = 0
    """How often a chunk came that was written no later than the one before."""
    last: Mapping[str, Any] | None = None
    """The message that ended it."""
    _position: int = 0
    _written_ns: int = 0

    def take(self, message: Mapping[str, Any], read_ns: int) -> None:
        """Take note of one message, read at that instant of the monotonic clock."""
        self.messages += 1
        position = message.get("run_seq")
        if position is not None:
            self.repeats += position <= self._position
            self._position = position
        kind = message["type"]
        if kind == "content":
            # What came together may be told together: each chunk counts.
            for stamp in message["content"].split("@")[1:]:
                written_ns = int(stamp)
                self.disordered += written_ns <= self._written_ns
                self._written_ns = written_ns
                self.latencies_ms.append((read_ns - written_ns) / 1e6)
        elif kind in _LAST:
            self.last = message
            if "latencies_ns" in message:
                self.latencies_ms = [latency / 1e6 for latency in message["latencies_ns"]]

    def fault(self, tokens: int) -> str | None:
        """What is wrong, if it is not a whole answer of so many chunks in order."""
        if self.last is None or self.last["type"] != "complete":
            return f"a run did not complete: {str(self.last)[:200]}"
        if self.repeats or self.disordered or len(self.latencies_ms) != tokens:
            return (
                f"a run was told with {self.repeats} positions repeated and {self.disordered} chunks out of order, "
                f"and {len(self.latencies_ms)} chunks of {tokens}"
            )
        return None


class Watchers:
    """Sockets, each of which hears the runs that were asked for on it. A context manager that closes them."""

    def __init__(self, port: int, count: int, path: str = "/") -> None:
        self._epoll = select.epoll()
        self._sockets: list[socket.socket] = []
        self._rests: dict[int, bytes] = {}
        self._by_number: dict[int, socket.socket] = {}
        self.runs: dict[str, Told] = {}
        """By the name under which each was asked for."""
        for _ in range(count):
            peer = socket.create_connection(("127.0.0.1", port), timeout=30)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.sendall(handshake(port, path))
            self._sockets.append(peer)
            self._by_number[peer.fileno()] = peer
            self._rests[peer.fileno()] = _after_handshake(peer)
            self._epoll.register(peer, select.EPOLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._epoll.close()
        for peer in self._sockets:
            peer.close()

    def ask(self, words: str, **more: object) -> Told:
        """Ask for one run; the sockets take turns. Returns what will be told about it."""
        name = f"bench-{len(self.runs)}"
        peer = self._sockets[len(self.runs) % len(self._sockets)]
        told = self.runs[name] = Told()
        request = {"type": "user_request", "user_input": words, "request_id": name, **more}
        peer.sendall(client_frame(orjson.dumps(request)))
        return told

    def until_ended(self, seconds: float = 60.0) -> None:
        """Read until all runs have ended."""
        deadline = time.monotonic() + seconds
        open_runs = [told for told in self.runs.values() if told.last is None]
        while open_runs:
            self._pump(deadline)
            open_runs = [told for told in open_runs if told.last is None]

    def until_begun(self, seconds: float = 60.0) -> None:
        """Read until something of each run's answer was told."""
        deadline = time.monotonic() + seconds
        waiting = list(self.runs.values())
        while waiting:
            self._pump(deadline)
            waiting = [told for told in waiting if not told.latencies_ms]
            ended = next((told.last for told in waiting if told.last is not None), None)
            if ended is not None:
                raise StalledError(f"a run ended before its answer began: {str(ended)[:200]}")

    def fault(self, tokens: int) -> str | None:
        """What is wrong with the first run that is not whole."""
        return next(filter(None, (told.fault(tokens) for told in self.runs.values())), None)

    def _pump(self, deadline: float) -> None:
        """Wait once, read each ready socket once."""
        if time.monotonic() > deadline:
            ended = sum(told.last is not None for told in self.runs.values())
            raise StalledError(f"only {ended} of {len(self.runs)} runs have ended in time")
        for number, _ in self._epoll.poll(0.2):
            fresh = self._by_number[number].recv(1 << 20)
            read_ns = time.monotonic_ns()
            if not fresh:
                raise StalledError("a connection was closed")
            buffer, end = self._rests[number] + fresh, 0
            for frame in whole_frames(buffer):
                end = frame.end
                if frame.opcode == TEXT:
                    self._take(orjson.loads(frame.payload), read_ns)
                elif frame.opcode == PING:
                    self._by_number[number].sendall(client_frame(frame.payload, PONG))
                elif frame.opcode == CLOSE:
                    raise StalledError("a connection was closed")
            self._rests[number] = buffer[end:]

    def _take(self, message: Mapping[str, Any], read_ns: int) -> None:
        told = self.runs.get(message.get("request_id", ""))
        if told is not None:
            told.take(message, read_ns)


def _after_handshake(peer: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        fresh = peer.recv(65536)
        if not fresh:
            raise StalledError(f"the handshake was refused: {answer[:120]!r}")
        answer += fresh
    return answer.partition(b"\r\n\r\n")[2]
