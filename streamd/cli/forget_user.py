"""`streamd forget-user`: takes a user's words out of a workspace of a running daemon."""

import argparse
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags

HELP: Final = "take a user's words out of a workspace"
_GONE: Final = ("threads", "runs", "memories", "op_results", "events")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the user and the daemon's address."""
    parser.add_argument("user", metavar="USER", help="the user id")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Forget the user and report what went."""
    from streamd.cli.daemon_client import connected_client

    with connected_client(arguments) as daemon:
        message = {"type": "forget_user", "user_id": arguments.user}
        reply = next(reply for reply in daemon.request(message) if reply.get("type") == "ack")
        print(f"forgotten in workspace {daemon.workspace}, of {arguments.user}:")
    for what in _GONE:
        print(f"  {what}: {reply.get(what, 0)}{' without their author' if what == 'events' else ''}")
    return 0
