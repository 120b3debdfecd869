"""`streamd undo`: takes back what a run did, or one change."""

import argparse
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import counted

HELP: Final = "take back what a run did, or one change"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is to be taken back, and the daemon's address."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", metavar="RUN", help="all that this run did (see `streamd runs`)")
    what.add_argument(
        "--seq", metavar="SEQ", type=int, help="the change at this position (see `streamd history`)"
    )
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Undo, all of it or nothing. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    what = {"seq": arguments.seq} if arguments.run is None else {"run_id": arguments.run}
    with connected_client(arguments) as client:
        done = client.answer({"type": "undo", **what})
    items = done.get("item_ids")
    names = f": {', '.join(str(item) for item in items)}" if isinstance(items, list) and items else ""
    print(f"{counted(int(str(done['undone'])), 'change')} taken back{names}")
    return 0
