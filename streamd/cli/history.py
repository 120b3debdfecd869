"""`streamd history`: prints who changed an item, when, and from what to what."""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import cell, counted

HELP: Final = "print who changed an item, when, and from what to what"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the item, how many changes, the format and the daemon's address."""
    parser.add_argument("item_id", metavar="ITEM", help="the id of the item, also of a removed one")
    parser.add_argument("--limit", metavar="N", type=int, help="at most so many, the newest first")
    parser.add_argument("--json", action="store_true", help="print every change as a line of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the changes, the newest first. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    count = 0
    with connected_client(arguments) as client:
        asked = {"type": "history", "item_id": arguments.item_id}
        for change in _whole(client.pages(asked, "changes", "before", arguments.limit)):
            print(json.dumps(change, ensure_ascii=False) if arguments.json else _line(change))
            count += 1
    if not arguments.json:
        print(counted(count, "change"))
    return 0


def _whole(entries: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Join a change that is too long for one message: it comes in several entries, all but the last with `more`."""
    from streamd.wire.message_parts import joined

    parts: list[Mapping[str, object]] = []
    for entry in entries:
        parts.append(entry)
        if not entry.get("more"):
            yield joined(parts)
            parts = []


def _line(change: Mapping[str, object]) -> str:
    before, after = change.get("before"), change.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        facts = "  ".join(f"{key}: {cell(before.get(key))} → {cell(value)}" for key, value in after.items())
    else:
        item = after if isinstance(after, Mapping) else before if isinstance(before, Mapping) else {}
        facts = "  ".join(f"{key}: {cell(value)}" for key, value in item.items() if key not in ("id", "type"))
    run_id = f"  {change['run_id']}" if change.get("run_id") else ""
    what = f"{cell(change['at'])[:19]}  {change['seq']:>6}  {change['event_type']:<14}"
    return f"{what}  {facts}  ({cell(change['by'])}{run_id})"
