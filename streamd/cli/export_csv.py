"""`streamd export`: write the items of a running daemon as CSV."""

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

from streamd.cli.connection import add_connection

HELP: Final = "export items as CSV"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to export, and where to."""
    parser.add_argument("--type", metavar="T", help="only items of this type")
    parser.add_argument("-o", "--output", metavar="FILE", help="write here instead of standard output")
    add_connection(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the export. A file is replaced only when the export is complete."""
    if not arguments.output or arguments.output == "-":
        _write(sys.stdout, arguments)
        return 0
    from streamd.errors import StreamdError

    target = Path(arguments.output)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # The text has its own line ends, and cells may hold others.
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
    """Write all pieces and return the number of items, which is that of the records less the header."""
    from streamd.cli.daemon import conversation

    message: dict[str, object] = {"type": "export", "format": "csv"}
    if arguments.type:
        message["item_type"] = arguments.type
    lines = 0
    with conversation(arguments) as daemon:
        for piece in daemon.ask(message):
            if piece.get("type") != "export":
                continue
            out.write(str(piece.get("text", "")))
            lines += int(str(piece.get("count", 0)))
            if not piece.get("more"):
                break
    return max(0, lines - 1)
