"""Recognises the item type of a table from the request, its `Type` column, its headers and its file name."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.core.item_type import COMMON_FIELDS, SOURCE_ID, ItemType, ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables._evidence import FileEvidence
from streamd.tables._import_questions import (
    ambiguous_type,
    too_many_types,
    unknown_type,
)
from streamd.tables._import_wording import (
    FILE_NAME,
    NO_TYPE,
    TYPE_AS_GIVEN,
    type_from,
    type_from_column,
)
from streamd.tables.cells import CellStyle, compact, compact_singular, read_cell, words_of
from streamd.tables.columns import ITEM_ID, ColumnMatch, FieldWords, vocabulary_of
from streamd.text.wordlist import words

_FILE_NAME_SCORE: Final = 2.0
_OWN_NAME_SCORE: Final = 2.0
_OTHERS_NAME_SCORE: Final = 1.0
"""Of a name or number behind that of something else: an asset's order number."""
_LEAST_SCORE: Final = 0.75
_ENOUGH_SCORE: Final = 2.0
_LEAST_LEAD: Final = 1.2
_OF_ANYBODY: Final = words(
    "email mail phone phonenumber telephone tel mobile fax contact contactname contactperson address street city "
    "town zip zipcode postcode postalcode country website"
)
_NAMING: Final = ("id", "number", "no", "name")


@attrs.frozen
class Recognition:
    """The item types of a table's rows."""

    name: str
    """The type of rows without one of their own; empty when each row has one."""
    reason: str
    type_column: int | None = None
    """The column that holds the type of each row."""


def recognise(
    found: FileEvidence, types: ItemTypes, *, type_name: str | None, file_name: str = ""
) -> Recognition:
    """Recognise the types of the rows. Raises InvalidMessageError when they are ambiguous."""
    column = _type_column(found, types)
    if type_name:
        name = type_by_word(type_name, types) or type_name
        types.get(name)
        return Recognition(name, TYPE_AS_GIVEN, column)
    if column is not None:
        return Recognition("", type_from_column(found.header[column]), column)
    return _by_headers(found.header, types, file_name)


def type_by_word(word: str, types: ItemTypes) -> str | None:
    """The declared type that goes by this name, title or alias, in the singular or plural."""
    for spell in (compact, compact_singular):
        for item_type in types:
            if spell(word) and spell(word) in {spell(own) for own in _own_words(item_type)}:
                return item_type.name
    return None


def row_type(cell: str, default: str, types: ItemTypes, *, exported: bool) -> str:
    """The type that a cell names: in an export the exact type, else any name of a declared type; the default where it is empty.

    Raises InvalidMessageError.
    """
    word = str(read_cell(cell, "string", style=CellStyle(is_exported=exported)) or "")
    if not word:
        if not default:
            raise InvalidMessageError(NO_TYPE, path="type")
        return default
    if exported:
        return types.get(word).name
    return type_by_word(word, types) or types.get(word).name


def is_export(header: Sequence[str]) -> bool:
    """Whether this is a table that `write_table` wrote."""
    return {"itemid", "type"} <= {compact(title) for title in header}


def _type_column(found: FileEvidence, types: ItemTypes) -> int | None:
    """The column `Type` (or `Item Type`), when what stands in it are types of items."""
    for column in found.type_columns:
        words = found.words(column)
        if words is None and is_export(found.header):
            raise InvalidMessageError(too_many_types(found.header[column]), path="text")
        if is_export(found.header) or (words and all(type_by_word(word, types) for word in words)):
            return column
    return None


def _by_headers(header: Sequence[str], types: ItemTypes, file_name: str) -> Recognition:
    """The type whose fields the columns match; a column that fits several types counts less for each of them."""
    vocabularies = {item_type.name: vocabulary_of(item_type) for item_type in types}
    scores = dict.fromkeys(vocabularies, 0.0)
    contacts = dict.fromkeys(vocabularies, 0.0)
    """Of what customers and staff have, too; it counts for a type that a title names."""
    evidence: dict[str, list[str]] = {name: [] for name in vocabularies}
    neutral = {ITEM_ID, SOURCE_ID, *COMMON_FIELDS}
    fitting: dict[str, list[bool]] = {name: [] for name in vocabularies}
    measured: dict[str, set[str]] = {name: set() for name in vocabularies}
    of_others, is_first = False, True
    named: set[str] = set()
    for title in dict.fromkeys(header):
        fits: Mapping[str, float] = {
            name: 1.0 if match.quality < 2 else 0.75
            for name, vocabulary in vocabularies.items()
            if (match := vocabulary.match(title)) and match.field not in neutral
        }
        for name, vocabulary in vocabularies.items():
            own = vocabulary.match(title)
            if (own is None or own.field not in neutral) and not _is_of_anybody(title):
                fitting[name].append(own is not None)
            if own is not None and len(fits) == 1 and _is_measured(types.declared[name], own.field):
                measured[name].add(own.field)
        owners = [name for name in vocabularies if _names_type(title, types.declared[name])]
        for name, weight in fits.items():
            (contacts if _is_of_anybody(title) else scores)[name] += weight / len(fits) ** 2
            if len(fits) == 1 and not _is_of_anybody(title):
                evidence[name].append(title)
        for name in owners:
            # `Supplier Name` is a supplier's own name, or names the supplier of something else.
            referring = sum(
                _refers(types.declared[other], vocabularies[other].match(title), name) for other in fits
            )
            scores[name] += (_OWN_NAME_SCORE if is_first else _OTHERS_NAME_SCORE) / (len(owners) + referring)
            evidence[name].insert(0, title)
            named.add(name)
        is_first &= len(words_of(title)) < 2 or words_of(title)[-1] not in _NAMING
        of_others |= not fits and not owners and _names_something(title, neutral, vocabularies.values())
    of_anybody = sum(map(_is_of_anybody, dict.fromkeys(header)))
    for name in vocabularies:
        fitting[name] += [name in named] * of_anybody
        scores[name] += contacts[name] if name in named else 0
    file_words = {compact_singular(word) for word in words_of(file_name.rpartition("/")[2])}
    for item_type in types:
        if file_words & {compact_singular(word) for word in _own_words(item_type)}:
            scores[item_type.name] += _FILE_NAME_SCORE
            evidence[item_type.name].insert(0, FILE_NAME)
    ranked = sorted(scores, key=lambda name: -scores[name])
    best = ranked[0] if ranked else ""
    if not best or not (
        _convincing(scores[best], fitting[best])
        or _tells_enough(types.declared[best], measured[best], evidence[best], of_others=of_others)
    ):
        raise InvalidMessageError(unknown_type(tuple(types.declared)), path="item_type")
    if len(ranked) > 1 and scores[best] < _LEAST_LEAD * scores[ranked[1]]:
        raise InvalidMessageError(ambiguous_type(best, ranked[1]), path="item_type")
    shown = list(dict.fromkeys(evidence[best]))[:3]
    return Recognition(best, type_from(shown))


def _is_of_anybody(title: str) -> bool:
    """Whether a title is about a person or a firm, of whatever kind, as `Email` is."""
    return compact_singular(title) in _OF_ANYBODY


def _refers(item_type: ItemType, match: ColumnMatch | None, name: str) -> bool:
    """Whether the matched field holds names of items of that type."""
    spec = item_type.fields.get(match.field) if match else None
    return spec is not None and spec.refers_to == name


def _convincing(score: float, fitting: Sequence[bool]) -> bool:
    """Whether the evidence for a type is enough: a high score, or a low one that most columns fit."""
    return score >= _ENOUGH_SCORE or (score >= _LEAST_SCORE and 2 * sum(fitting) >= len(fitting))


def _tells_enough(
    item_type: ItemType, measured: Collection[str], evidence: Collection[str], *, of_others: bool
) -> bool:
    """Whether what is there tells the type, however much else is there.

    That is two columns that no other type has, one of them of numbers or dates; or one with such numbers as the type's criteria
    are about, where no column is the id or name of something else.
    """
    if len(evidence) > 1 and measured:
        return True
    judged = {one.field for criterion in item_type.criteria.values() for one in criterion.conditions}
    units = {spec.unit for name, spec in item_type.fields.items() if name in judged and spec.unit}
    return not of_others and any(name in judged or item_type.fields[name].unit in units for name in measured)


def _is_measured(item_type: ItemType, field: str) -> bool:
    spec = item_type.fields.get(field)
    return spec is not None and (spec.kind in NUMERIC_KINDS or spec.kind in ("date", "datetime"))


def _names_something(title: str, neutral: Collection[str], vocabularies: Iterable[FieldWords]) -> bool:
    """Whether a header is an id, number or name of something, as `Customer ID` is."""
    *first, last = words_of(title) or ("",)
    return (
        bool(first)
        and last in _NAMING
        and not any(
            one.match(" ".join(first)) or ((match := one.match(title)) and match.field in neutral)
            for one in vocabularies
        )
    )


def _names_type(title: str, item_type: ItemType) -> bool:
    """Whether a header is an id, number or name `of` the type, as `Shipment ID` and `Order Number` are."""
    *first, last = words_of(title) or ("",)
    own = {compact_singular(word) for word in _own_words(item_type)}
    return last in _NAMING and compact_singular(" ".join(first)) in own


def _own_words(item_type: ItemType) -> Iterator[str]:
    yield item_type.name
    yield from filter(None, (item_type.title, *item_type.aliases))
