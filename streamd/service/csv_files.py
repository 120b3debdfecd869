"""Imports and exports items as CSV."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

import attrs

from streamd.core.change import AddItem, Change, ChangeItem
from streamd.core.decide import Known
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.engine.journal.sliced_writes import put_demand
from streamd.engine.journal.writes import DemandRow, Receipt
from streamd.service.actor import Actor
from streamd.service.item_edits import edit_each
from streamd.service.use_case import Service, use_case
from streamd.tables import TableImport, read_table, write_table

_EXPORT_CHARS: Final = 65_536
"""Text of one piece of an export, about; its JSON must fit into what any client takes."""


class Progress(Protocol):
    """Takes how far a long use case has come."""

    def __call__(self, step: int, total: int, /) -> None:
        """So many of all are done."""


@attrs.define
class ImportResult:
    """What an import did, or with `dry_run` what it would do."""

    table: TableImport
    counts: Counter[str] = attrs.field(factory=Counter)
    """Rows that were `added`, `changed` or `unchanged`, and those of `demand`."""
    refused: list[dict[str, object]] = attrs.field(factory=list)
    """Rows that were refused: {item_id, name, why}."""
    unknown: set[str] = attrs.field(factory=set)
    """Items that rows of demand name and that do not exist."""


@use_case("edit")
async def import_table(
    service: Service,
    actor: Actor,
    text: str,
    progress: Progress,
    *,
    item_type: str | None = None,
    file_name: str = "",
    dry_run: bool = False,
    op_id: str | None = None,
) -> ImportResult:
    """Bring in the items of a CSV text: new ones are added, known ones changed where they differ."""
    engine = service.engine
    table = await asyncio.to_thread(
        read_table, text, type_name=item_type, types=engine.types, file_name=file_name
    )
    result = ImportResult(table)
    known = await engine.store.known([(actor.workspace, item.id) for item in table.items])
    wanted = [_difference(item, known.get((actor.workspace, item.id))) for item in table.items]
    changes = [(index, change) for index, (_, change) in enumerate(wanted) if change is not None]
    if dry_run:
        result.counts.update(what for what, _ in wanted)
    else:
        result.counts["unchanged"] += len(wanted) - len(changes)
        await _bring_in(service, actor, result, wanted, changes, progress, op_id)
    rows = await _demand(service, actor, result)
    if rows and not dry_run:
        result.counts["demand"] = await put_demand(engine.journal, actor.workspace, rows)
    return result


async def _bring_in(
    service: Service,
    actor: Actor,
    result: ImportResult,
    wanted: Sequence[tuple[str, Change | None]],
    changes: Sequence[tuple[int, Change]],
    progress: Progress,
    op_id: str | None,
) -> None:
    done = len(wanted) - len(changes)
    at = 0
    async for answer in edit_each(service, actor, changes, op_id=op_id):
        index, _ = changes[at]
        at += 1
        item = result.table.items[index]
        if not isinstance(answer, Receipt):
            result.refused.append({"item_id": item.id, "name": item.name, "why": answer.message})
        elif answer.results[0].get("unchanged"):
            result.counts["unchanged"] += 1
        else:
            result.counts[wanted[index][0]] += 1
        progress(done + at, len(wanted))


def _difference(item: Item, known: Known) -> tuple[str, Change | None]:
    """What an imported row asks for: an addition, a change of what differs, or nothing."""
    if not isinstance(known, Item):
        return "added", AddItem(item.id, item.fields)
    differences = {name: value for name, value in item.fields.items() if known.fields.get(name) != value}
    if not differences:
        return "unchanged", None
    return "changed", ChangeItem(item.id, set=differences)


async def _demand(service: Service, actor: Actor, result: ImportResult) -> list[DemandRow]:
    """Demand rows with their items found by id, source id, sku or name; notes the names that no item has."""
    if not result.table.demand:
        return []
    by_name = _names(await service.engine.store.items(actor.workspace))
    rows: list[DemandRow] = []
    for row in result.table.demand:
        item_id = by_name.get(row.item.casefold())
        if item_id is None:
            result.unknown.add(row.item)
        else:
            rows.append(DemandRow(item_id, row.date, row.quantity))
    return rows


def _names(items: Iterable[Item]) -> Mapping[str, ItemId]:
    """Every word an item goes by; of two that share one, the first."""
    names: dict[str, ItemId] = {}
    for field in ("id", "sku", "name", "source_id"):
        for item in items:
            word = item.id if field == "id" else item.fields.get(field)
            if isinstance(word, str):
                names.setdefault(word.casefold(), item.id)
    return names


@use_case("read")
async def export_table(
    service: Service, actor: Actor, item_type: str | None = None
) -> Sequence[tuple[str, int]]:
    """The items (of a type) as the text of a CSV file, in pieces: (text, lines in it). Joined they are the file."""
    item_types = None if item_type is None else frozenset({item_type})
    items = await service.engine.store.items(actor.workspace, item_types)
    return await asyncio.to_thread(_pieces, items, service.engine.types, item_type)


def _pieces(items: Iterable[Item], types: ItemTypes, item_type: str | None) -> list[tuple[str, int]]:
    pieces: list[tuple[str, int]] = []
    lines: list[str] = []
    size = 0
    for line in write_table(items, types, item_type):
        lines.append(line)
        size += len(line)
        if size >= _EXPORT_CHARS:
            pieces.append(("".join(lines), len(lines)))
            lines, size = [], 0
    pieces.append(("".join(lines), len(lines)))
    return pieces
