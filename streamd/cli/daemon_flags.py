"""Flags for the address of a running daemon. Apart from the client, which is slow to import."""

import argparse
import os
from typing import Final

DEFAULT_URL: Final = "ws://localhost:8765"


def add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    """Declare `--url`, `--workspace` and `--token`."""
    parser.add_argument(
        "--url",
        default=os.environ.get("STREAMD_URL") or DEFAULT_URL,
        help=f"where the daemon listens; without it what STREAMD_URL says, else {DEFAULT_URL}",
    )
    parser.add_argument("--workspace", metavar="W", help="the workspace; without it, the default one")
    parser.add_argument(
        "--token",
        default=os.environ.get("STREAMD_TOKEN"),
        help="bearer token, for daemons that require one; better set in STREAMD_TOKEN, where no other user sees it",
    )
