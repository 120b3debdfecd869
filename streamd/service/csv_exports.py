"""Exports items as CSV, in parts that are made while the client reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import orjson

from streamd.core.declared.relations import clear_names, with_clear_names
from streamd.core.item import Item, ItemId, item_of
from streamd.core.item_type import ItemTypes
from streamd.core.lists.view import View
from streamd.engine.delivery import SpooledSnapshot
from streamd.facts import frozen
from streamd.long_work import ITEMS
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

if TYPE_CHECKING:
    from streamd.tables import TableWriter

_PART_CHARS: Final = 65_536
"""Approximate text of one part; its JSON must fit into a message that any client accepts."""


@frozen
class Export:
    """Items as the text of a CSV file, in parts that are made when they are wanted."""

    items: SpooledSnapshot
    writer: TableWriter
    types: ItemTypes
    names: Mapping[ItemId, str]
    """What stands in references instead of ids."""
    unreadable: int
    """How many items are missing, because they cannot be read."""

    async def parts(self) -> AsyncGenerator[tuple[str, int], None]:
        """Yield the parts, each with its number of lines. Joined they are the file."""
        lines = [self.writer.header()]
        size = 0
        for number in range(len(self.items)):
            for line in await ITEMS.run(self._lines, number):
                lines.append(line)
                size += len(line)
                if size >= _PART_CHARS:
                    yield "".join(lines), len(lines)
                    lines, size = [], 0
        yield "".join(lines), len(lines)

    def _lines(self, number: int) -> Sequence[str]:
        items = with_clear_names(_items_of(self.items, number), self.types, self.names)
        return list(self.writer.lines(items))


@use_case("read")
async def export_table(service: Service, actor: Actor, item_type: str | None = None) -> Export:
    """Export the items (of a type) as CSV, in the order they were added."""
    from streamd.tables import TableWriter

    engine, workspace = service.engine, actor.workspace
    item_types = None if item_type is None else frozenset({item_type})
    top = (await engine.store.span(actor.events)).top
    view = None if item_types is None else View(item_types)
    items = await engine.snapshots.for_export(workspace, view, top)
    names: dict[ItemId, tuple[str, str]] = {}
    if engine.types.referred:

        def visit(bodies: Sequence[bytes]) -> None:
            for flat in map(orjson.loads, bodies):
                names[ItemId(flat["id"])] = (str(flat.get("type", "")), str(flat.get("name", "")))

        await engine.store.snapshot(workspace, engine.types.referred, visit)
    writer = TableWriter(engine.types, item_type)
    for number in range(len(items)):
        await ITEMS.run(lambda page: writer.see(_items_of(items, page)), number)
    return Export(
        items, writer, engine.types, clear_names(names), engine.store.unreadable(workspace, item_types)
    )


def _items_of(snapshot: SpooledSnapshot, page: int) -> Sequence[Item]:
    return [item_of(flat) for flat in orjson.loads(b"[" + snapshot.items(page) + b"]")]
