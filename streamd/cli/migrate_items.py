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


class _Migration:
    """The planned changes, and the misfits that cannot be mended."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        """Rows of `bulk`."""
        self.mended: Counter[tuple[str, str]] = Counter()
        """By type and field."""
        self.left: dict[tuple[str, str], list[str]] = {}
        """Items, with their values or what else is wrong, by type and field."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the configuration and the daemon's address."""
    add_config(parser)
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
        migration = _plan(list(_items(daemon, types)), types)
        refused = _apply(daemon, migration.rows) if arguments.apply else []
    for (item_type, field), count in sorted(migration.mended.items()):
        print(f"{item_type}.{field}: {count} {'mended' if arguments.apply else 'can be mended'}")
    for (item_type, field), items in sorted(migration.left.items()):
        more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        print(f"{item_type}.{field}: {len(items)} cannot be mended: {', '.join(items[:_SHOWN])}{more}")
    for why in refused:
        print(f"refused: {why}")
    if not (migration.rows or migration.left):
        print("all items fit their declarations")
    elif migration.rows and not arguments.apply:
        print("nothing was changed; --apply changes it")
    return 1 if migration.left or refused else 0


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


def _plan(items: Sequence[tuple["Item", int]], types: "ItemTypes") -> _Migration:
    import attrs

    from streamd.core.declared.misfits import faults_of
    from streamd.core.declared.relations import ItemIndex
    from streamd.core.values import equal

    index = ItemIndex(types)
    for item, _ in items:
        index.replace(None, item)
    migration = _Migration()
    unread: set[tuple[ItemId, str]] = set()
    faults: list[tuple[str, ItemId, str, str]] = []
    for item, seq in items:
        changes: dict[str, Value] = {}
        for name, spec in types.get(item.type).fields.items():
            value = item.fields.get(name)
            if value is None:
                continue
            found = _mended(value, spec, index)
            if found is None:
                unread.add((item.id, name))
                migration.left.setdefault((item.type, name), []).append(f"{item.id} ({value})")
            elif not equal(found, value):
                changes[name] = found
                migration.mended[item.type, name] += 1
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


def _mended(value: "Value", spec: "FieldSpec", index: "ItemIndex") -> "Value | None":
    from streamd.tables import mended

    if not (spec.is_reference and isinstance(value, str)):
        return mended(value, spec)
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
