"""Keys of the rows of a file as they may be in the store: by which field they go, and with how many zeros in front."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.tables._identity import Identity
from streamd.tables.files import TableFile
from streamd.tables.item_rows import ImportedRow
from streamd.tables.judgement import Judgement
from streamd.tables.table_reader import TableReader

KEY_WIDTHS: Final = range(15)
"""Digits that keys may have with their zeros: a GTIN has fourteen. With 0 it has no zeros in front."""


def sampled_rows(
    file: TableFile, judgement: Judgement, types: ItemTypes, names: Collection[str], rows: int
) -> Mapping[tuple[str, str], Sequence[ImportedRow]]:
    """The first rows by type and key, of some types that may go by more than one key, with the ids that they would have."""
    reader = TableReader(file, judgement, types)
    sample: dict[tuple[str, str], list[ImportedRow]] = {}
    for row in reader.block(rows) or ():
        name = row.item.type
        columns = judgement.types[name]
        choices = [key for key in columns.choices if key in columns.columns.sources] if name in names else []
        for key in choices if len(choices) > 1 else ():
            ids = tuple(map(ItemId, Identity((key,)).ids_of(name, row.item.fields)))
            if ids:
                item = attrs.evolve(row.item, id=ids[0])
                sample.setdefault((name, key), []).append(ImportedRow(row.number, item, ids))
    return sample


def key_twins(type_name: str, ids: Sequence[ItemId], widths: Collection[int]) -> Collection[ItemId]:
    """The ids with the same number as the one id of a row, filled up with zeros to some widths; empty where it has none.

    `ids` are those that the row may have: of several none is made of a key.
    """
    digits = ids[0].removeprefix(f"{type_name}-")
    if not widths or len(ids) > 1 or not digits.isascii() or not digits.isdecimal():
        return ()
    bare = digits.lstrip("0") or "0"
    twins = dict.fromkeys(bare.zfill(width) for width in widths)
    return [ItemId(f"{type_name}-{twin}") for twin in twins if twin != digits]
