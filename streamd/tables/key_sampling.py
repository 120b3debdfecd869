"""The ids that the first rows of a file would have by each of the keys that they may go by."""

from collections.abc import Collection, Mapping, Sequence

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.tables._identity import Identity
from streamd.tables.judgement import Judgement
from streamd.tables.table_file import TableFile
from streamd.tables.table_reader import TableReader


def sampled_ids(
    file: TableFile, judgement: Judgement, types: ItemTypes, names: Collection[str], rows: int
) -> Mapping[tuple[str, str], Sequence[Sequence[ItemId]]]:
    """The ids of the first rows, by type and key, of some types that may go by more than one key."""
    reader = TableReader(file, judgement, types)
    sample: dict[tuple[str, str], list[Sequence[ItemId]]] = {}
    for row in reader.block(rows) or ():
        name = row.item.type
        choices = judgement.types[name].choices if name in names else ()
        for key in choices if len(choices) > 1 else ():
            ids = Identity((key,)).ids_of(name, row.item.fields)
            sample.setdefault((name, key), []).append(tuple(map(ItemId, ids)))
    return sample
