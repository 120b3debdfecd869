"""Many clients of one server in one process: bare sockets, one counter, nothing parsed."""

import os
import socket
import time
from pathlib import Path
from typing import Self

from scripts.benchmarks.contenders import Contender
from scripts.benchmarks.counters import Tally, open_counter
from scripts.benchmarks.frames import client_frame, get, handshake

_TOGETHER = 64
"""Connections opened at once: fewer than any server's backlog."""


class StalledError(Exception):
    """What was waited for did not arrive in time."""


class Crowd:
    """Clients that all hear everything; any of them may speak. A context manager that closes its sockets."""

    def __init__(self, contender: Contender, port: int, build: Path) -> None:
        self._contender = contender
        self._port = port
        self._sockets: list[socket.socket] = []
        self._counter = open_counter(build)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._counter.close()
        for peer in self._sockets:
            peer.close()

    def __len__(self) -> int:
        return len(self._sockets)

    def join(self, count: int, path: str | None = None) -> None:
        """Connect `count` more clients and wait until the server has greeted each of them."""
        while count > 0:
            peers = [self._open(path or self._contender.path) for _ in range(min(count, _TOGETHER))]
            for peer in peers:
                self._counter.add(peer, self._opened(peer))
                self._sockets.append(peer)
            count -= len(peers)
        self.wait_for("others", len(self) * self._contender.greetings)

    def follow(self, count: int, port: int, path: str) -> None:
        """Have `count` more clients read Server-Sent Events on another port, and wait until each is greeted."""
        while count > 0:
            peers = [self._sent(port, get(port, path)) for _ in range(min(count, _TOGETHER))]
            for peer in peers:
                self._counter.add(peer, self._answered(peer, b" 200 "), has_lines=True)
                self._sockets.append(peer)
            count -= len(peers)
        self.wait_for("others", len(self) * self._contender.greetings)

    def say(self, client: int, *messages: bytes) -> None:
        """Send messages from one client in one write."""
        self._sockets[client].sendall(b"".join(client_frame(self._contender.spell(one)) for one in messages))

    def wait_for(self, what: str, count: int, seconds: float = 30.0) -> None:
        """Read until the sum of `what` (a name in Tally) over all clients has reached `count`."""
        deadline = time.monotonic() + seconds
        while getattr(self._counter.totals(), what) < count:
            self._counter.pump(0.2)
            totals = self._counter.totals()
            if totals.closed:
                raise StalledError(f"{totals.closed} connections were closed{self._reason()}")
            if time.monotonic() > deadline:
                raise StalledError(f"{what} stopped at {getattr(totals, what)} of {count}{self._reason()}")

    def wait_for_events(self, count: int, seconds: float = 30.0) -> None:
        """The same for events, without asking for the totals after each read."""
        missing = count - self._counter.totals().events
        deadline = time.monotonic() + seconds
        while missing > 0:
            missing -= self._counter.pump(0.2)
            if time.monotonic() > deadline:
                raise StalledError(f"{missing} of {count} events are missing{self._reason()}")

    def pump(self) -> int:
        return self._counter.pump(0.2)

    def totals(self) -> Tally:
        return self._counter.totals()

    def tallies(self) -> list[Tally]:
        return self._counter.tallies()

    def event_times_ns(self) -> list[int]:
        """When each client read its last event, by the monotonic clock."""
        return list(self._counter.stamps())

    def fault(self, events: int) -> str | None:
        """What is wrong if not every client heard exactly `events` events, all in the same order."""
        tallies = self.tallies()
        wrong = sum(tally.events != events for tally in tallies)
        if wrong:
            return f"{wrong} clients did not hear exactly {events} events"
        if len({tally.digest for tally in tallies}) > 1:
            return "clients heard events in different orders"
        errors = self.totals().errors
        return f"{errors} errors{self._reason()}" if errors else None

    def _reason(self) -> str:
        complaint = self._counter.complaint()
        return f"; the last error was {complaint}" if complaint else ""

    def _open(self, path: str) -> socket.socket:
        return self._sent(self._port, handshake(self._port, path))

    def _sent(self, port: int, request: bytes) -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", port), timeout=30)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(request)
        return peer

    def _opened(self, peer: socket.socket) -> bytes:
        """Read the server's answer to the handshake; what came after it."""
        early = self._answered(peer, b" 101 ")
        for message in self._contender.opening:
            peer.sendall(client_frame(message))
        return early

    def _answered(self, peer: socket.socket, status: bytes) -> bytes:
        """Read the head of the server's answer; what came after it."""
        answer = b""
        while b"\r\n\r\n" not in answer:
            fresh = peer.recv(65536)
            if not fresh:
                raise StalledError(f"the handshake was refused: {answer[:120]!r}")
            answer += fresh
        head, _, early = answer.partition(b"\r\n\r\n")
        if status not in head.split(b"\r\n")[0]:
            raise StalledError(f"the handshake was refused: {os.fsdecode(head[:120])}")
        return early
