"""`streamd items`: prints the items of a workspace, as a table or as JSON."""

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import print_rows
from streamd.errors import ConfigurationError, Mistake, NotFoundError, did_you_mean

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient

HELP: Final = "print the items"

_FIRST: Final = ("id", "type", "name")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which items, in which order and format, and the daemon's address."""
    parser.add_argument("--type", metavar="T", help="only items of this type")
    parser.add_argument(
        "--where", metavar="W", help="only those that meet a criterion, or conditions as JSON"
    )
    parser.add_argument("--search", metavar="WORDS", help="only those that have these words")
    parser.add_argument(
        "--sort",
        metavar="FIELD",
        action="append",
        help="by a field; downwards: --sort=-FIELD; again for more",
    )
    parser.add_argument("--limit", metavar="N", type=int, help="at most so many")
    parser.add_argument("--json", action="store_true", help="print every item as a line of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the items. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    where = arguments.where
    if where and where.lstrip().startswith(("[", "{")):
        try:
            where = json.loads(where)
        except ValueError:
            raise ConfigurationError([Mistake("--where", "begins like JSON and is none")]) from None
    wanted = {
        "item_type": arguments.type, "where": where, "search": arguments.search, "sort": arguments.sort,
    }  # fmt: skip
    with connected_client(arguments) as client:
        found = [*_found(client, {key: value for key, value in wanted.items() if value}, arguments.limit)]
        if not found and arguments.type:
            _check_type(client, arguments.type)
        columns = dict.fromkeys([*_FIRST, *(key for item in found for key in item)])
        print_rows(found, columns, "item", as_json=arguments.json)
    return 0


def _found(
    client: "DaemonClient", wanted: Mapping[str, object], limit: int | None
) -> Iterator[Mapping[str, object]]:
    """Ask for page after page."""
    after: object = None
    count = 0
    while limit is None or count < limit:
        size = 1000 if limit is None else min(1000, limit - count)
        page = {"type": "list_items", **wanted, "limit": size} | ({} if after is None else {"after": after})
        reply = next(iter(client.request(page)))
        items = reply["items"]
        assert isinstance(items, list)
        yield from items
        count += len(items)
        after = reply.get("after")
        if not reply.get("more"):
            return


def _check_type(client: "DaemonClient", name: str) -> None:
    """Raise NotFoundError for a type that is not declared, of which there is nothing: probably it is misspelled."""
    described = next(iter(client.request({"type": "describe", "what": ["item_types"]})))
    declared = described.get("item_types")
    if isinstance(declared, Mapping) and name not in declared:
        raise NotFoundError(
            f"there are no items of type {name}, and none is declared{did_you_mean(name, declared)}"
        )
