"""`streamd import`: imports CSV files into a running daemon."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamd.cli.daemon_flags import add_daemon_flags

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient
    from streamd.tables import Grid, Row

HELP: Final = "import CSV files"
COUNTS: Final = ("added", "changed", "unchanged", "demand", "refused")
PART_BYTES: Final = 200_000
"""Size of a part's JSON text. The default limit of a message is 256 KiB; the rest is for its other keys."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files, the item type and the daemon's address."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a CSV file; - is standard input")
    parser.add_argument(
        "--type",
        metavar="T",
        help="type of the rows (inventory, supplier, demand …); without it, it is guessed",
    )
    parser.add_argument("--dry-run", action="store_true", help="report what would happen, and change nothing")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import each file and print its report; returns 1 when a row was refused."""
    from streamd.cli.daemon_client import connected_client

    texts = [(name, read_text(name)) for name in arguments.files]
    refused = 0
    with connected_client(arguments) as daemon:
        for name, text in texts:
            refused += _import(daemon, name, text, arguments)
    return 1 if refused else 0


def read_text(name: str) -> str:
    """Read a file as UTF-8, UTF-16 with a byte order mark, or else Windows-1252. Raises StreamdError."""
    from streamd.errors import StreamdError

    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise StreamdError(f"{name} cannot be read: {error.strerror or error}") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def parts_of(text: str, *, limit: int = PART_BYTES) -> Iterator[tuple[str, Mapping[int, int]]]:
    """Split a CSV text into parts that fit into a message: (whole rows under the header, their row numbers in the file).

    Rows of demand are sorted first: those of one item and date are summed, so they must be in one part.
    """
    from streamd.tables import demand_columns, read_grid

    grid = read_grid(text)
    if len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) <= limit:
        yield text, {}
        return
    keyed: list[tuple[tuple[str, ...], Row]] = [((str(row.number),), row) for row in grid.rows]
    columns = demand_columns(grid.header)
    if columns is not None and columns.date is not None:
        item, date = columns.item, columns.date
        keyed = sorted(
            (((row.cell(item).strip(), row.cell(date).strip()), row) for row in grid.rows),
            key=lambda pair: pair[0],
        )
    head = f"sep={grid.delimiter}\n{_csv_line(grid, grid.header)}"
    lines: list[str] = []
    numbers: list[int] = []
    size, last = _size(head), None
    for key, row in keyed:
        line = _csv_line(grid, row.cells)
        if lines and key != last and size + _size(line) > limit:
            yield _part(head, lines, numbers)
            lines, numbers, size = [], [], _size(head)
        lines.append(line)
        numbers.append(row.number)
        size, last = size + _size(line), key
    yield _part(head, lines, numbers)


def _part(head: str, lines: Sequence[str], numbers: Sequence[int]) -> tuple[str, Mapping[int, int]]:
    # The `sep=` line is row 1, the header row 2.
    return head + "".join(lines), dict(enumerate(numbers, start=3))


def _csv_line(grid: "Grid", cells: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=grid.delimiter, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))


def _import(daemon: "DaemonClient", name: str, text: str, arguments: argparse.Namespace) -> int:
    """Import one file and print its report; returns the number of refused rows."""
    from streamd.tables import merged_reports, report_from

    counts = dict.fromkeys(COUNTS, 0)
    reports, remarks = [], []
    parts = list(parts_of(text))
    for index, (part, numbers) in enumerate(parts):
        ack = _import_part(daemon, part, name, arguments, done=index / len(parts), share=1 / len(parts))
        for count in COUNTS:
            counts[count] += int(str(ack.get(count, 0)))
        report = ack.get("report")
        if isinstance(report, Mapping):
            reports.append(report_from(report, numbers=numbers))
            remarks += [f"unknown item: {item}" for item in _list(report.get("unknown_items"))]
        remarks += [
            f"refused {row.get('item_id', '')} {row.get('name', '')}: {row.get('why', '')}"
            for row in _list(ack.get("refused_items"))
            if isinstance(row, Mapping)
        ]
    summary = ", ".join(f"{number} {count}" for count, number in counts.items() if number) or "nothing to do"
    print(f"{name}: {summary}{' (dry run: nothing was changed)' if arguments.dry_run else ''}")
    for line in (*(merged_reports(reports).lines() if reports else ()), *dict.fromkeys(remarks)):
        print(f"  {line}")
    return counts["refused"]


def _import_part(
    daemon: "DaemonClient", text: str, name: str, arguments: argparse.Namespace, *, done: float, share: float
) -> Mapping[str, object]:
    """Send one part and wait for its `ack`; shows the progress on a terminal."""
    message: dict[str, object] = {
        "type": "import",
        "format": "csv",
        "text": text,
        "dry_run": bool(arguments.dry_run),
    }
    if arguments.type:
        message["item_type"] = arguments.type
    if name != "-":
        message["filename"] = Path(name).name
    is_terminal = sys.stderr.isatty()
    for reply in daemon.request(message):
        if reply.get("type") == "ack":
            if is_terminal:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            return reply
        if is_terminal and reply.get("type") == "progress":
            progress = done + share * float(str(reply.get("progress", 0)))
            print(f"\r{name}: {progress:4.0%}", end="", file=sys.stderr, flush=True)
    raise AssertionError("the replies to a request never end")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
