"""The first rows of a file, by each of the keys that they may go by."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.tables._identity import Identity
from streamd.tables.item_rows import ImportedRow
from streamd.tables.judgement import Judgement
from streamd.tables.table_file import TableFile
from streamd.tables.table_reader import TableReader


def sampled_rows(
    file: TableFile, judgement: Judgement, types: ItemTypes, names: Collection[str], rows: int
) -> Mapping[tuple[str, str], Sequence[ImportedRow]]:
    """The first rows by type and key, of some types that may go by more than one key, with the ids that they would have."""
    reader = TableReader(file, judgement, types)
    sample: dict[tuple[str, str], list[ImportedRow]] = {}
    for row in reader.block(rows) or ():
        name = row.item.type
        choices = judgement.types[name].choices if name in names else ()
        for key in choices if len(choices) > 1 else ():
            ids = tuple(map(ItemId, Identity((key,)).ids_of(name, row.item.fields)))
            if ids:
                item = attrs.evolve(row.item, id=ids[0])
                sample.setdefault((name, key), []).append(ImportedRow(row.number, item, ids))
    return sample
