"""`streamd import`: imports CSV files into a running daemon, in parts where they are large."""

import argparse
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from streamd.cli.daemon_flags import add_daemon_flags

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient

HELP: Final = "import CSV files"
COUNTS: Final = ("added", "changed", "unchanged", "demand", "refused")
PART_BYTES: Final = 144_000
"""Bytes of a file in one message, in which they are 192,000 characters. The default limit of a message is 256 KiB."""
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files, what is said about them, and the daemon's address."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a CSV file; - is standard input")
    parser.add_argument("--dry-run", action="store_true", help="report what would happen, and change nothing")
    said = parser.add_argument_group(
        "what the files are",
        "The whole of a file is looked at to find this out; the report says what was found.",
    )
    said.add_argument("--type", metavar="T", help="type of the rows: inventory, supplier, demand …")
    said.add_argument(
        "--columns",
        metavar="COLUMN=FIELD",
        action="append",
        default=[],
        type=_column,
        help="the field that a column holds; COLUMN= skips the column; may be repeated",
    )
    said.add_argument(
        "--key",
        metavar="COLUMN",
        help="the column, or its field, that tells the rows apart: their ids come from it; later imports go by it, too",
    )
    said.add_argument("--encoding", metavar="E", help="such as utf-8, windows-1252, utf-16, shift_jis")
    said.add_argument(
        "--delimiter",
        metavar="D",
        type=_delimiter,
        help="between cells: comma, semicolon, tab or bar, or the sign itself",
    )
    said.add_argument("--decimal", choices=("point", "comma"), help="what stands before decimals")
    said.add_argument("--dates", choices=("dmy", "mdy"), help="what comes first in dates such as 03/04/2024")
    add_daemon_flags(parser)


def _column(text: str) -> tuple[str, str]:
    column, mark, field = text.rpartition("=")
    if not mark or not column:
        raise argparse.ArgumentTypeError(f"{text} is not COLUMN=FIELD")
    return column, field


def _delimiter(text: str) -> str:
    sign = _DELIMITERS.get(text, text.replace("\\t", "\t"))
    if sign not in _DELIMITERS.values():
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(_DELIMITERS)}")
    return sign


def run(arguments: argparse.Namespace) -> int:
    """Import each file and print its report; returns 1 when a row was refused."""
    from streamd.cli.daemon_client import connected_client

    for name in arguments.files:
        with _opened(name):
            pass  # what cannot be read is told before anything is imported
    refused = 0
    with connected_client(arguments) as daemon:
        for name in arguments.files:
            with _opened(name) as file:
                refused += _import(daemon, name, file, arguments)
    return 1 if refused else 0


def _opened(name: str) -> "BinaryIO | nullcontext[BinaryIO]":
    """The file, or standard input. Raises StreamdError when it cannot be read."""
    from streamd.errors import StreamdError

    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise StreamdError(f"{name} cannot be read: {error.strerror or error}") from None


def _import(daemon: "DaemonClient", name: str, file: BinaryIO, arguments: argparse.Namespace) -> int:
    """Import one file and print its report; returns the number of refused rows."""
    from streamd.tables import report_from

    ack: Mapping[str, object] = {}
    for message in _messages(name, file, arguments):
        ack = _send(daemon, name, message)
    counts = {count: int(str(ack.get(count, 0))) for count in COUNTS}
    summary = ", ".join(f"{number} {count}" for count, number in counts.items() if number) or "nothing to do"
    print(f"{name}: {summary}{' (dry run: nothing was changed)' if arguments.dry_run else ''}")
    report = ack.get("report")
    if isinstance(report, Mapping):
        for line in report_from(report).lines():
            print(f"  {line}")
        for item in _list(report.get("unknown_items")):
            print(f"  unknown item: {item}")
    for row in _list(ack.get("refused_items")):
        if isinstance(row, Mapping):
            print(f"  refused {row.get('item_id', '')} {row.get('name', '')}: {row.get('why', '')}")
    return counts["refused"]


def _messages(name: str, file: BinaryIO, arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    """The messages that import a file: one where it is small, else one a part; the last says what the file is."""
    named = {
        "item_type": arguments.type,
        "columns": dict(arguments.columns),
        "key": arguments.key,
        "encoding": arguments.encoding,
        "delimiter": arguments.delimiter,
        "decimal": arguments.decimal,
        "dates": arguments.dates,
        "filename": None if name == "-" else Path(name).name,
    }
    said = {key: value for key, value in named.items() if value}
    said |= {"format": "csv", "dry_run": bool(arguments.dry_run)}
    content, following = file.read(PART_BYTES), file.read(PART_BYTES)
    if not following:
        yield {"type": "import", "bytes": b64encode(content).decode(), **said}
        return
    number = 1
    while following:
        yield {
            "type": "import",
            "upload": "file",
            "part": number,
            "bytes": b64encode(content).decode(),
            "more": True,
        }
        content, following, number = following, file.read(PART_BYTES), number + 1
    yield {"type": "import", "upload": "file", "part": number, "bytes": b64encode(content).decode(), **said}


def _send(daemon: "DaemonClient", name: str, message: Mapping[str, object]) -> Mapping[str, object]:
    """Send a message and wait for its `ack`; shows the progress on a terminal."""
    is_terminal = sys.stderr.isatty()
    if is_terminal and message.get("more"):
        print(f"\r{name}: part {message['part']}", end="", file=sys.stderr, flush=True)
    for reply in daemon.request(message):
        if reply.get("type") == "ack":
            if is_terminal:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            return reply
        if is_terminal and reply.get("type") == "progress":
            progress = float(str(reply.get("progress", 0)))
            print(f"\r{name}: {progress:4.0%}", end="", file=sys.stderr, flush=True)
    raise AssertionError("the replies to a request never end")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
