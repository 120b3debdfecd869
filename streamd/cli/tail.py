"""`streamd tail`: prints what happens to the items of a workspace, as it happens."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import plain

HELP: Final = "print what happens, as it happens"

_AGAIN_SECONDS: Final = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where to begin, the filters, the format and the daemon's address."""
    parser.add_argument(
        "--since", metavar="SEQ", type=int, help="begin behind this position; without it, now"
    )
    parser.add_argument(
        "--type", metavar="T", action="append", help="only items of this type; again for more"
    )
    parser.add_argument("--json", action="store_true", help="print every event as a line of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print events until it is interrupted. Raises StreamdError where no daemon answers at first."""
    from streamd.cli.daemon_client import UnreachableError

    position: tuple[int, str] | None = None
    while True:
        try:
            for message in _events(arguments, position):
                if "event_type" in message and arguments.json:
                    print(json.dumps(message, ensure_ascii=False), flush=True)
                elif "event_type" in message:
                    print(_line(message), flush=True)
                elif message.get("reason"):
                    print(
                        f"streamd: events are missing here ({message['reason']})", file=sys.stderr, flush=True
                    )
                position = _position(message, position)
        except UnreachableError as error:
            if position is None:
                raise
            print(f"streamd: {error.message}; trying again", file=sys.stderr, flush=True)
            time.sleep(_AGAIN_SECONDS)


def _events(
    arguments: argparse.Namespace, position: tuple[int, str] | None
) -> Iterator[Mapping[str, object]]:
    """All messages of one connection, which goes on behind a position. Raises UnreachableError at its end."""
    from streamd.cli.daemon_client import connected_client

    with connected_client(arguments) as client:
        since, epoch = position or (arguments.since, client.epoch)
        hello: dict[str, object] = {"type": "hello"}
        if since is not None:
            hello |= {"since": since, "epoch": epoch}
        if arguments.type:
            hello["item_types"] = arguments.type
        yield from client.messages(hello)


def _position(message: Mapping[str, object], before: tuple[int, str] | None) -> tuple[int, str] | None:
    """The position to go on from after a message: `connected` tells the epoch, others how far it is."""
    seq = message.get("seq")
    if message.get("type") == "connected":
        return before if before and before[1] == message["epoch"] else (int(str(seq)), str(message["epoch"]))
    if (
        before
        and isinstance(seq, int)
        and ("event_type" in message or message.get("type") in ("position", "snapshot"))
    ):
        return seq, before[1]
    return before


def _line(event: Mapping[str, object]) -> str:
    """An event in one line for people."""
    data = event.get("data")
    facts = "  ".join(
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in (data.items() if isinstance(data, Mapping) else ())
        if key not in ("id", "type")
    )
    by = f"  ({event['user_id']})" if event.get("user_id") else ""
    what = f"{str(event.get('timestamp', ''))[11:19]}  {event.get('seq', ''):>6}  {event['event_type']:<14}"
    return plain(" ".join(f"{what}  {event.get('item_id', '')}  {facts}{by}".splitlines()).rstrip())
