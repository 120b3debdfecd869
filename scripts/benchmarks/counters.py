"""Counting what arrives on many sockets: compiled where there is a C compiler, in Python otherwise."""

import ctypes
import re
import select
import socket
import time
from array import array
from pathlib import Path
from typing import Protocol

import attrs

from scripts.benchmarks.compiler import compile_source
from scripts.benchmarks.frames import CLOSE, PING, PONG, TEXT, client_frame, whole_frames

_COMPLAINT_BYTES = 240
_DIGEST_FACTOR = 1000003
_DIGEST_MODULUS = 1 << 64
_NUMBER = re.compile(rb"bench-([0-9]*)")


@attrs.define
class Tally:
    """What has arrived on one socket, or on all of them.

    An event is a text message with an `event_type`; `acks` and `errors` are replies. `digest` follows from the numbers
    of the events in their order: two sockets with the same digest and count heard the same.
    """

    events: int = 0
    acks: int = 0
    errors: int = 0
    others: int = 0
    bytes: int = 0
    digest: int = 0
    last_ns: int = 0
    closed: int = 0


class Counter(Protocol):
    """Reads sockets and counts messages. It answers pings, and never closes a socket: that is the owner's."""

    def add(self, peer: socket.socket, early: bytes, *, has_lines: bool = False) -> None:
        """Count this socket too; `early` is what had been read from it already, `has_lines`: it reads Server-Sent Events."""

    def pump(self, timeout_seconds: float) -> int:
        """Wait once, read each ready socket once; the number of events that brought."""

    def totals(self) -> Tally: ...

    def tallies(self) -> list[Tally]:
        """One tally for each socket, in the order in which they were added."""

    def stamps(self) -> "array[int]":
        """For each socket when its last event was read, in nanoseconds of the monotonic clock."""

    def complaint(self) -> str:
        """The start of the last error that any socket was sent."""

    def close(self) -> None: ...


class PythonCounter:
    """The counter for machines without a C compiler. It costs several times as much for each frame."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._rests: dict[int, bytes] = {}
        self._have_lines: set[int] = set()
        self._tallies: dict[int, Tally] = {}
        self._totals = Tally()
        self._complaint = ""

    def add(self, peer: socket.socket, early: bytes, *, has_lines: bool = False) -> None:
        number = peer.fileno()
        self._sockets[number] = peer
        self._tallies[number] = Tally()
        self._rests[number] = b""
        if has_lines:
            self._have_lines.add(number)
        self._epoll.register(number, select.EPOLLIN)
        self._take(number, early)

    def pump(self, timeout_seconds: float) -> int:
        before = self._totals.events
        for number, _ in self._epoll.poll(timeout_seconds):
            try:
                fresh = self._sockets[number].recv(1 << 20, socket.MSG_DONTWAIT)
            except OSError:
                fresh = b""
            if fresh:
                self._take(number, fresh)
            else:
                self._epoll.unregister(number)
                self._tallies[number].closed = 1
                self._totals.closed += 1
        return self._totals.events - before

    def totals(self) -> Tally:
        return attrs.evolve(self._totals)

    def tallies(self) -> list[Tally]:
        return [attrs.evolve(tally) for tally in self._tallies.values()]

    def stamps(self) -> "array[int]":
        return array("Q", (tally.last_ns for tally in self._tallies.values()))

    def complaint(self) -> str:
        return self._complaint

    def close(self) -> None:
        self._epoll.close()

    def _take(self, number: int, fresh: bytes) -> None:
        tally = self._tallies[number]
        tally.bytes += len(fresh)
        self._totals.bytes += len(fresh)
        buffer = self._rests[number] + fresh
        end, events = 0, tally.events
        if number in self._have_lines:
            end = buffer.rfind(b"\n") + 1
            for line in buffer[:end].split(b"\n"):
                if line.startswith(b"data: "):
                    self._count(tally, line[6:])
        for frame in () if number in self._have_lines else whole_frames(buffer):
            end = frame.end
            if frame.opcode <= TEXT + 1:
                self._count(tally, frame.payload)
            elif frame.opcode == PING:
                self._sockets[number].send(client_frame(frame.payload, PONG))
            elif frame.opcode == CLOSE:
                continue  # the end of the connection follows, and is what counts
        self._rests[number] = buffer[end:]
        if tally.events != events:
            tally.last_ns = time.monotonic_ns()

    def _count(self, tally: Tally, payload: bytes) -> None:
        if b'"event_type"' in payload:
            mark = _NUMBER.search(payload)
            number = int(mark[1] or 0) if mark else 0
            tally.digest = (tally.digest * _DIGEST_FACTOR + number) % _DIGEST_MODULUS
            tally.events += 1
            self._totals.events += 1
        elif b'"ack"' in payload:
            tally.acks += 1
            self._totals.acks += 1
        elif b'"error"' in payload:
            tally.errors += 1
            self._totals.errors += 1
            self._complaint = payload[:_COMPLAINT_BYTES].decode(errors="replace")
        else:
            tally.others += 1
            self._totals.others += 1


_NAMES = tuple(field.name for field in attrs.fields(Tally))


class _Tally(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in _NAMES)


def _spelled(tally: _Tally) -> Tally:
    return Tally(*(getattr(tally, name) for name in _NAMES))


class CompiledCounter:
    """The counter written in C (counter.c), for which a frame costs some tens of nanoseconds."""

    def __init__(self, library: Path) -> None:
        functions = ctypes.CDLL(str(library))
        functions.counter_open.restype = ctypes.c_void_p
        functions.counter_pump.restype = ctypes.c_uint64
        functions.counter_complaint.restype = ctypes.c_char_p
        self._functions = functions
        self._self = ctypes.c_void_p(functions.counter_open())
        self._count = 0

    def add(self, peer: socket.socket, early: bytes, *, has_lines: bool = False) -> None:
        size = ctypes.c_size_t(len(early))
        self._functions.counter_add(self._self, peer.fileno(), early, size, int(has_lines))
        self._count += 1

    def pump(self, timeout_seconds: float) -> int:
        return int(self._functions.counter_pump(self._self, int(timeout_seconds * 1000)))

    def totals(self) -> Tally:
        totals = _Tally()
        self._functions.counter_totals(self._self, ctypes.byref(totals))
        return _spelled(totals)

    def tallies(self) -> list[Tally]:
        tallies = (_Tally * self._count)()
        self._functions.counter_tallies(self._self, tallies)
        return [_spelled(tally) for tally in tallies]

    def stamps(self) -> "array[int]":
        stamps = (ctypes.c_uint64 * self._count)()
        self._functions.counter_stamps(self._self, stamps)
        return array("Q", bytes(stamps))

    def complaint(self) -> str:
        text: bytes = self._functions.counter_complaint(self._self)
        return text.decode(errors="replace")

    def close(self) -> None:
        self._functions.counter_close(self._self)


def open_counter(build: Path) -> Counter:
    """The fastest counter this machine can have; `build` is where compiled files are kept."""
    library = compile_source("counter.c", build / "counter.so", "-shared", "-fPIC")
    return CompiledCounter(library) if library else PythonCounter()
