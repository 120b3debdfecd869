"""Who is compared with whom, and how each is started and spoken to."""

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from scripts.benchmarks.compiler import compile_source
from scripts.benchmarks.processes import ROOT, Server, free_port, python

STREAMD = "streamd"
LIMIT = "limit: bare sender"
PREPARED = "prepared frames"

CONFIGURATION = ROOT / "config.toml"
"""As it is shipped, so that the daemon is measured with its defaults."""


def _plain(message: bytes) -> bytes:
    return message


@attrs.frozen
class Contender:
    """A server on which what one client publishes is heard by all."""

    name: str
    command: Callable[[int, Path], list[str]]
    """From a port and the folder for compiled files."""
    additions: Callable[[int, Path], Mapping[str, str]] = lambda _port, _scratch: {}
    """Environment variables, from a port and an empty folder."""
    path: str = "/"
    opening: tuple[bytes, ...] = ()
    """What a client says first."""
    greetings: int = 1
    """How many messages a client gets before it hears events."""
    spell: Callable[[bytes], bytes] = _plain
    """How a message is put for this server."""

    def start(self, build: Path, scratch: Path, *, idle: bool = True) -> Server:
        """Start it on a free port, with its files in `scratch`; `idle`: and let it finish what a start leaves to do."""
        port = free_port()
        additions = self.additions(port, scratch)
        return Server(self.command(port, build), port, scratch / "log.txt", additions, idle=idle)


def _module(name: str) -> Callable[[int, Path], list[str]]:
    return lambda port, _build: python("-m", f"scripts.benchmarks.servers.{name}", str(port))


def _sender(port: int, build: Path) -> list[str]:
    program = compile_source("servers/sender.c", build / "sender")
    return [str(program), str(port)] if program else _module("raw_sender")(port, build)


def _streamd(_port: int, _build: Path) -> list[str]:
    return python("-m", "streamd", "serve", "--config", str(CONFIGURATION))


def _streamd_settings(port: int, scratch: Path) -> Mapping[str, str]:
    return {
        "STREAMD_WS__PORT": str(port),
        "STREAMD_HTTP__PORT": str(free_port()),
        "STREAMD_STORE__PATH": str(scratch / "bench.db"),
    }


FASTAPI = Contender("FastAPI loop", _module("fastapi_loop"))
BROADCAST = Contender("websockets.broadcast", _module("websockets_broadcast"))
SOCKETIO = Contender(
    "python-socketio",
    _module("socketio_emit"),
    path="/socket.io/?EIO=4&transport=websocket",
    opening=(b"40",),
    greetings=2,
    spell=lambda message: b'42["publish",' + message + b"]",
)
PREPARED_FRAMES = Contender(PREPARED, _module("prepared_frames"))
BARE_SENDER = Contender(LIMIT, _sender)
THE_DAEMON = Contender(STREAMD, _streamd, _streamd_settings)

CONTENDERS = (SOCKETIO, FASTAPI, BROADCAST, PREPARED_FRAMES, BARE_SENDER, THE_DAEMON)
