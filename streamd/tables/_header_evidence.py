"""Evidence for the type of a table's rows in its headers and its file name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.core.item_type import COMMON_FIELDS, SOURCE_ID, ItemType, ItemTypes
from streamd.facts import define
from streamd.tables._import_wording import FILE_NAME
from streamd.tables.cells import compact_singular, words_of
from streamd.tables.columns import ITEM_ID, ColumnMatch, FieldWords, vocabulary_of
from streamd.text.wordlist import words

_FILE_NAME_SCORE: Final = 2.0
_OWN_NAME_SCORE: Final = 2.0
_OTHERS_NAME_SCORE: Final = 1.0
"""Of a name or number behind that of something else: an asset's order number."""
_LEAST_SCORE: Final = 0.75
_ENOUGH_SCORE: Final = 2.0
_OF_ANYBODY: Final = words(
    "email mail phone phonenumber telephone tel mobile fax contact contactname contactperson address street city "
    "town zip zipcode postcode postalcode country website"
)
_NAMING: Final = ("id", "number", "no", "name")
_NEUTRAL: Final = frozenset({ITEM_ID, SOURCE_ID, *COMMON_FIELDS})
"""Fields that items of every type have."""


@define
class TypeEvidence:
    """Evidence for one type."""

    item_type: ItemType
    vocabulary: FieldWords
    score: float = 0.0
    contacts: float = 0.0
    """Of what customers and staff have, too; it counts where a title names the type."""
    titles: list[str] = attrs.field(factory=list)
    """Titles that speak for it and for no other type, those that name it first."""
    fitting: list[bool] = attrs.field(factory=list)
    """Whether each column that says something of a type is one of its fields."""
    measured: set[str] = attrs.field(factory=set)
    """Its fields of numbers and dates that no other type has."""
    is_named: bool = False

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.item_type.name

    def field_of(self, title: str) -> ColumnMatch | None:
        """The field of the type that a title names."""
        return self.vocabulary.match(title)


@define
class HeaderEvidence:
    """Evidence of the titles of a table and the name of its file, by type."""

    by_type: Sequence[TypeEvidence]
    of_others: bool = False
    """Whether a column is the id or name of something that is of none of the types."""

    @classmethod
    def of(cls, header: Sequence[str], types: ItemTypes, file_name: str) -> "HeaderEvidence":
        """Look at all titles, in their order, and at the file's name."""
        found = cls([TypeEvidence(one, vocabulary_of(one)) for one in types])
        is_first = True
        titles = list(dict.fromkeys(header))
        for title in titles:
            found._see_title(title, is_first=is_first)
            is_first &= len(words_of(title)) < 2 or words_of(title)[-1] not in _NAMING
        found._count_contacts(sum(map(_is_of_anybody, titles)))
        found._see_file_name(file_name)
        return found

    def ranked(self) -> Sequence[TypeEvidence]:
        """The types, the likeliest first."""
        return sorted(self.by_type, key=lambda one: -one.score)

    def is_enough(self, one: TypeEvidence) -> bool:
        """Whether the evidence for a type is enough: by score, or by what is there."""
        return _convincing(one.score, one.fitting) or _tells_enough(one, of_others=self.of_others)

    def _see_title(self, title: str, *, is_first: bool) -> None:
        fits = self._fitting(title)
        self._see_fields(title, fits)
        owners = [one for one in self.by_type if _names_type(title, one.item_type)]
        self._see_owners(title, owners, fits, is_first=is_first)
        self.of_others |= not fits and not owners and self._names_something(title)

    def _fitting(self, title: str) -> Mapping[str, float]:
        """By type, how well the title is that of a field that is not one of every type."""
        return {
            one.name: 1.0 if match.quality < 2 else 0.75
            for one in self.by_type
            if (match := one.field_of(title)) and match.field not in _NEUTRAL
        }

    def _see_fields(self, title: str, fits: Mapping[str, float]) -> None:
        """Count a title for the types that have such a field; one that fits several counts less for each of them."""
        is_of_anybody = _is_of_anybody(title)
        for one in self.by_type:
            match = one.field_of(title)
            if (match is None or match.field not in _NEUTRAL) and not is_of_anybody:
                one.fitting.append(match is not None)
            if match is not None and len(fits) == 1 and _is_measured(one.item_type, match.field):
                one.measured.add(match.field)
            if one.name not in fits:
                continue
            weight = fits[one.name] / len(fits) ** 2
            if is_of_anybody:
                one.contacts += weight
                continue
            one.score += weight
            if len(fits) == 1:
                one.titles.append(title)

    def _see_owners(
        self, title: str, owners: Sequence[TypeEvidence], fits: Mapping[str, float], *, is_first: bool
    ) -> None:
        """Count a title for the types that it names: `Supplier Name` is a supplier's own name, or names that of something else."""
        for owner in owners:
            referring = sum(
                _refers(one.item_type, one.field_of(title), owner.name)
                for one in self.by_type
                if one.name in fits
            )
            owner.score += (_OWN_NAME_SCORE if is_first else _OTHERS_NAME_SCORE) / (len(owners) + referring)
            owner.titles.insert(0, title)
            owner.is_named = True

    def _count_contacts(self, columns: int) -> None:
        """Count what anybody has for the types that a title names. `columns` of the table are about that."""
        for one in self.by_type:
            one.fitting += [one.is_named] * columns
            one.score += one.contacts if one.is_named else 0

    def _see_file_name(self, file_name: str) -> None:
        said = {compact_singular(word) for word in words_of(file_name.rpartition("/")[2])}
        for one in self.by_type:
            if said & {compact_singular(word) for word in own_words(one.item_type)}:
                one.score += _FILE_NAME_SCORE
                one.titles.insert(0, FILE_NAME)

    def _names_something(self, title: str) -> bool:
        """Whether a header is an id, number or name of something, as `Customer ID` is."""
        *first, last = words_of(title) or ("",)
        if not first or last not in _NAMING:
            return False
        return not any(
            one.field_of(" ".join(first)) or ((match := one.field_of(title)) and match.field in _NEUTRAL)
            for one in self.by_type
        )


def own_words(item_type: ItemType) -> Iterator[str]:
    """Names of a type."""
    yield item_type.name
    yield from filter(None, (item_type.title, *item_type.aliases))


def _is_of_anybody(title: str) -> bool:
    """Whether a title is about a person or a firm, of whatever kind, as `Email` is."""
    return compact_singular(title) in _OF_ANYBODY


def _refers(item_type: ItemType, match: ColumnMatch | None, name: str) -> bool:
    """Whether the matched field holds names of items of that type."""
    spec = item_type.fields.get(match.field) if match else None
    return spec is not None and spec.refers_to == name


def _convincing(score: float, fitting: Sequence[bool]) -> bool:
    """Whether the score of a type is enough: a high one, or a low one that most columns fit."""
    return score >= _ENOUGH_SCORE or (score >= _LEAST_SCORE and 2 * sum(fitting) >= len(fitting))


def _tells_enough(one: TypeEvidence, *, of_others: bool) -> bool:
    """Whether what is there tells the type, however much else is there.

    That is two columns that no other type has, one of them of numbers or dates; or one with such numbers as the type's criteria
    are about, where no column is the id or name of something else.
    """
    if len(one.titles) > 1 and one.measured:
        return True
    fields = one.item_type.fields
    judged = {
        condition.field for criterion in one.item_type.criteria.values() for condition in criterion.conditions
    }
    units = {spec.unit for name, spec in fields.items() if name in judged and spec.unit}
    return not of_others and any(name in judged or fields[name].unit in units for name in one.measured)


def _is_measured(item_type: ItemType, field: str) -> bool:
    spec = item_type.fields.get(field)
    return spec is not None and (spec.kind in NUMERIC_KINDS or spec.kind in ("date", "datetime"))


def _names_type(title: str, item_type: ItemType) -> bool:
    """Whether a header is an id, number or name `of` the type, as `Shipment ID` and `Order Number` are."""
    *first, last = words_of(title) or ("",)
    own = {compact_singular(word) for word in own_words(item_type)}
    return last in _NAMING and compact_singular(" ".join(first)) in own
