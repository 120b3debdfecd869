"""A conversation with a running daemon, for commands that ask it for something."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from streamd.cli.connection import DEFAULT_URL
from streamd.errors import StreamdError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_OPEN_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 60.0


class UnreachableError(StreamdError):
    """No daemon answers where the command looked for one."""

    code = "unreachable"


class DaemonRefusalError(StreamdError):
    """The daemon refused; the message is its own."""

    code = "refused"


class Conversation:
    """Requests on one connection, one after the other."""

    def __init__(self, socket: "ClientConnection") -> None:
        self._socket = socket
        self._asked = 0

    def ask(self, message: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
        """Send a message and tell every reply to it; whoever iterates stops at the last. Raises AnsweredError."""
        self._asked += 1
        request_id = f"cli-{self._asked}"
        self._socket.send(json.dumps({**message, "request_id": request_id}, ensure_ascii=False))
        while True:
            reply = json.loads(self._socket.recv(timeout=_SILENCE_SECONDS))
            if reply.get("request_id") != request_id or "event_type" in reply:
                continue
            if reply.get("type") == "error":
                raise DaemonRefusalError(str(reply.get("message", "the daemon refused without a reason")))
            yield reply


@contextmanager
def conversation(arguments: argparse.Namespace) -> Iterator[Conversation]:
    """Connect as the arguments say. Raises UnreachableError with what to do about it."""
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
            yield Conversation(socket)
        except ConnectionClosed as error:
            raise UnreachableError(f"the daemon closed the connection: {error}") from None
        except TimeoutError:
            raise UnreachableError(
                f"the daemon has not said a word for {_SILENCE_SECONDS:.0f} seconds"
            ) from None
