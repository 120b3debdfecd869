"""`streamd migrate-items`: mends stored values that do not fit the declarations, through a running daemon."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamd.cli.configuration import add_config, configuration
from streamd.cli.daemon_flags import add_daemon_flags

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient
    from streamd.core.declared.field_spec import FieldSpec
    from streamd.core.declared.relations import ItemIndex
    from streamd.core.item import Item, ItemId
    from streamd.core.item_type import ItemTypes
    from streamd.core.values import Value

HELP: Final = "mend stored values that do not fit the declared item types"
_ROWS: Final = 200
"""Items that are changed by one message."""
_SHOWN: Final = 5
_DAY_FIRST: Final = "dmy"
_MONTH_FIRST: Final = "mdy"


class _Migration:
    """The planned changes, and the misfits that cannot be mended."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        """Rows of `bulk`."""
        self.mended: Counter[tuple[str, str]] = Counter()
        """By type and field."""
        self.left: dict[tuple[str, str], list[str]] = {}
        """Items, with their values or what else is wrong, by type and field."""
        self.unclear: dict[tuple[str, str], list[str]] = {}
        """Items with dates whose day and month can be told either way, by type and field."""
        self.proven: dict[tuple[str, str], str] = {}
        """The date that proved how the others of its field are read, by type and field."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the configuration and the daemon's address."""
    add_config(parser)
    parser.add_argument(
        "--dates",
        choices=(_DAY_FIRST, _MONTH_FIRST),
        help="how dates such as 03/05/2026 are written, where the others of their field do not show it",
    )
    parser.add_argument("--apply", action="store_true", help="change the items; without it, only report")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Report what can be mended, and with --apply mend it; returns 1 when something does not fit afterwards."""
    from streamd.cli.daemon_client import connected_client
    from streamd.core.declared.declarations import item_types_from

    types = item_types_from(configuration(arguments).item_types)
    with connected_client(arguments) as daemon:
        if not daemon.has_events:
            print(
                f"nothing was ever written to workspace {daemon.workspace}; name another one with --workspace",
                file=sys.stderr,
            )
            return 1
        given = None if arguments.dates is None else arguments.dates == _DAY_FIRST
        migration = _plan(list(_items(daemon, types)), types, given)
        refused = _apply(daemon, migration.rows) if arguments.apply else []
    for (item_type, field), count in sorted(migration.mended.items()):
        proof = migration.proven.get((item_type, field))
        how = "" if proof is None else f", dates written as {proof} is"
        print(f"{item_type}.{field}: {count} {'mended' if arguments.apply else 'can be mended'}{how}")
    for (item_type, field), items in sorted(migration.unclear.items()):
        print(
            f"{item_type}.{field}: {len(items)} can be read in two ways: {_first_of(items)}; "
            f"choose with --dates {_DAY_FIRST} or --dates {_MONTH_FIRST}"
        )
    for (item_type, field), items in sorted(migration.left.items()):
        print(f"{item_type}.{field}: {len(items)} cannot be mended: {_first_of(items)}")
    for why in refused:
        print(f"refused: {why}")
    remaining = migration.left or migration.unclear
    if not (migration.rows or remaining):
        print("all items fit their declarations")
    elif migration.rows and not arguments.apply:
        print("nothing was changed; --apply changes it")
    return 1 if remaining or refused else 0


def _first_of(items: Sequence[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return f"{', '.join(items[:_SHOWN])}{more}"


def _items(daemon: "DaemonClient", types: "ItemTypes") -> Iterator[tuple["Item", int]]:
    """The items of all declared types, and the positions they were read at."""
    from streamd.core.item import item_of

    for item_type in types.declared:
        after: object = 0
        while after is not None:
            message = {"type": "list_items", "item_type": item_type, "after": after, "limit": 500}
            reply = next(daemon.request(message))
            items, seq = reply.get("items"), reply.get("seq")
            if isinstance(items, Sequence) and isinstance(seq, int):
                yield from ((item_of(item), seq) for item in items)
            after = reply.get("after")


def _plan(items: Sequence[tuple["Item", int]], types: "ItemTypes", day_first: bool | None) -> _Migration:
    """Plan the changes. `day_first`: how dates are written where those of a field do not show it; None: not known."""
    import attrs

    from streamd.core.declared.misfits import faults_of
    from streamd.core.declared.relations import ItemIndex
    from streamd.core.values import equal
    from streamd.tables import is_unclear, lacks_day

    index = ItemIndex(types)
    for item, _ in items:
        index.replace(None, item)
    migration = _Migration()
    orders = _date_orders(items, types)
    unread: set[tuple[ItemId, str]] = set()
    faults: list[tuple[str, ItemId, str, str]] = []
    for item, seq in items:
        changes: dict[str, Value] = {}
        for name, spec in types.get(item.type).fields.items():
            value = item.fields.get(name)
            if value is None:
                continue
            column = (item.type, name)
            shown = orders.get(column)
            order = day_first if shown is None else shown[0]
            found = _mended(value, spec, index, order)
            if found is None and is_unclear(value, spec):
                unread.add((item.id, name))
                migration.unclear.setdefault(column, []).append(f"{item.id} ({value})")
            elif found is None:
                unread.add((item.id, name))
                why = ": no day" if lacks_day(value, spec) else ""
                migration.left.setdefault(column, []).append(f"{item.id} ({value}{why})")
            elif not equal(found, value):
                changes[name] = found
                migration.mended[column] += 1
                if shown is not None and is_unclear(value, spec):
                    migration.proven[column] = shown[1]
        after = attrs.evolve(item, fields={**item.fields, **changes})
        faults += [(item.type, item.id, name, why) for name, why in faults_of(after, types)]
        index.replace(item, after)
        if changes:
            migration.rows.append({"item_id": item.id, "set": changes, "base": seq, "on_conflict": "reject"})
    faults += [(kind, one, mistake.path, mistake.message) for kind, one, mistake in index.faults()]
    for kind, item_id, name, why in faults:
        if (item_id, name) not in unread:
            migration.left.setdefault((kind, name), []).append(f"{item_id} ({why})")
    return migration


def _date_orders(
    items: Sequence[tuple["Item", int]], types: "ItemTypes"
) -> Mapping[tuple[str, str], tuple[bool, str]]:
    """Whether the days come first in the dates of a field, and a date that shows it, by type and field; only where one does."""
    from streamd.tables import day_first_in

    texts: dict[tuple[str, str], list[str]] = {}
    for item, _ in items:
        for name, spec in types.get(item.type).fields.items():
            value = item.fields.get(name)
            if spec.kind in ("date", "datetime") and isinstance(value, str):
                texts.setdefault((item.type, name), []).append(value)
    orders: dict[tuple[str, str], tuple[bool, str]] = {}
    for column, written in texts.items():
        day_first = day_first_in(written)
        if day_first is not None:
            orders[column] = (day_first, next(one for one in written if day_first_in([one]) is not None))
    return orders


def _mended(value: "Value", spec: "FieldSpec", index: "ItemIndex", day_first: bool | None) -> "Value | None":
    from streamd.tables import mended

    if not (spec.is_reference and isinstance(value, str)):
        return mended(value, spec, day_first=day_first)
    if index.name_of(value, spec.refers_to) is not None:
        return value
    named = index.ids_named(spec.refers_to, value)
    return named[0] if len(named) == 1 else None


def _apply(daemon: "DaemonClient", rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Change the items; returns why some were refused."""
    refused: list[str] = []
    for start in range(0, len(rows), _ROWS):
        message = {
            "type": "bulk", "operation": "update_multiple", "items": list(rows[start : start + _ROWS]),
        }  # fmt: skip
        ack = next(reply for reply in daemon.request(message) if reply.get("type") == "ack")
        results = ack.get("results")
        for result in results if isinstance(results, Sequence) else ():
            if isinstance(result, Mapping) and "error" in result:
                row, error = rows[start + result["index"]], result["error"]
                refused.append(f"{row['item_id']}: {error['message']}")
    return refused
