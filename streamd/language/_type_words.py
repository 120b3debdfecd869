"""The words for types, fields and criteria: those that are declared, and those that only items have."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import attrs

from streamd.core.item_type import ItemTypes
from streamd.facts import define, frozen
from streamd.language._tokens import key_of
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.text.plurals import plural_of, singular_of

_GENERIC: Final = frozenset({"item", "product", "stock", "stock item"})


@frozen
class TypeWord:
    """A noun for items of a type."""

    type: str
    plural: bool
    generic: bool = False
    """A noun such as `item`, which means the inventory unless another noun is more specific."""
    mass: bool = False
    """A mass noun: `inventory`, `stock`."""


FieldWord = Mapping[str, str]
"""The meaning of a word for a field: the field's name by item type."""


@define(slots=False)
class TypeWords:
    """Words by key."""

    item_types: ItemTypes
    default_type: str = ""
    types: dict[str, TypeWord] = attrs.field(factory=dict)
    fields: dict[str, dict[str, str]] = attrs.field(factory=dict)
    criteria: dict[str, dict[str, str]] = attrs.field(factory=dict)

    @cached_property
    def all(self) -> frozenset[str]:
        """All single words."""
        return frozenset(
            word
            for table in (self.types, self.fields, self.criteria)
            for key in table
            for word in key.split(" ")
        )


def type_words(types: ItemTypes, used: Iterable[tuple[str, str]]) -> TypeWords:
    """Build the words of types, and of the types and fields that items have."""
    words = TypeWords(types)
    for declared in types:
        nouns = (declared.name, declared.title, *declared.aliases)
        generic = "item" in declared.aliases
        if generic:
            words.default_type = declared.name
        for word in nouns:
            key = key_of(word)
            mass = word == declared.name == "inventory" or word in ("logistics", "stock")
            _type_words(words, key, declared.name, generic=generic and key in _GENERIC, mass=mass)
            for ending in ("item", "record", "entry"):
                _type_words(words, f"{key} {ending}", declared.name, generic=False, mass=False)
        for spec in declared.fields.values():
            for index, word in enumerate((spec.name, spec.title, *spec.aliases)):
                _field_word(words, word, declared.name, spec.name, strong=index < 2)
                if spec.kind in ("date", "datetime"):
                    for form in _forms_of_verb(key_of(word)):
                        words.fields.setdefault(form, {}).setdefault(declared.name, spec.name)
        for common in ("name", "subtitle", "type"):
            _field_word(words, common, declared.name, common, strong=True)
        for criterion in declared.criteria.values():
            for word in (criterion.name, *criterion.aliases):
                words.criteria.setdefault(key_of(word), {})[declared.name] = criterion.name
    _members_of_lists(words)
    if not words.default_type:
        words.default_type = next(iter(types.declared), "")
    if words.default_type:
        words.types.setdefault("stock", TypeWord(words.default_type, plural=True, generic=True, mass=True))
        for word in ("item", "product"):
            _type_words(words, word, words.default_type, generic=True, mass=False)
    for item_type, field in used:
        _undeclared(words, item_type, field)
    return words


def _undeclared(words: TypeWords, item_type: str, field: str) -> None:
    if item_type and item_type not in words.item_types.declared:
        _type_words(words, key_of(item_type), item_type, generic=False, mass=False)
        _type_words(words, f"{key_of(item_type)} item", item_type, generic=False, mass=False)
    declared = words.item_types.declared.get(item_type)
    if declared is None or field not in declared.fields:
        _field_word(words, field, item_type, field, strong=False)


def _members_of_lists(words: TypeWords) -> None:
    """Learn the singular of fields that are lists, such as `tag`, unless it is a noun for items."""
    for declared in words.item_types:
        for spec in declared.fields.values():
            one = singular_of(key_of(spec.name))
            if spec.kind == "array" and one not in words.types:
                words.fields.setdefault(one, {}).setdefault(declared.name, spec.name)


def _forms_of_verb(key: str) -> Iterable[str]:
    """The forms of a date's name that is a verb: of `expires on` `expires`, `expire`, `expired`, `expiring`."""
    verb, _, last = key.rpartition(" ")
    third = verb if last in ("on", "at") else key
    if third != key and third:
        yield third
    if " " not in third and third.endswith("es") and len(third) > len("does"):
        yield from (third[:-1], f"{third[:-1]}d", f"{third[:-2]}ing")


def _type_words(words: TypeWords, key: str, name: str, *, generic: bool, mass: bool) -> None:
    words.types.setdefault(key, TypeWord(name, plural=mass, generic=generic, mass=mass))
    words.types.setdefault(plural_of(key), TypeWord(name, plural=True, generic=generic))


def _field_word(words: TypeWords, word: str, item_type: str, field: str, *, strong: bool) -> None:
    key = key_of(word)
    if key in FUNCTION_WORDS or not key:
        return
    # `supplies` is a form of the verb, too, and `supply` in a question is no field
    singular = key if strong or key.endswith("ies") else singular_of(key)
    for form in dict.fromkeys((key, plural_of(key), singular)):
        table = words.fields.setdefault(form, {})
        if strong and form == key:
            table[item_type] = field
        else:
            table.setdefault(item_type, field)
