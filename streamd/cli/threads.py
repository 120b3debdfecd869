"""`streamd threads`: prints the conversations of a workspace."""

import argparse
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import print_rows

HELP: Final = "print the conversations; `streamd say --thread` goes on with one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which conversations, the format and the daemon's address."""
    parser.add_argument("--search", metavar="WORDS", help="only those with these words in title or requests")
    parser.add_argument("--status", choices=("idle", "busy", "interrupted"), help="only those that are so")
    parser.add_argument("--user", metavar="U", help="only those in which this user asked something")
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="at most so many (20)")
    parser.add_argument("--json", action="store_true", help="print every conversation as a line of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the conversations, the last used first. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    wanted = {"query": arguments.search, "status": arguments.status, "user_id": arguments.user}
    asked = {"type": "list_threads", **{key: value for key, value in wanted.items() if value}}
    with connected_client(arguments) as client:
        threads = [*client.pages(asked, "threads", "next", arguments.limit)]
    columns = ("thread_id", "status", "last_used_at", "title", "last_message")
    print_rows(threads, columns, "thread", as_json=arguments.json)
    return 0
