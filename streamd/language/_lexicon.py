"""The lexicon of a request: words for declared types, fields and criteria, and names and values of the items."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeVar

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value, caseless
from streamd.language._tokens import Token, key_of
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.text.plurals import plural_of, singular_of

T = TypeVar("T")
_LONGEST_CODE: Final = 40
_LONGEST_NAME: Final = 24
_LONGEST_VALUE_CHARS: Final = 80
_CODE_ENDINGS: Final = (
    "sku",
    "id",
    "number",
    "no",
    "code",
    "barcode",
    "ean",
    "upc",
    "serial",
    "reference",
    "ref",
)
_SHORTEST_DIGITS: Final = 8
_GENERIC: Final = frozenset({"item", "product", "stock", "stock item"})


@attrs.frozen
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


@attrs.define
class Lexicon:
    """Words from types and items by key; the longest match wins."""

    item_types: ItemTypes
    default_type: str = ""
    types: dict[str, TypeWord] = attrs.field(factory=dict)
    fields: dict[str, dict[str, str]] = attrs.field(factory=dict)
    criteria: dict[str, dict[str, str]] = attrs.field(factory=dict)
    names: dict[str, list[ItemId]] = attrs.field(factory=dict)
    codes: set[str] = attrs.field(factory=set)
    """Names that are a SKU, an order number or the like, which match only as a whole."""
    values: dict[str, dict[tuple[str, str], str]] = attrs.field(factory=dict)
    referable: dict[str, dict[str, list[str]]] = attrs.field(factory=dict)
    """By name or id: the items of each type that fields refer to, as they stand in such a field."""
    shown: dict[str, list[str]] = attrs.field(factory=dict)
    """The names of all items of each such type."""
    referring: dict[tuple[str, str], set[str]] = attrs.field(factory=dict)
    """By type and field: the items that are referred to, in lower case."""

    def field(self, word: str) -> FieldWord:
        """The meaning of a word for a field; empty when it is none."""
        return self.fields.get(key_of(word), {})

    def learn(self, name: str, item_id: ItemId) -> None:
        """Add the name of an item that the request itself creates or renames."""
        ids = self.names.setdefault(key_of(name), [])
        if item_id not in ids:
            ids.append(item_id)

    def words(self) -> set[str]:
        """All single words of types, fields, criteria, names and values."""
        tables: tuple[Iterable[str], ...] = (self.types, self.fields, self.criteria, self.names, self.values)
        return {word for table in tables for key in table for word in key.split(" ")}


def codes_of(fields: Mapping[str, Value]) -> list[str]:
    """The keys of an item's codes: SKU, order, shipment or tracking number."""
    found = []
    for field, value in fields.items():
        if isinstance(value, str) and len(value) <= _LONGEST_CODE and _is_code_field(field):
            key = key_of(value)
            bare = key.replace(" ", "")
            if len(bare) > 2 and (not bare.isdigit() or len(bare) >= _SHORTEST_DIGITS):
                found.append(key)
    return found


@lru_cache(maxsize=4096)
def _is_code_field(field: str) -> bool:
    return field != "id" and field.rpartition("_")[2] in _CODE_ENDINGS


def lexicon_of(types: ItemTypes, items: Sequence[Item]) -> Lexicon:
    """Build the lexicon of types and items."""
    lexicon = Lexicon(types)
    for declared in types:
        words = (declared.name, declared.title, *declared.aliases)
        generic = "item" in declared.aliases
        if generic:
            lexicon.default_type = declared.name
        for word in words:
            key = key_of(word)
            mass = word == declared.name == "inventory" or word in ("logistics", "stock")
            _type_words(lexicon, key, declared.name, generic=generic and key in _GENERIC, mass=mass)
            for ending in ("item", "record", "entry"):
                _type_words(lexicon, f"{key} {ending}", declared.name, generic=False, mass=False)
        for spec in declared.fields.values():
            for index, word in enumerate((spec.name, spec.title, *spec.aliases)):
                _field_word(lexicon, word, declared.name, spec.name, strong=index < 2)
                if spec.kind in ("date", "datetime"):
                    for form in _forms_of_verb(key_of(word)):
                        lexicon.fields.setdefault(form, {}).setdefault(declared.name, spec.name)
        for common in ("name", "subtitle", "type"):
            _field_word(lexicon, common, declared.name, common, strong=True)
        for criterion in declared.criteria.values():
            for word in (criterion.name, *criterion.aliases):
                lexicon.criteria.setdefault(key_of(word), {})[declared.name] = criterion.name
    _members_of_lists(lexicon)
    if not lexicon.default_type:
        lexicon.default_type = next(iter(types.declared), "")
    if lexicon.default_type:
        lexicon.types.setdefault(
            "stock", TypeWord(lexicon.default_type, plural=True, generic=True, mass=True)
        )
        for word in ("item", "product"):
            _type_words(lexicon, word, lexicon.default_type, generic=True, mass=False)
    _learn_items(lexicon, items)
    return lexicon


def _learn_items(lexicon: Lexicon, items: Sequence[Item]) -> None:
    seen: set[tuple[str, str, str]] = set()
    names, keys = lexicon.names, {}
    for item in items:
        for name in (item.name, item.id):
            key = key_of(name)
            if key:
                ids = names.setdefault(key, [])
                if item.id not in ids:
                    ids.append(item.id)
        item_type = item.type
        for field, value in item.fields.items():
            if (item_type, field) not in keys:
                keys[item_type, field] = True
                _undeclared(lexicon, item_type, field)
            if field in ("name", "type"):
                continue
            for one in value if isinstance(value, list) else (value,):
                if not isinstance(one, str) or len(one) > _LONGEST_VALUE_CHARS:
                    continue
                if (item_type, field, one) not in seen:
                    seen.add((item_type, field, one))
                    key = key_of(one)
                    if key and not key.replace(".", "").isdigit():
                        lexicon.values.setdefault(key, {})[item_type, field] = one
    _learn_codes(lexicon, items)
    _learn_references(lexicon, items)


def _learn_references(lexicon: Lexicon, items: Sequence[Item]) -> None:
    """Learn the items that fields refer to, and which of them are referred to."""
    specs = [
        (declared.name, spec)
        for declared in lexicon.item_types
        for spec in declared.fields.values()
        if spec.refers_to
    ]
    targets = {spec.refers_to: spec.is_reference for _, spec in specs}
    fields: dict[str, list[str]] = {}
    for kind, spec in specs:
        fields.setdefault(kind, []).append(spec.name)
    names = Counter((item.type, key_of(item.name)) for item in items if item.type in targets)
    for item in items:
        if item.type in targets:
            is_clear = names[item.type, key_of(item.name)] == 1 or not targets[item.type]
            lexicon.shown.setdefault(item.type, []).append(item.name or item.id)
            for key in dict.fromkeys((key_of(item.name), key_of(item.id))):
                found = lexicon.referable.setdefault(key, {}).setdefault(item.type, [])
                value = item.name if is_clear else item.id
                found += [value] if value not in found else []
        for field in fields.get(item.type, ()):
            if isinstance(referred := item.fields.get(field), str):
                lexicon.referring.setdefault((item.type, field), set()).add(caseless(referred))


def _learn_codes(lexicon: Lexicon, items: Sequence[Item]) -> None:
    """Add codes as names, unless an item already has that name."""
    names, codes = lexicon.names, lexicon.codes
    fields = [field for field in {field for item in items for field in item.fields} if _is_code_field(field)]
    for item in items if fields else ():
        for key in codes_of({field: item.fields[field] for field in fields if field in item.fields}):
            if key in codes:
                lexicon.learn(key, item.id)
            elif key not in names and key not in FUNCTION_WORDS:
                names[key] = [item.id]
                codes.add(key)


def _undeclared(lexicon: Lexicon, item_type: str, field: str) -> None:
    if item_type and item_type not in lexicon.item_types.declared:
        _type_words(lexicon, key_of(item_type), item_type, generic=False, mass=False)
        _type_words(lexicon, f"{key_of(item_type)} item", item_type, generic=False, mass=False)
    declared = lexicon.item_types.declared.get(item_type)
    if declared is None or field not in declared.fields:
        _field_word(lexicon, field, item_type, field, strong=False)


def _members_of_lists(lexicon: Lexicon) -> None:
    """Learn the singular of fields that are lists, such as `tag`, unless it is a noun for items."""
    for declared in lexicon.item_types:
        for spec in declared.fields.values():
            one = singular_of(key_of(spec.name))
            if spec.kind == "array" and one not in lexicon.types:
                lexicon.fields.setdefault(one, {}).setdefault(declared.name, spec.name)


def _forms_of_verb(key: str) -> Iterable[str]:
    """The forms of a date's name that is a verb: of `expires on` `expires`, `expire`, `expired`, `expiring`."""
    verb, _, last = key.rpartition(" ")
    third = verb if last in ("on", "at") else key
    if third != key and third:
        yield third
    if " " not in third and third.endswith("es") and len(third) > len("does"):
        yield from (third[:-1], f"{third[:-1]}d", f"{third[:-2]}ing")


def _type_words(lexicon: Lexicon, key: str, name: str, *, generic: bool, mass: bool) -> None:
    lexicon.types.setdefault(key, TypeWord(name, plural=mass, generic=generic, mass=mass))
    lexicon.types.setdefault(plural_of(key), TypeWord(name, plural=True, generic=generic))


def _field_word(lexicon: Lexicon, word: str, item_type: str, field: str, *, strong: bool) -> None:
    key = key_of(word)
    if key in FUNCTION_WORDS or not key:
        return
    # `supplies` is a form of the verb, too, and `supply` in a question is no field
    singular = key if strong or key.endswith("ies") else singular_of(key)
    for form in dict.fromkeys((key, plural_of(key), singular)):
        table = lexicon.fields.setdefault(form, {})
        if strong and form == key:
            table[item_type] = field
        else:
            table.setdefault(item_type, field)


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
