"""Imports the items of a judged file, block by block: what each row changes, and what came of it."""

from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from streamd.core.change import AddItem, Change, ChangeItem
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import Value, equal, spellings
from streamd.engine.journal import Receipt, Trial, WriteResult
from streamd.facts import define
from streamd.long_work import ITEMS
from streamd.service._grouped_edits import edit_groups
from streamd.service._import_keys import StoredItems, items_of, known_item
from streamd.service._import_record import ImportRecord
from streamd.service.actor import Actor
from streamd.service.item_edits import edit_each
from streamd.service.use_case import Service

if TYPE_CHECKING:
    from streamd.tables import ChosenIds, ImportedRow, TableReader

_BLOCK_ROWS: Final = 250
_ROW_BYTES: Final = 100
MAX_TOLD: Final = 100


class Progress(Protocol):
    """Callback for the progress of a long use case."""

    def __call__(self, step: int, total: int, /) -> None:
        """Report that `step` of `total` are done."""


@define
class ImportCounts:
    """Effects of an import, or of a dry run the effects that it would have."""

    counts: Counter[str] = attrs.field(factory=Counter)
    """Numbers of rows that were `added`, `changed` or `unchanged`, and of those of `demand`."""
    refused: list[dict[str, object]] = attrs.field(factory=list)
    """Refused changes, at most as many as are told: {item_id, name, why}."""
    refused_count: int = 0
    unknown: list[str] = attrs.field(factory=list)
    """Item names in rows of demand that match no item, at most as many as are told."""
    unknown_count: int = 0


@define
class _Effect:
    """The effect of a row that is not refused by what it is."""

    item: Item
    effect: str
    """`added`, `changed` or `unchanged`."""
    change: Change | None


class ItemImport:
    """The import of the items of one file, or its dry run."""

    def __init__(
        self,
        service: Service,
        actor: Actor,
        reader: "TableReader",
        ids: "ChosenIds",
        counted: ImportCounts,
        progress: Progress,
        rows: int,
        widths: Collection[int] = (),
    ) -> None:
        self._service = service
        self._actor = actor
        self._reader = reader
        self._ids = ids
        self._counted = counted
        self._progress = progress
        self._rows = rows
        self._widths = widths
        """With how many digits items are there whose keys the file may have without their zeros, or with more."""
        self._done = 0
        """Rows whose outcome is known."""
        self._index = 0
        """Items so far: the number of a row's change."""
        self._waiting: deque[_Effect] = deque()
        """Rows whose changes are not decided yet."""

    async def carry_out(self, record: ImportRecord | None) -> None:
        """Submit the changes of all rows; count what comes of them. Raises OpIdReusedError before any change."""
        service, actor, blocks = self._service, self._actor, self._blocks(record)
        if record is not None:
            outcomes = edit_each(service, actor, blocks, op_id=record.op_id, asked=record.asked)
        elif service.engine.types.related:  # a row may build on another one
            outcomes = edit_each(service, actor, blocks)
        else:
            outcomes = edit_groups(service, actor, _unnumbered(blocks))
        async with aclosing(outcomes), aclosing(blocks):
            async for outcome in outcomes:
                self._count(self._waiting.popleft(), outcome)

    async def try_out(self) -> None:
        """Decide the changes of all rows without making any; count what would come of them."""
        engine, actor = self._service.engine, self._actor
        trial = await Trial.begin(engine.journal, engine.store, engine.types, actor.workspace, actor.author)
        while (found := await self._next()) is not None:
            effects, stored = found
            self._unchanged(effects)
            changing = [one for one in effects if one.change is not None]
            changes = [one.change for one in changing if one.change is not None]
            outcomes = await ITEMS.compute(_ROW_BYTES * len(changes), trial.outcomes, changes, stored)
            for one, outcome in zip(changing, outcomes, strict=True):
                self._count(one, outcome)

    async def _blocks(
        self, record: ImportRecord | None
    ) -> AsyncGenerator[Sequence[tuple[int, Change]], None]:
        while (found := await self._next()) is not None:
            effects, stored = found
            numbers = range(self._index, self._index + len(effects))
            self._index += len(effects)
            if record is not None:
                self._correct(effects, numbers, await record.done_before(numbers), stored)
            self._unchanged(effects)
            block = [
                (number, one.change)
                for number, one in zip(numbers, effects, strict=True)
                if one.change is not None
            ]
            self._waiting += [one for one in effects if one.change is not None]
            yield block

    async def _next(self) -> tuple[Sequence[_Effect], StoredItems] | None:
        """The effects of some more rows, and the stored items that they are about; None at the end."""
        size = min(self._rows, _BLOCK_ROWS) * _ROW_BYTES
        block = await ITEMS.compute(size, self._reader.block, _BLOCK_ROWS)
        if block is None:
            return None
        workspace = self._actor.workspace
        stored = await self._service.engine.store.known(
            (workspace, spelled)
            for row in block
            for one in (*row.ids, *self._twins(row))
            for spelled in spellings(one)
        )
        return await ITEMS.compute(size, self._effects, block, stored), stored

    def _effects(self, block: Sequence["ImportedRow"], stored: StoredItems) -> Sequence[_Effect]:
        workspace, types = self._actor.workspace, self._service.engine.types
        effects: list[_Effect] = []
        for row in block:
            twins = self._twins(row)
            there = items_of(row, stored, workspace, twins)
            item = self._ids.choose(row, there, twins)
            if isinstance(item, Item):
                effects.append(_effect_of(item, there.get(item.id), row, types))
            else:
                self._reader.refuse(item)
        return effects

    def _twins(self, row: "ImportedRow") -> Collection[ItemId]:
        from streamd.tables import key_twins

        return key_twins(row.item.type, row.ids, self._widths) if self._widths else ()

    def _correct(
        self, effects: Sequence[_Effect], numbers: Sequence[int], done: Mapping[int, Seq], stored: StoredItems
    ) -> None:
        """Count changes that this import made before it was cut off as what they were then."""
        for number, one in zip(numbers, effects, strict=True):
            if number in done:
                item = known_item(one.item.id, stored, self._actor.workspace)
                one.effect = "changed" if isinstance(item, Item) and item.added != done[number] else "added"
                one.change = None

    def _unchanged(self, effects: Sequence[_Effect]) -> None:
        """Count the rows that change nothing any more."""
        for one in effects:
            if one.change is None:
                self._counted.counts[one.effect] += 1
        self._done = self._reader.rows - sum(one.change is not None for one in effects) - len(self._waiting)
        self._progress(self._done, self._rows)

    def _count(self, one: _Effect, outcome: WriteResult) -> None:
        counted = self._counted
        if not isinstance(outcome, Receipt):
            counted.refused_count += 1
            if len(counted.refused) < MAX_TOLD:
                counted.refused.append(
                    {"item_id": one.item.id, "name": one.item.name, "why": outcome.message}
                )
        elif outcome.results[0].get("unchanged"):
            counted.counts["unchanged"] += 1
        else:
            counted.counts[one.effect] += 1
        self._done += 1
        self._progress(self._done, self._rows)


async def _unnumbered(
    blocks: AsyncIterable[Sequence[tuple[int, Change]]],
) -> AsyncIterator[Sequence[Change]]:
    async for block in blocks:
        yield [change for _, change in block]


def _effect_of(item: Item, there: Item | None, row: "ImportedRow", types: ItemTypes) -> _Effect:
    """The effect of an imported row on the item that is there.

    What an export of the stored item would have in a cell is no change, even where that reads as something else. A field whose
    cell is empty in an export is removed. A name that the row does not say changes none.
    """
    from streamd.tables import cell_of

    if there is None:
        return _Effect(item, "added", AddItem(item.id, item.fields))
    declared, cells = types.declared.get(there.type, ItemType(there.type)), row.cells
    differences: dict[str, Value | None] = {}
    for name, value in item.fields.items():
        if name == "name" and not row.is_named:
            continue
        now = there.fields.get(name)
        if not equal(now, value) and (now is None or cells.get(name) != cell_of(now, name, declared)):
            differences[name] = value
    for name, text in cells.items():
        now = there.fields.get(name)
        if now is not None and name not in item.fields and text != cell_of(now, name, declared):
            differences[name] = None
    for name in row.outdated:
        if name in there.fields and name not in item.fields:
            differences[name] = None
    if not differences:
        return _Effect(item, "unchanged", None)
    return _Effect(item, "changed", ChangeItem(item.id, set=differences))
