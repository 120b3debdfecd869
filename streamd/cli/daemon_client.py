"""A WebSocket client of a running daemon, for commands that send it requests."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from streamd.cli.daemon_flags import DEFAULT_URL
from streamd.errors import StreamdError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_OPEN_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 60.0


class UnreachableError(StreamdError):
    """No daemon answers at the given address."""

    code = "unreachable"


class DaemonRefusalError(StreamdError):
    """The daemon refused a request; carries the daemon's error message."""

    code = "refused"


class DaemonClient:
    """Sends requests on one connection, one after the other."""

    def __init__(self, socket: "ClientConnection", greeting: Mapping[str, object]) -> None:
        self._socket = socket
        self._requests = 0
        self.workspace = str(greeting.get("workspace"))
        self.has_events = greeting.get("seq") != 0
        """Whether anything was ever written to the workspace: a name of one that does not exist makes a new, empty one."""

    def request(self, message: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
        """Send a message and yield its replies, without an end: the caller stops at the last. Raises DaemonRefusalError."""
        from streamd.wire.message_parts import joined

        self._requests += 1
        parts: list[Mapping[str, object]] = []
        request_id = f"cli-{self._requests}"
        self._socket.send(json.dumps({**message, "request_id": request_id}, ensure_ascii=False))
        while True:
            reply = json.loads(self._socket.recv(timeout=_SILENCE_SECONDS))
            if reply.get("request_id") != request_id or "event_type" in reply:
                continue
            if reply.get("type") == "error":
                raise DaemonRefusalError(str(reply.get("message", "the daemon refused without a reason")))
            if reply.get("type") == "ack":
                parts.append(reply)
                if reply.get("more"):
                    continue
                reply = joined(parts)
            yield reply


@contextmanager
def connected_client(arguments: argparse.Namespace) -> Iterator[DaemonClient]:
    """Connect to the daemon that the arguments name. Raises UnreachableError; its message says what to do."""
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
    from websockets.sync.client import connect

    url = str(arguments.url)
    if arguments.workspace:
        url += f"{'&' if '?' in url else '?'}workspace={quote(arguments.workspace, safe='')}"
    headers = {"Authorization": f"Bearer {arguments.token}"} if arguments.token else None
    try:
        socket = connect(
            url,
            additional_headers=headers,
            open_timeout=_OPEN_SECONDS,
            max_size=None,
        )
    except InvalidURI:
        raise UnreachableError(
            f"{arguments.url} is not an address of a daemon; one looks like {DEFAULT_URL}"
        ) from None
    except InvalidHandshake as error:
        raise UnreachableError(f"what listens at {arguments.url} did not let us in: {error}") from None
    except (OSError, EOFError):  # refused, unknown, or silent
        raise UnreachableError(
            f"no daemon answers at {arguments.url}; start one with `streamd serve`, "
            "or say where it is with --url"
        ) from None
    with socket:
        try:
            yield DaemonClient(socket, json.loads(socket.recv(timeout=_SILENCE_SECONDS)))
        except ConnectionClosed as error:
            raise UnreachableError(f"the daemon closed the connection: {error}") from None
        except TimeoutError:
            raise UnreachableError(
                f"the daemon has sent nothing for {_SILENCE_SECONDS:.0f} seconds"
            ) from None
