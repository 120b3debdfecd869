"""The limit where there is no C compiler: bare sockets in Python, all waiting frames to each client in one send."""

import select
import socket
import sys

import orjson

from scripts.benchmarks.frames import TEXT, server_frame, whole_frames
from scripts.benchmarks.servers.event import GREETING, event_of, positions

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


class Sender:
    """One epoll loop. The load keeps far less in flight than a socket's buffer holds, so a send is never cut short."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._clients: dict[int, socket.socket] = {}
        self._inputs: dict[int, bytes] = {}
        self._greeted: set[int] = set()
        self._seqs = positions()
        self._waiting: list[bytes] = []

    def turn(self) -> None:
        for number, _ in self._epoll.poll():
            if number == self._listener.fileno():
                client, _address = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._clients[client.fileno()] = client
                self._inputs[client.fileno()] = b""
                self._epoll.register(client, select.EPOLLIN)
            else:
                self._read(number)
        if self._waiting:
            everything = b"".join(self._waiting)
            self._waiting.clear()
            for number in self._greeted:
                self._clients[number].send(everything)

    def _read(self, number: int) -> None:
        try:
            fresh = self._clients[number].recv(65536)
        except OSError:
            fresh = b""
        if not fresh:
            self._drop(number)
            return
        buffer = self._inputs[number] + fresh
        if number in self._greeted:
            end = 0
            for frame in whole_frames(buffer):
                end = frame.end
                if frame.opcode == TEXT:
                    event = event_of(orjson.loads(frame.payload), next(self._seqs))
                    self._waiting.append(server_frame(orjson.dumps(event)))
            buffer = buffer[end:]
        elif buffer.endswith(b"\r\n\r\n"):
            buffer = b""
            self._greeted.add(number)
            self._clients[number].send(ANSWER + server_frame(GREETING.encode()))
        self._inputs[number] = buffer

    def _drop(self, number: int) -> None:
        self._greeted.discard(number)
        self._epoll.unregister(number)
        self._clients.pop(number).close()
        del self._inputs[number]


if __name__ == "__main__":
    sender = Sender(int(sys.argv[1]))
    while True:
        sender.turn()
