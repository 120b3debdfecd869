"""Maps columns to fields, by the names, titles and aliases that are declared."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item_type import COMMON_FIELDS, SOURCE_ID, ItemType
from streamd.core.json.characters import has_control_characters
from streamd.core.values import MAX_NAME_CHARS
from streamd.tables._column_names import compact, compact_singular, snake_case, without_remark
from streamd.tables._import_wording import EMPTY_COLUMN, UNNAMED_COLUMN, fallback_column, undeclared_field

ITEM_ID: Final = "id"
"""The key of the column with the item's full id, which is no field."""
_VERBATIM: Final = re.compile(r"\[(.+)\]", re.DOTALL)
_NAME_WORDS: Final = (
    "product name",
    "item name",
    "company name",
    "company",
    "full name",
    "display name",
    "title",
)
_ID_WORDS: Final = ("id", "identifier", "uid", "uuid", "key", "record id")


@attrs.frozen
class ColumnMatch:
    """The field that a header means."""

    field: str
    quality: int
    """0 the field's own name, 1 its title, 2 another word for it, 3 any of these in the other number."""


@attrs.frozen
class FieldWords:
    """The words of one item type's fields."""

    exact: Mapping[str, ColumnMatch]
    singular: Mapping[str, ColumnMatch]

    def match(self, header: str) -> ColumnMatch | None:
        """The field a header means; `[name]` means the field of exactly that name."""
        if verbatim := _VERBATIM.fullmatch(header):
            name = verbatim[1]
            return (
                ColumnMatch(name, 0)
                if len(name) <= MAX_NAME_CHARS and not has_control_characters(name) and name != "id"
                else None
            )
        for text in (header, without_remark(header)):
            found = self.exact.get(compact(text)) or self.singular.get(compact_singular(text))
            if found:
                return found
        return None


@attrs.frozen
class ColumnMap:
    """The columns of one table, read as items of one type."""

    sources: Mapping[str, tuple[int, ...]]
    """The columns of each field, the most reliable first."""
    mapped: Mapping[str, str]
    """Column to field, for fields that the type declares and those that every item has."""
    kept: Mapping[str, str]
    """Column to field, for further fields."""
    skipped: Mapping[str, str]
    """Column to the reason why nothing, or not everything, was taken from it."""


def vocabulary_of(item_type: ItemType) -> FieldWords:
    """Collect all words for the fields of a type. Where two fields claim a word, the more exact claim wins, then the first."""
    own = tuple(word for word in (item_type.name, item_type.title, *item_type.aliases) if word)
    claims = [(ITEM_ID, 0, "item id"), (SOURCE_ID, 0, "source id")]
    claims += [(name, 0, name) for name in sorted(COMMON_FIELDS - {"type"})]
    claims += [(field, 0, field) for field in item_type.fields]
    claims += [(field, 1, spec.title) for field, spec in item_type.fields.items()]
    claims += [("name", 1, f"{word} name") for word in own]
    claims += [(SOURCE_ID, 2, word) for word in _ID_WORDS]
    claims += [(field, 2, alias) for field, spec in item_type.fields.items() for alias in spec.aliases]
    claims += [("name", 2, word) for word in _NAME_WORDS]
    claims += [(SOURCE_ID, 2, f"{word} id") for word in own]
    exact: dict[str, ColumnMatch] = {}
    singular: dict[str, ColumnMatch] = {}
    for field, quality, word in claims:
        if key := compact(word):
            exact.setdefault(key, ColumnMatch(field, quality))
            singular.setdefault(compact_singular(word), ColumnMatch(field, 3))
    return FieldWords(exact, singular)


def map_columns(
    header: Sequence[str], item_type: ItemType, *, filled: Sequence[bool], type_column: int | None = None
) -> ColumnMap:
    """Map, keep or skip every column of the header. `filled` marks the columns with any content."""
    vocabulary = vocabulary_of(item_type)
    claims: dict[str, list[tuple[int, int]]] = {}
    skipped: dict[str, str] = {}
    extra = set()
    for column, title in enumerate(header):
        label = label_of(header, column)
        if column == type_column:
            continue
        match = vocabulary.match(title)
        if match is None and filled[column]:
            field = extra_name(title, item_type)
            if not field:
                skipped[label] = UNNAMED_COLUMN
                continue
            if not item_type.other_fields:
                skipped[label] = undeclared_field(item_type.name)
                continue
            while field in claims:
                field = f"{field}_{column + 1}"
            match = ColumnMatch(field, 0)
            extra.add(field)
        elif match is None:
            if title:
                skipped[label] = EMPTY_COLUMN
            continue
        claims.setdefault(match.field, []).append((match.quality, column))
    known = {ITEM_ID, SOURCE_ID, *COMMON_FIELDS, *item_type.fields}
    mapped: dict[str, str] = {}
    kept: dict[str, str] = {}
    sources = {}
    for field, columns in claims.items():
        first, *others = (column for _quality, column in sorted(columns))
        sources[field] = (first, *others)
        target = kept if field in extra or field not in known else mapped
        target[label_of(header, first)] = field
        for other in others:
            skipped[label_of(header, other)] = fallback_column(field, label_of(header, first))
    return ColumnMap(sources=sources, mapped=mapped, kept=kept, skipped=skipped)


def label_of(header: Sequence[str], column: int) -> str:
    """Label a column for people: its title, with its position where the title is ambiguous."""
    title = header[column]
    return title if title and header.count(title) == 1 else f"{title or '(no title)'} (column {column + 1})"


def extra_name(title: str, item_type: ItemType) -> str:
    """The further field that a column makes which no declared field claims; empty when the title has no words."""
    name = snake_case(title)
    return f"{item_type.name}_{name}" if name in COMMON_FIELDS or name == ITEM_ID else name
