"""Titles of columns: the fields that they mean, by the declaration and as other systems write them, and the place of each."""

from streamd.tables.columns._column_map import ColumnMap, map_columns
from streamd.tables.columns._field_words import (
    ITEM_ID,
    ColumnMatch,
    FieldWords,
    extra_name,
    label_of,
    labels_of,
    named_column,
    said_columns,
    vocabulary_of,
)
from streamd.tables.columns._system_headers import BARCODE, by_place_field, declared_field, numeric_field

__all__ = [
    "BARCODE",
    "ITEM_ID",
    "ColumnMap",
    "ColumnMatch",
    "FieldWords",
    "by_place_field",
    "declared_field",
    "extra_name",
    "label_of",
    "labels_of",
    "map_columns",
    "named_column",
    "numeric_field",
    "said_columns",
    "vocabulary_of",
]
