"""`streamd runs`: prints the runs of a workspace."""

import argparse
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import print_rows

HELP: Final = "print the runs; `streamd undo --run` takes back what one did"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which runs, the format and the daemon's address."""
    parser.add_argument(
        "--status", metavar="S", action="append", help="only those that are so; again for more"
    )
    parser.add_argument("--agent", metavar="A", help="only of this agent")
    parser.add_argument("--user", metavar="U", help="only of this user")
    parser.add_argument("--thread", metavar="T", help="only in this conversation")
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="at most so many (20)")
    parser.add_argument("--json", action="store_true", help="print every run as a line of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the runs, the last one first. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    wanted = {
        "statuses": arguments.status, "agent": arguments.agent, "user_id": arguments.user,
        "thread_id": arguments.thread,
    }  # fmt: skip
    asked = {"type": "list_runs", **{key: value for key, value in wanted.items() if value}}
    with connected_client(arguments) as client:
        runs = [*client.pages(asked, "runs", "next", arguments.limit)]
    columns = ("run_id", "status", "agent", "user_id", "started_at", "user_input")
    print_rows(runs, columns, "run", as_json=arguments.json)
    return 0
