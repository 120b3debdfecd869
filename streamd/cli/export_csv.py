"""`streamd export`: exports the items of a running daemon as CSV."""

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

from streamd.cli.daemon_flags import add_daemon_flags

HELP: Final = "export items as CSV"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the item type, the output and the daemon's address."""
    parser.add_argument("--type", metavar="T", help="only items of this type")
    parser.add_argument("-o", "--output", metavar="FILE", help="write here instead of standard output")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the export to a file or to standard output. A file is replaced only by a complete export."""
    if not arguments.output or arguments.output == "-":
        _write(sys.stdout, arguments)
        return 0
    from streamd.errors import StreamdError

    target = Path(arguments.output)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # Without newline="" Python would translate line ends, also those inside cells.
        with unfinished.open("w", encoding="utf-8", newline="") as out:
            count = _write(out, arguments)
        unfinished.replace(target)
    except OSError as error:
        raise StreamdError(f"{target} cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    print(f"{count} items written to {target}", file=sys.stderr)
    return 0


def _write(out: TextIO, arguments: argparse.Namespace) -> int:
    """Write all parts of the export; returns the number of items: that of the lines without the header."""
    from streamd.cli.daemon_client import connected_client

    message: dict[str, object] = {"type": "export", "format": "csv"}
    if arguments.type:
        message["item_type"] = arguments.type
    lines = unreadable = 0
    with connected_client(arguments) as daemon:
        for reply in daemon.request(message):
            if reply.get("type") != "export":
                continue
            out.write(str(reply.get("text", "")))
            lines += int(str(reply.get("count", 0)))
            unreadable = int(str(reply.get("unreadable", 0)))
            if not reply.get("more"):
                break
    if unreadable:
        print(
            f"{unreadable} items cannot be read and are missing; the daemon's log names them", file=sys.stderr
        )
    return max(0, lines - 1)
