"""The lexicon of a request: words for declared types, fields and criteria, and names and values of the items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import attrs

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.facts import define, frozen
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._name_nouns import NameNouns
from streamd.language._reference_tables import ReferableTable, ReferringTable, ShownTable
from streamd.language._tokens import Token, key_of
from streamd.language._type_words import FieldWord, TypeWord
from streamd.language._vocabulary_words import RequestWords

T = TypeVar("T")
_LONGEST_NAME: Final = 24

__all__ = ["FieldWord", "Lexicon", "TypeWord", "lexicon_of", "longest"]


@define(eq=False)
class NameTable(Mapping[str, Sequence[ItemId]]):
    """Ids by the names of items, else by their codes, with the names that the request itself gives."""

    vocabulary: ItemVocabulary
    _given: dict[str, list[ItemId]] = attrs.field(factory=dict)

    def __getitem__(self, key: str) -> Sequence[ItemId]:
        if key in self._given:
            return self._given[key]
        if found := self.vocabulary.names.get(key) or self.vocabulary.codes.get(key):
            return self.vocabulary.in_order(found)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in self._given or key in self.vocabulary.names or key in self.vocabulary.codes

    def __iter__(self) -> Iterator[str]:
        names, codes = self.vocabulary.names, self.vocabulary.codes
        yield from names
        yield from (key for key in codes if key not in names)
        yield from (key for key in self._given if key not in names and key not in codes)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def is_code(self, key: str) -> bool:
        """Whether a name is a code and nothing else."""
        return key in self.vocabulary.codes and key not in self.vocabulary.names

    def give(self, key: str, item_id: ItemId) -> None:
        """Give an item a name."""
        ids = self._given.setdefault(key, list(self.get(key, ())))
        if item_id not in ids:
            ids.append(item_id)


@frozen(eq=False)
class ValueTable(Mapping[str, Mapping[tuple[str, str], str]]):
    """Values by key: how each is written, by type and field."""

    vocabulary: ItemVocabulary

    def __getitem__(self, key: str) -> Mapping[tuple[str, str], str]:
        if found := self._found(key):
            return found
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        values, references = self.vocabulary.values, bool(self.vocabulary.types.references)
        yield from (key for key in values if not references or self._found(key))
        yield from (key for key in self.vocabulary.referred_keys() if key not in values and self._found(key))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def beginning_with(self, beginning: str) -> Iterator[tuple[str, Mapping[tuple[str, str], str]]]:
        """The values whose keys go on after these words."""
        keys: Iterable[str] = self.vocabulary.longer_values.get(beginning.partition(" ")[0])
        if self.vocabulary.types.references:
            keys = dict.fromkeys((*keys, *self.vocabulary.referred_keys()))
        for key in keys:
            if key.startswith(f"{beginning} ") and (found := self._found(key)):
                yield key, found

    def _found(self, key: str) -> Mapping[tuple[str, str], str]:
        vocabulary, found = self.vocabulary, dict[tuple[str, str], str]()
        # Of several spellings the first in the order of the alphabet counts, whatever was written last.
        for kind, field, value in sorted(vocabulary.values.get(key), reverse=True):
            if not vocabulary.is_reference(kind, field) or not (
                vocabulary.clear_name(value) or _is_digits(key)
            ):
                found[kind, field] = value
        for kind, field, name in vocabulary.referred_by(key):
            if not _is_digits(key):
                found[kind, field] = name
        return found


def _is_digits(key: str) -> bool:
    return key.replace(".", "").isdigit()


@define
class Lexicon:
    """Words from types and items by key; the longest match wins."""

    item_types: ItemTypes
    default_type: str
    types: Mapping[str, TypeWord]
    fields: Mapping[str, Mapping[str, str]]
    criteria: Mapping[str, Mapping[str, str]]
    names: NameTable
    """Also codes: a SKU, an order number or the like, which match only as a whole."""
    values: ValueTable
    referable: ReferableTable
    """By name or id: the items of each type that fields refer to, as they stand in such a field."""
    shown: ShownTable
    """The names of all items of each such type."""
    referring: ReferringTable
    """By type and field: the items that are referred to, in lower case."""
    nouns: NameNouns
    """What names are names of."""
    words: RequestWords
    """All single words of types, fields, criteria, names and values."""

    def field(self, word: str) -> FieldWord:
        """The meaning of a word for a field; empty when it is none."""
        return self.fields.get(key_of(word), {})

    def learn(self, name: str, item_id: ItemId) -> None:
        """Add the name of an item that the request itself creates or renames."""
        self.names.give(key_of(name), item_id)

    def whole_names(self) -> list[str]:
        """All names that are no codes."""
        return [known for known in self.names if not self.names.is_code(known)]


def lexicon_of(vocabulary: ItemVocabulary) -> Lexicon:
    """Build the lexicon of a request about these items."""
    words, names = vocabulary.type_words, NameTable(vocabulary)
    return Lexicon(
        vocabulary.types, words.default_type, words.types, words.fields, words.criteria,
        names, ValueTable(vocabulary),
        ReferableTable(vocabulary), ShownTable(vocabulary), ReferringTable(vocabulary), NameNouns(names), RequestWords(vocabulary.words, words.all),
    )  # fmt: skip


def longest(
    table: Mapping[str, T], tokens: Sequence[Token], at: int, limit: int = _LONGEST_NAME
) -> tuple[T, int] | None:
    """The longest run of tokens from here whose key is in the table, and where it ends."""
    found = None
    key = ""
    for end in range(at, min(len(tokens), at + limit)):
        token = tokens[end]
        if token.kind == "quoted":
            if end == at and token.norm in table:
                return table[token.norm], end + 1
            break
        key = f"{key} {token.norm}" if key else token.norm
        hit = table.get(key)
        if hit:
            found = (hit, end + 1)
    return found
