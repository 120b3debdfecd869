"""Flags that say where the daemon is. Apart from the connection itself, which takes time to import."""

import argparse
import os
from typing import Final

DEFAULT_URL: Final = "ws://localhost:8765"


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Declare where the daemon is."""
    parser.add_argument("--url", default=DEFAULT_URL, help=f"where the daemon listens ({DEFAULT_URL})")
    parser.add_argument("--workspace", metavar="W", help="the workspace; without it, the default one")
    parser.add_argument(
        "--token",
        default=os.environ.get("STREAMD_TOKEN"),
        help="for daemons that ask for one; better given as STREAMD_TOKEN, where nobody sees it",
    )
