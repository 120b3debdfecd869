"""Maps columns to fields, by the names, titles and aliases that are declared."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from streamd.core.item_type import COMMON_FIELDS, SOURCE_ID, ItemType
from streamd.core.json.characters import has_control_characters
from streamd.core.values import MAX_NAME_CHARS
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._import_questions import no_such_column
from streamd.tables.cells import compact, compact_singular, snake_case, without_remark, without_unit
from streamd.tables.columns._system_headers import is_price, system_words

ITEM_ID: Final = "id"
"""The key of the column with the item's full id, which is no field."""
_NOTHING_SAID: Final[Mapping[int, str]] = MappingProxyType({})
_SAID: Final = -1
_VERBATIM: Final = re.compile(r"\[(.+)\]", re.DOTALL)
_NAME_WORDS: Final = (
    "product name",
    "item name",
    "company name",
    "full name",
    "display name",
    "title",
)
_ID_WORDS: Final = ("id", "identifier", "uid", "uuid", "key", "record id")


@frozen
class ColumnMatch:
    """The field that a header means."""

    field: str
    quality: int
    """-1 as whoever imports has said, 0 the field's own name, 1 its title, 2 another word for it, 3 a header of another system,
    4 any of these in the other number, 5 a price where a cost is sought, 6 a word for the item itself, which may be its name."""
    place: int = 0
    """Among the words of that quality: the first is the best."""


@frozen
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
        bare = without_remark(header)
        for text in (header, bare, without_unit(bare)):
            found = self.exact.get(compact(text)) or self.singular.get(compact_singular(text))
            if found:
                return found
        return None


def vocabulary_of(item_type: ItemType) -> FieldWords:
    """Collect all words for the fields of a type. Where two fields claim a word, the more exact claim wins, then the first."""
    own = tuple(word for word in (item_type.name, item_type.title, *item_type.aliases) if word)
    claims: list[tuple[str, int, str]] = [(ITEM_ID, 0, "item id"), (SOURCE_ID, 0, "source id")]
    claims += [(name, 0, name) for name in sorted(COMMON_FIELDS - {"type"})]
    claims += [(field, 0, field) for field in item_type.fields]
    claims += [(field, 1, spec.title) for field, spec in item_type.fields.items()]
    claims += [("name", 1, f"{word} name") for word in own]
    claims += [(SOURCE_ID, 2, word) for word in _ID_WORDS]
    claims += [
        (field, 5 if is_price(item_type, field, alias) else 2, alias)
        for field, spec in item_type.fields.items()
        for alias in spec.aliases
    ]
    claims += [("name", 2, word) for word in _NAME_WORDS]
    claims += [(SOURCE_ID, 2, f"{word} id") for word in own]
    claims += [(field, 3, word) for field, word in system_words(item_type)]
    claims += [("name", 6, word) for word in (*own, "company")]
    exact: dict[str, ColumnMatch] = {}
    singular: dict[str, ColumnMatch] = {}
    for place, (field, quality, word) in enumerate(claims):
        if key := compact(word):
            exact.setdefault(key, ColumnMatch(field, quality, place))
            singular.setdefault(compact_singular(word), ColumnMatch(field, max(4, quality), place))
    return FieldWords(exact, singular)


def said_columns(header: Sequence[str], columns: Mapping[str, str]) -> Mapping[int, str]:
    """The fields of columns that are named by their titles or labels. Raises InvalidMessageError where there is none."""
    known = _named_columns(header) if columns else {}
    said: dict[int, str] = {}
    for title, field in columns.items():
        column = known.get(title, known.get(compact(title)))
        if column is None:
            raise InvalidMessageError(no_such_column(title, header), path="columns")
        said[column] = field
    return said


def named_column(header: Sequence[str], title: str) -> int | None:
    """The column of that title or label, else the first whose title has the same words."""
    known = _named_columns(header)
    return known.get(title, known.get(compact(title)))


def _named_columns(header: Sequence[str]) -> Mapping[str, int]:
    """Columns by all that they go by: label, title, and the words of the title run together."""
    known: dict[str, int] = {}
    for names in (labels_of(header), header, [compact(title) for title in header]):
        for column, name in enumerate(names):
            if name:
                known.setdefault(name, column)
    return known


def labels_of(header: Sequence[str]) -> Sequence[str]:
    """Label the columns for people: each by its title, with its position where the title is ambiguous."""
    counts = Counter(header)
    return [
        title if title and counts[title] == 1 else f"{title or '(no title)'} (column {column})"
        for column, title in enumerate(header, start=1)
    ]


def label_of(header: Sequence[str], column: int) -> str:
    """Label one column."""
    title = header[column]
    return title if title and header.count(title) == 1 else f"{title or '(no title)'} (column {column + 1})"


def extra_name(title: str, item_type: ItemType) -> str:
    """The further field that a column makes which no declared field claims; empty when the title has no words."""
    name = snake_case(title)
    return f"{item_type.name}_{name}" if name in COMMON_FIELDS or name == ITEM_ID else name
