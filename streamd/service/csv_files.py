"""Imports items from CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import attrs
import orjson

from streamd.core.change import AddItem, Change, ChangeItem, fingerprint
from streamd.core.item import Item, ItemId, Known, Seq
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import Value, caseless, equal, spellings
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
from streamd.long_work import ITEMS, REQUESTS
from streamd.ports.store import OpResult
from streamd.service.actor import Actor
from streamd.service.item_edits import edit_each, part_key
from streamd.service.use_case import Service, use_case

if TYPE_CHECKING:
    from streamd.tables import TableImport

_RESULT: Final = f"{PART}result"
"""After an op_id: the key of the recorded result of a whole import."""


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
    table = await ITEMS.run(_read, text, item_type, engine.types, file_name)
    result = ImportResult(table)
    key = None if dry_run else actor.op_key(op_id)
    asked = fingerprint("import", text, item_type, file_name)
    if key is not None and await _recall(service, actor, key, asked, result):
        return result
    known = await engine.store.known(
        (actor.workspace, one) for item in table.items for one in spellings(item.id)
    )
    effects = await REQUESTS.compute(
        len(text),
        lambda: [_difference(item, known, actor.workspace, table, engine.types) for item in table.items],
    )
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
    item: Item,
    stored: Mapping[tuple[str, ItemId], Known],
    workspace: str,
    table: TableImport,
    types: ItemTypes,
) -> tuple[str, Change | None]:
    """The effect of an imported row (`added`, `changed` or `unchanged`) and its change, if any.

    What an export of the stored item would have in a cell is no change, even where that reads as something else.
    """
    from streamd.tables import cell_of

    known = _known(item, stored, workspace)
    if not isinstance(known, Item):
        return "added", AddItem(item.id, item.fields)
    cells, declared = table.cells.get(item.id, {}), types.declared.get(known.type, ItemType(known.type))
    differences: dict[str, Value] = {}
    for name, value in item.fields.items():
        now = known.fields.get(name)
        if not equal(now, value) and (now is None or cells.get(name) != cell_of(now, name, declared)):
            differences[name] = value
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
    by_name = _ItemNames(tried)
    await service.engine.store.scan(actor.workspace, None, by_name.visit)
    by_name.visit([item for item in tried.values() if isinstance(item, Item)])
    rows: list[DemandRow] = []
    for row in result.table.demand:
        item_id = by_name.find(caseless(row.item))
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


class _ItemNames:
    """Item ids by id, sku, name and source id in lower case; of items that share one, the first."""

    def __init__(self, tried: Mapping[ItemId, Known]) -> None:
        self._tried = tried
        self._by_field: dict[str, dict[str, ItemId]] = {
            field: {} for field in ("id", "sku", "name", "source_id")
        }

    def visit(self, items: Sequence[Item]) -> bool:
        """Take items; those that a trial changed as they would be."""
        tried = [self._tried.get(item.id) for item in items]
        items = [
            item if not isinstance(other, Item) else other for item, other in zip(items, tried, strict=True)
        ]
        for field, names in self._by_field.items():
            for item in items:
                name = item.id if field == "id" else item.fields.get(field)
                if isinstance(name, str):
                    names.setdefault(caseless(name), item.id)
        return True

    def find(self, name: str) -> ItemId | None:
        return next((names[name] for names in self._by_field.values() if name in names), None)
