"""A client that does nothing but ask for a pong every ten milliseconds: how long a server's other work holds it up.

    python -m scripts.benchmarks.pings PORT SECONDS

prints how long each pong took, in milliseconds, as JSON. It is a process of its own so that it waits for nothing else.
"""

import json
import socket
import sys
import time

from scripts.benchmarks.frames import TEXT, client_frame, handshake, whole_frames

_EVERY_SECONDS = 0.01
_PING = client_frame(b'{"type":"ping"}')


def latencies_ms(port: int, seconds: float) -> list[float]:
    """Ping, wait for the pong, and so on."""
    waits: list[float] = []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(handshake(port, "/"))
        rest = b""
        while b"\r\n\r\n" not in rest:
            rest += peer.recv(65536)
        rest = rest.partition(b"\r\n\r\n")[2]
        start = time.monotonic()
        while time.monotonic() < start + seconds:
            sent = time.monotonic()
            peer.sendall(_PING)
            answered = False
            while not answered:
                fresh = peer.recv(65536)
                if not fresh:
                    raise ConnectionError("the connection was closed")
                rest += fresh
                end = 0
                for frame in whole_frames(rest):
                    end = frame.end
                    answered |= frame.opcode == TEXT and b'"pong"' in frame.payload[:200]
                rest = rest[end:]
            waits.append((time.monotonic() - sent) * 1000)
            time.sleep(max(0.0, sent + _EVERY_SECONDS - time.monotonic()))
    return waits


if __name__ == "__main__":
    print(json.dumps(latencies_ms(int(sys.argv[1]), float(sys.argv[2]))))
