"""`streamd forget-user`: takes a user's words out of a workspace of a running daemon."""

import argparse
from collections.abc import Mapping
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
    print_gone(arguments.user, *forgotten_by_daemon(arguments, everywhere=False))
    return 0


def forgotten_by_daemon(
    arguments: argparse.Namespace, *, everywhere: bool
) -> tuple[str, Mapping[str, object]]:
    """Have a running daemon forget the user; returns where, in words, and what went. Raises UnreachableError."""
    from streamd.cli.daemon_client import connected_client

    with connected_client(arguments) as daemon:
        message = {
            "type": "forget_user",
            "user_id": arguments.user,
            **({"everywhere": True} if everywhere else {}),
        }
        reply = next(reply for reply in daemon.request(message) if reply.get("type") == "ack")
        where = f"{reply.get('workspaces', 0)} workspaces" if everywhere else f"workspace {daemon.workspace}"
    return where, reply


def print_gone(user: str, where: str, gone: Mapping[str, object]) -> None:
    """Report what went."""
    print(f"forgotten in {where}, of {user}:")
    for what in _GONE:
        print(f"  {what}: {gone.get(what, 0)}{' without their author' if what == 'events' else ''}")
