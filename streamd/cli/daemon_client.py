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

LAST_RESPONSES: Final = ("complete", "interrupt", "cancelled", "error")
"""Types of the response with which a run ends."""
_OPEN_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 60.0
_PAGE_ENTRIES: Final = 100
_IN_PAGES: Final = frozenset({"snapshot", "export", "items", "history", "usage"})
"""Replies whose `more` does not say that the same message goes on."""


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
        self.epoch = str(greeting.get("epoch"))
        self.workspace = str(greeting.get("workspace"))
        self.has_events = greeting.get("seq") != 0
        """Whether anything was ever written to the workspace: a name of one that does not exist makes a new, empty one."""

    def messages(self, message: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
        """Send a message and yield everything that comes from then on. Raises DaemonRefusalError."""
        self._socket.send(json.dumps(message, ensure_ascii=False))
        while True:
            heard = json.loads(self._socket.recv())
            if heard.get("type") == "error" and "run_id" not in heard:
                raise DaemonRefusalError(str(heard.get("message", "the daemon refused without a reason")))
            yield heard

    def request(
        self, message: Mapping[str, object], *, silence_seconds: float | None = _SILENCE_SECONDS
    ) -> Iterator[Mapping[str, object]]:
        """Send a message and yield its replies, without an end: the caller stops at the last. Raises DaemonRefusalError.

        `silence_seconds`: how long nothing may come; None: the caller waits for as long as it takes.
        """
        from streamd.wire.message_parts import joined

        self._requests += 1
        parts: list[Mapping[str, object]] = []
        request_id = f"cli-{self._requests}"
        self._socket.send(json.dumps({**message, "request_id": request_id}, ensure_ascii=False))
        while True:
            reply = json.loads(self._socket.recv(timeout=silence_seconds))
            if reply.get("request_id") != request_id or "event_type" in reply:
                continue
            if reply.get("type") == "error":
                raise DaemonRefusalError(str(reply.get("message", "the daemon refused without a reason")))
            if reply.get("type") not in _IN_PAGES:
                parts.append(reply)
                if reply.get("more"):
                    continue
                reply = joined(parts) if len(parts) > 1 else reply
                parts = []
            yield reply

    def answer(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """Send a message and return its only reply. Raises DaemonRefusalError."""
        return next(iter(self.request(message)))

    def pages(
        self, message: Mapping[str, object], key: str, cursor: str, limit: int | None
    ) -> Iterator[Mapping[str, object]]:
        """All entries of a list, page after page, at most `limit`. Raises DaemonRefusalError.

        `key`: where a page has its entries; `cursor`: where it has the `before` of the page after it, if there is one.
        """
        before: Mapping[str, object] = {}
        left = limit
        while left is None or left > 0:
            page = self.answer(
                {**message, **before, "limit": _PAGE_ENTRIES if left is None else min(_PAGE_ENTRIES, left)}
            )
            entries = page[key]
            assert isinstance(entries, list)
            yield from entries[:left]
            left = None if left is None else left - len(entries)
            if not page.get(cursor):
                return
            before = {"before": page[cursor]}


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
