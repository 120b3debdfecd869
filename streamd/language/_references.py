"""Conditions and values that are other items: `parts of Acme`, `from supplier Acme`, `suppliers that have no parts`."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.item_type import ItemTypes
from streamd.language._lexicon import FieldWord, longest
from streamd.language._syntax_tree import (
    Assignment,
    OneOf,
    Predicate,
    ReferredBy,
    UnclearValueError,
)
from streamd.language._token_reader import TokenReader
from streamd.language._type_words import TypeWord
from streamd.language._vocabulary import FUNCTION_WORDS

SOURCE: Final = ("from", "via", "by", "supplied by", "provided by", "made by", "delivered by", "coming from", "bought from",
                 "sourced from", "purchased from", "manufactured by", "produced by", "sold by", "ordered from", "of",
                 "come from", "comes from", "originating from", "shipped by", "carried by", "obtained from")  # fmt: skip
"""Prepositions before whoever an item comes from."""
_LACKING: Final = (
    "without",
    "with no",
    "having no",
    "no",
    "without any",
    "that lack",
    "lack",
    "lacking",
    "have no",
    "has no",
    "lacks",
)
_HAVING: Final = ("with", "having", "have", "has", "have any", "has any", "with any", "that have", "that has")
_NAMED_AT_MOST: Final = 10


def is_reference(types: ItemTypes, field: FieldWord) -> bool:
    """Whether a field holds ids of items in all declared types that have it."""
    specs = [types.declared[of].fields.get(name) for of, name in field.items() if of in types.declared]
    return bool(specs) and all(spec is not None and spec.is_reference for spec in specs)


def fields_to(types: ItemTypes, target: str, only: str = "") -> list[tuple[str, str]]:
    """The fields, by type, that refer to items of a type."""
    return [
        (declared.name, spec.name)
        for declared in types
        for spec in declared.fields.values()
        if spec.refers_to == target and only in ("", declared.name)
    ]


def of_item(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse the item that others refer to: `of Acme`, `from supplier Acme`."""
    start = reader.at
    if not reader.accept(*SOURCE):
        return None
    reader.accept("the", "our")
    typed, known = _referred(reader)
    token = reader.token()
    if known is None:
        if (
            typed
            and not typed.plural
            and token
            and _may_be_name(reader)
            and fields_to(reader.lexicon.item_types, typed.type)
        ):
            raise nothing_called(reader, typed.type, token.text)
        reader.at = start
        return None
    found, reader.at = known
    kinds = [typed.type] if typed else list(found)
    values: dict[tuple[str, str], str] = {}
    for kind in kinds:
        items = found.get(kind, [])
        if typed and not items:
            raise nothing_called(reader, kind, reader.surface(reader.at - 1))
        if len(items) > 1:
            raise UnclearValueError(
                f"Several items of type {kind} are called «{reader.surface(known[1] - 1)}»: {', '.join(items)}. "
                "Say which by its id. Nothing was changed."
            )
        values |= dict.fromkeys(fields_to(reader.lexicon.item_types, kind), items[0])
    if not values:
        reader.at = start
        return None
    return OneOf(values, reader.surface(start))


def _referred(
    reader: TokenReader,
) -> tuple[TypeWord | None, tuple[Mapping[str, Sequence[str]], int] | None]:
    """Parse the type before an item's name, if one is there; the items that may be meant, by type, and where the name ends."""
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    known = longest(reader.lexicon.referable, reader.tokens, reader.at)
    if typed is None or (known and known[1] > typed[1]):
        return None, known
    reader.at = typed[1]
    reader.accept("named", "called", ":")
    return typed[0], longest(reader.lexicon.referable, reader.tokens, reader.at)


def nothing_called(reader: TokenReader, kind: str, name: str) -> UnclearValueError:
    """Build the refusal of a reference to an item that does not exist, with those that do."""
    return UnclearValueError(
        f"There is no {kind} called «{name}»{those_there(reader.lexicon.shown.get(kind, ()))} Nothing was changed."
    )


def those_there(names: Sequence[str]) -> str:
    """Word which items there are, after a name that none of them has."""
    if not names:
        return "; there is none at all."
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _NAMED_AT_MOST:,} more" if len(names) > _NAMED_AT_MOST else ""
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names[:_NAMED_AT_MOST])}{more}."


def _may_be_name(reader: TokenReader) -> bool:
    token = reader.token()
    return token is not None and (
        token.kind == "quoted" or (token.text[:1].isupper() and token.norm not in FUNCTION_WORDS)
    )


def referred(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse whether items of a type refer to these: `that have no parts`, `without contracts`."""
    start = reader.at
    absent = bool(reader.accept(*_LACKING))
    if not absent and not reader.accept(*_HAVING):
        return None
    reader.accept("any", "a", "an", "at all")
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    if typed is None or reader.field() is not None or not (typed[0].plural or absent):
        reader.at = start
        return None
    of_type = [field for field in reader.lexicon.referring if field[0] == typed[0].type]
    declared = {
        spec.refers_to
        for one in reader.lexicon.item_types
        for spec in one.fields.values()
        if one.name == typed[0].type and spec.refers_to
    }
    if not declared:
        reader.at = start
        return None
    reader.at = typed[1]
    types = reader.lexicon.item_types.declared
    by = {
        target: frozenset(
            value
            for field in of_type
            if types[field[0]].fields[field[1]].refers_to == target
            for value in reader.lexicon.referring[field]
        )
        for target in declared
    }
    return ReferredBy(by, reader.surface(start), absent=absent)


def referring_detail(reader: TokenReader, item_type: str, introduced: str) -> Assignment | None:
    """Parse the item that a new one refers to: `from supplier Acme`, `of Acme`."""
    start = reader.at
    if introduced not in (*SOURCE, "for", "with"):
        return None
    typed, known = _referred(reader)
    targets = [typed.type] if typed else list(known[0]) if known else []
    fields = [
        field for target in targets for _, field in fields_to(reader.lexicon.item_types, target, item_type)
    ]
    if len(fields) != 1 or reader.token() is None:
        reader.at = start
        return None
    end = known[1] if known else reader.at + 1
    raw = reader.take_raw(end)
    return Assignment({item_type: fields[0]}, fields[0].replace("_", " "), raw=raw)
