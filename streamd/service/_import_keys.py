"""The keys of imports: what the rows of a type are known by, remembered from one import to the next; and the stored items with them."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from streamd.core.item import Item, ItemId, Known
from streamd.core.values import spellings
from streamd.long_work import ITEMS
from streamd.service.actor import Actor
from streamd.service.use_case import Service

if TYPE_CHECKING:
    from streamd.tables import ImportedRow, Judgement, TableFile

StoredItems: TypeAlias = Mapping[tuple[str, ItemId], Known]
"""By workspace and id."""

_SAMPLE_ROWS: Final = 500
"""Rows by whose ids it is seen what earlier imports went by."""
_ROW_BYTES: Final = 100
_MOST_KEYS: Final = 1_000
"""Keys with zeros in front that are looked at; where there are more, they may have any number of digits."""


async def with_keys_in_use(
    service: Service, actor: Actor, file: "TableFile", judgement: "Judgement", *, known: Mapping[str, str]
) -> "Judgement":
    """The judgement, with the keys by which its rows are in the store already, of types whose keys are not known.

    An older streamd did not remember them, and took a column for the key where its values happened to be unique.
    """
    from streamd.tables import sampled_rows

    names = [name for name in judgement.lasting_keys if name not in known]
    if not names:
        return judgement
    size = _ROW_BYTES * min(judgement.rows, _SAMPLE_ROWS)
    sample = await ITEMS.compute(
        size, sampled_rows, file, judgement, service.engine.types, names, _SAMPLE_ROWS
    )
    stored = await service.engine.store.known(
        (actor.workspace, spelled)
        for rows in sample.values()
        for row in rows
        for one in row.ids
        for spelled in spellings(one)
    )
    for name in names:
        best = judgement.keys[name]
        hits = {
            key: _known_rows(rows, stored, actor.workspace)
            for (kind, key), rows in sample.items()
            if kind == name
        }
        used = max(hits, key=lambda key: hits[key], default=best)
        if hits.get(used, 0) > hits.get(best, 0):
            judgement = judgement.with_key(name, used)
    return judgement


def _known_rows(rows: Sequence["ImportedRow"], stored: StoredItems, workspace: str) -> int:
    """Count the rows whose items are there."""
    from streamd.tables import ChosenIds

    ids = ChosenIds()
    found = 0
    for row in rows:
        there = items_of(row, stored, workspace)
        item = ids.choose(row, there)
        found += isinstance(item, Item) and item.id in there
    return found


async def widths_in_use(service: Service, actor: Actor, judgement: "Judgement") -> Collection[int]:
    """The numbers of digits of keys that there are with zeros in front, and 0 for those without: rows may have them otherwise."""
    from streamd.tables import KEY_WIDTHS

    widths = {0} if judgement.lasting_keys else set[int]()
    for name in judgement.lasting_keys:
        there = await service.engine.store.ids_beginning(actor.workspace, f"{name}-0", _MOST_KEYS)
        digits = [one.removeprefix(f"{name}-") for one in there]
        widths |= {len(key) for key in digits if key.isascii() and key.isdecimal()}
        widths |= set(KEY_WIDTHS) if len(there) == _MOST_KEYS else set()
    return widths


async def remember_keys(
    service: Service, actor: Actor, judgement: "Judgement", *, known: Mapping[str, str]
) -> None:
    """Remember what the rows of a type were known by, for later imports: the first time, or as whoever imports says."""
    for name, key in judgement.lasting_keys.items():
        if known.get(name) != key:
            await service.engine.store.save_import_key(actor.workspace, name, key)


def items_of(
    row: "ImportedRow", stored: StoredItems, workspace: str, twins: Collection[ItemId] = ()
) -> Mapping[ItemId, Item]:
    """The items that there are under any of the ids that a row may have, and of its twins, by that id."""
    return {
        one: known
        for one in (*row.ids, *twins)
        if isinstance(known := known_item(one, stored, workspace), Item)
    }


def known_item(item_id: ItemId, stored: StoredItems, workspace: str) -> Known:
    """The stored state under an id, in either spelling of Unicode."""
    found = (stored.get((workspace, one)) for one in spellings(item_id))
    return next((one for one in found if one is not None), None)
