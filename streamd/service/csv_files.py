"""Imports and exports items as CSV."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import attrs
import orjson

from streamd.core.change import AddItem, Change, ChangeItem, fingerprint
from streamd.core.declared.relations import with_names
from streamd.core.item import Item, ItemId, Known, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.values import caseless, equal, spellings
from streamd.engine.journal import (
    PART,
    DemandRow,
    Receipt,
    RunUpdates,
    Trial,
    WriteResult,
    put_demand,
    try_each,
)
from streamd.ports.store import OpResult
from streamd.service.actor import Actor
from streamd.service.item_edits import edit_each, part_key
from streamd.service.use_case import Service, use_case

if TYPE_CHECKING:
    from streamd.tables import TableImport

_RESULT: Final = f"{PART}result"
"""After an op_id: the key of the recorded result of a whole import."""

_EXPORT_CHARS: Final = 65_536
"""Approximate text of one part of an export; its JSON must fit into a message that any client accepts."""


class Progress(Protocol):
    """Callback for the progress of a long use case."""

    def __call__(self, step: int, total: int, /) -> None:
        """Report that `step` of `total` are done."""


@attrs.define
class ImportResult:
    """Effects of an import, or with `dry_run` the effects that it would have."""

    table: TableImport
    counts: Counter[str] = attrs.field(factory=Counter)
    """Numbers of rows that were `added`, `changed` or `unchanged`, and of those of `demand`."""
    refused: list[dict[str, object]] = attrs.field(factory=list)
    """Refused rows: {item_id, name, why}."""
    unknown: set[str] = attrs.field(factory=set)
    """Item names in rows of demand that match no item."""


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
    """Import the items of a CSV text: add new ones, change existing ones where they differ."""
    engine = service.engine
    table = await asyncio.to_thread(_read, text, item_type, engine.types, file_name)
    result = ImportResult(table)
    key = None if dry_run else actor.op_key(op_id)
    asked = fingerprint("import", text, item_type, file_name)
    if key is not None and await _recall(service, actor, key, asked, result):
        return result
    known = await engine.store.known(
        (actor.workspace, one) for item in table.items for one in spellings(item.id)
    )
    effects = [_difference(item, known, actor.workspace) for item in table.items]
    if key is not None:
        for index, seq in (await _done_before(service, actor, key, asked, len(effects))).items():
            item = _known(table.items[index], known, actor.workspace)
            effects[index] = ("changed" if isinstance(item, Item) and item.added != seq else "added", None)
            result.counts[effects[index][0]] += 1
    changes = [(index, change) for index, (_, change) in enumerate(effects) if change is not None]
    result.counts["unchanged"] += sum(effect == "unchanged" for effect, _ in effects)
    trial: Trial | None = None
    if dry_run:
        trial = await try_each(
            engine.journal, engine.store, engine.types, actor.workspace, actor.author,
            [change for _, change in changes], known,
        )  # fmt: skip
        outcomes = _tried(trial)
    else:
        outcomes = edit_each(service, actor, changes, op_id=op_id, asked=asked)
    await _count_rows(result, effects, changes, outcomes, progress)
    rows = await _demand(service, actor, result, {} if trial is None else trial.after)
    if rows and dry_run:
        result.counts["demand"] = await _changed_demand(service, actor, rows)
    elif rows:
        result.counts["demand"] = await put_demand(engine.journal, actor.workspace, rows)
    if key is not None:
        await _record(service, actor, key, asked, result)
    return result


def _read(text: str, item_type: str | None, types: ItemTypes, file_name: str) -> TableImport:
    from streamd.tables import read_table

    return read_table(text, type_name=item_type, types=types, file_name=file_name)


async def _recall(
    service: Service, actor: Actor, key: tuple[str, str], asked: str, result: ImportResult
) -> bool:
    """Restore the result of an import that was done under this key before; False when there was none.

    Only one of the same text: `edit_each` refuses another.
    """
    wanted = (actor.workspace, key[0], key[1] + _RESULT)
    recorded = (await service.engine.store.results([wanted])).get(wanted)
    read = {} if recorded is None else orjson.loads(recorded)
    if read.get("asked") != asked:
        return False
    result.counts.update(read["counts"])
    result.refused += read["refused"]
    result.unknown.update(read["unknown"])
    return True


async def _done_before(
    service: Service, actor: Actor, key: tuple[str, str], asked: str, rows: int
) -> Mapping[int, Seq]:
    """Positions of the changes that this import made before it was cut off, by the index of their rows."""
    store, begun = service.engine.store, (actor.workspace, *key)
    if begun not in await store.results([begun]):
        return {}
    parts = {(actor.workspace, key[0], part_key(key[1], index)): index for index in range(rows)}
    read = {parts[part]: orjson.loads(result) for part, result in (await store.results(parts)).items()}
    return {
        index: Seq(part["results"][0]["seq"])
        for index, part in read.items()
        if isinstance(part, dict) and part["asked"] == asked
    }


async def _record(
    service: Service, actor: Actor, key: tuple[str, str], asked: str, result: ImportResult
) -> None:
    body = orjson.dumps(
        {
            "asked": asked,
            "counts": result.counts,
            "refused": result.refused,
            "unknown": sorted(result.unknown),
        }
    )
    recorded = OpResult(key[0], key[1] + _RESULT, body, service.engine.clock.now_ms())
    await service.engine.journal.persist(actor.workspace, RunUpdates(results=(recorded,)))


async def _tried(trial: Trial) -> AsyncGenerator[WriteResult, None]:
    for outcome in trial.outcomes:
        yield outcome


async def _count_rows(
    result: ImportResult,
    effects: Sequence[tuple[str, Change | None]],
    changes: Sequence[tuple[int, Change]],
    outcomes: AsyncGenerator[WriteResult, None],
    progress: Progress,
) -> None:
    done = len(effects) - len(changes)
    at = 0
    async for outcome in outcomes:
        index, _ = changes[at]
        at += 1
        item = result.table.items[index]
        if not isinstance(outcome, Receipt):
            result.refused.append({"item_id": item.id, "name": item.name, "why": outcome.message})
        elif outcome.results[0].get("unchanged"):
            result.counts["unchanged"] += 1
        else:
            result.counts[effects[index][0]] += 1
        progress(done + at, len(effects))


def _difference(
    item: Item, stored: Mapping[tuple[str, ItemId], Known], workspace: str
) -> tuple[str, Change | None]:
    """The effect of an imported row (`added`, `changed` or `unchanged`) and its change, if any."""
    known = _known(item, stored, workspace)
    if not isinstance(known, Item):
        return "added", AddItem(item.id, item.fields)
    differences = {
        name: value for name, value in item.fields.items() if not equal(known.fields.get(name), value)
    }
    if not differences:
        return "unchanged", None
    return "changed", ChangeItem(item.id, set=differences)


def _known(item: Item, stored: Mapping[tuple[str, ItemId], Known], workspace: str) -> Known:
    """The stored state under an item's id, in either spelling of Unicode."""
    found = (stored.get((workspace, one)) for one in spellings(item.id))
    return next((one for one in found if one is not None), None)


async def _demand(
    service: Service, actor: Actor, result: ImportResult, tried: Mapping[ItemId, Known]
) -> list[DemandRow]:
    """Rows of demand with the ids of their items, matched by id, sku, name or source id; records unknown names.

    Items that a trial changed count as they would be.
    """
    if not result.table.demand:
        return []
    items = {item.id: item for item in await service.engine.store.items(actor.workspace)}
    items |= {item.id: item for item in tried.values() if isinstance(item, Item)}
    by_name = _names(items.values())
    rows: list[DemandRow] = []
    for row in result.table.demand:
        item_id = by_name.get(caseless(row.item))
        if item_id is None:
            result.unknown.add(row.item)
        else:
            rows.append(DemandRow(item_id, row.date, row.quantity))
    return rows


async def _changed_demand(service: Service, actor: Actor, rows: Sequence[DemandRow]) -> int:
    """Count the quantities that would change."""
    quantities = {(actor.workspace, row.item_id, row.date): row.quantity for row in rows}
    known = await service.engine.store.quantities(quantities)
    return sum(known.get(day) != quantity for day, quantity in quantities.items())


def _names(items: Collection[Item]) -> Mapping[str, ItemId]:
    """Item ids by id, sku, name and source id in lower case; of items that share one, the first."""
    names: dict[str, ItemId] = {}
    for field in ("id", "sku", "name", "source_id"):
        for item in items:
            name = item.id if field == "id" else item.fields.get(field)
            if isinstance(name, str):
                names.setdefault(caseless(name), item.id)
    return names


@use_case("read")
async def export_table(
    service: Service, actor: Actor, item_type: str | None = None
) -> tuple[Sequence[tuple[str, int]], int]:
    """Export the items (of a type) as CSV, in parts: (text, its number of lines). Joined they are the file.

    The number beside them says how many items are missing, because they cannot be read.
    """
    item_types = None if item_type is None else frozenset({item_type})
    engine = service.engine
    items = await engine.store.items(actor.workspace, item_types)
    if types := engine.types.referred:
        items = with_names(items, engine.types, await engine.store.items(actor.workspace, types))
    parts = await asyncio.to_thread(_export_parts, items, service.engine.types, item_type)
    return parts, service.engine.store.unreadable(actor.workspace, item_types)


def _export_parts(items: Iterable[Item], types: ItemTypes, item_type: str | None) -> list[tuple[str, int]]:
    from streamd.tables import write_table

    parts: list[tuple[str, int]] = []
    lines: list[str] = []
    size = 0
    for line in write_table(items, types, item_type):
        lines.append(line)
        size += len(line)
        if size >= _EXPORT_CHARS:
            parts.append(("".join(lines), len(lines)))
            lines, size = [], 0
    parts.append(("".join(lines), len(lines)))
    return parts
