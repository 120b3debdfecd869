"""The keys of imports: what the rows of a type are known by, remembered from one import to the next."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from streamd.core.item import Item
from streamd.core.values import spellings
from streamd.long_work import IMPORTS
from streamd.service.actor import Actor
from streamd.service.use_case import Service

if TYPE_CHECKING:
    from streamd.tables import Judgement, TableFile

_SAMPLE_ROWS: Final = 500
"""Rows by whose ids it is seen what earlier imports went by."""
_ROW_BYTES: Final = 100


async def with_keys_in_use(
    service: Service, actor: Actor, file: "TableFile", judgement: "Judgement", *, known: Mapping[str, str]
) -> "Judgement":
    """The judgement, with the keys by which its rows are in the store already, of types whose keys are not known.

    An older streamd did not remember them, and took a column for the key where its values happened to be unique.
    """
    from streamd.tables import sampled_ids

    names = [name for name in judgement.lasting_keys if name not in known]
    if not names:
        return judgement
    size = _ROW_BYTES * min(judgement.rows, _SAMPLE_ROWS)
    sample = await IMPORTS.compute(
        size, sampled_ids, file, judgement, service.engine.types, names, _SAMPLE_ROWS
    )
    workspace = actor.workspace
    stored = await service.engine.store.known(
        (workspace, spelled)
        for rows in sample.values()
        for ids in rows
        for one in ids
        for spelled in spellings(one)
    )
    there = {item_id for (_, item_id), found in stored.items() if isinstance(found, Item)}
    for name in names:
        hits = {
            key: sum(any(spelled in there for one in ids for spelled in spellings(one)) for ids in rows)
            for (kind, key), rows in sample.items()
            if kind == name
        }
        best = judgement.keys[name]
        used = max(hits, key=lambda key: hits[key], default=best)
        if hits.get(used, 0) > hits.get(best, 0):
            judgement = judgement.with_key(name, used)
    return judgement


async def remember_keys(
    service: Service, actor: Actor, judgement: "Judgement", *, known: Mapping[str, str]
) -> None:
    """Remember what the rows were known by, for later imports."""
    for name, key in judgement.lasting_keys.items():
        if known.get(name) != key:
            await service.engine.store.save_import_key(actor.workspace, name, key)
