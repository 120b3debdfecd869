"""The grammar of swapping, replacing and copying: `swap the locations of A and B`, `replace supplier X with Y`, `copy A as A2`."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.language._imperatives import VerbKind
from streamd.language._lexicon import longest
from streamd.language._noun_phrases import noun_phrase, noun_phrases
from streamd.language._predicates import OneOf, conjunction_of
from streamd.language._syntax_tree import Assignment, Clause, NotUnderstoodError, NounPhrase
from streamd.language._text_spans import raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import NAMING

_COPY_NAMED: Final = (
    *NAMING, "as", "to", "into", "and call it", "and name it", "and call the copy", "under the name", ", call it", "and name the copy",
)  # fmt: skip
_COPY: Final = ("a copy of", "a duplicate of", "a clone of", "another copy of", "one copy of", "copy of")


def copying(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `copy Product A as Product A2`, `create a duplicate of Product A called Product A2`."""
    made = bool(kinds & {"add"}) and bool(reader.accept(*_COPY))
    if "copy" not in kinds and not made:
        return None
    target = noun_phrase(reader)
    if target is None:
        return None
    name = raw_text(reader, detail=True) if reader.accept(*_COPY_NAMED) else ""
    return Clause("copy", verb, (target,), name=name)


def swapping(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `swap the locations of Product A and Product B`, `swap Product A's and Product B's suppliers`."""
    if "swap" not in kinds:
        return None
    reader.accept("the")
    field = None
    if longest(reader.lexicon.names, reader.tokens, reader.at) is None and (field := reader.field()):
        surface, reader.at = reader.surface(reader.at, field[1]), field[1]
        if not reader.accept("of", "for", "between"):
            return None
    targets = noun_phrases(reader)
    if field is None and targets:
        reader.accept("'s", "'")
        field = reader.field()
        if field:
            surface, reader.at = reader.surface(reader.at, field[1]), field[1]
    if field is not None and len(targets) == 1 and reader.accept("with", "for", "to"):
        return _exchanged(reader, verb, targets[0], Assignment(field[0], surface))
    if len(targets) != 2 or not all(one.names for one in targets):
        return None
    if field is None:
        raise NotUnderstoodError(
            f"What shall I swap between {targets[0].surface} and {targets[1].surface}? Say, for example, «swap the locations of "
            f"{targets[0].surface} and {targets[1].surface}». Nothing was changed."
        )
    return Clause("swap", verb, targets, (Assignment(field[0], surface),))


def _exchanged(reader: TokenReader, verb: str, target: NounPhrase, what: Assignment) -> Clause | None:
    """Parse `swap Product A's supplier with Global Parts Inc`, or with the value of another named item."""
    start = reader.at
    other = noun_phrase(reader, unknown=False)
    if other is not None and other.names and not other.condition:
        reader.accept("'s", "'")
        if (again := reader.field()) and again[0] == what.field:
            reader.at = again[1]
        known = longest(reader.lexicon.values, reader.tokens, start)
        if not (known and any(what.field.get(of) == field for of, field in known[0])) and target.names:
            return Clause("swap", verb, (target, other), (what,))
    reader.at = start
    raw = raw_text(reader, targeted=False)
    return Clause("set", verb, (target,), (attrs.evolve(what, raw=raw),)) if raw else None


def replacing(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `replace supplier Global Parts Inc with TechCorp Solutions`, `change the location from Hall 1 to Hall 2 for all items`."""
    if not kinds & {"replace", "swap", "set"}:
        return None
    replace = bool(kinds & {"replace", "swap"})
    reader.accept("the", "our", "every")
    start, field = reader.at, reader.field()
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if field is None or (name and name[1] >= field[1]):
        return None
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    reader.at = start if value and value[1] > field[1] else field[1]
    surface = reader.surface(start, field[1])
    if not reader.accept("from") and not replace:
        return None
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    old = {key: text for key, text in value[0].items() if field[0].get(key[0]) == key[1]} if value else {}
    if value is None or not old:
        return None
    old_at, reader.at = reader.at, value[1]
    old_surface = reader.surface(old_at)
    if not reader.accept(*(("with", "by", "to", "for", "→") if replace else ("to", "→", "into"))):
        return None
    if (again := reader.field()) and again[0] == field[0] and again[1] < len(reader.tokens):
        known = longest(reader.lexicon.values, reader.tokens, reader.at)
        reader.at = again[1] if not (known and known[1] > again[1]) else reader.at
    raw = raw_text(reader, targeted=False)
    if not raw:
        return None
    targets = noun_phrases(reader) if reader.accept("for", "of", "on", "in", "across", "at") else ()
    same = OneOf(old, f"{surface} {old_surface}")
    targets = tuple(attrs.evolve(one, condition=conjunction_of(one.condition, same)) for one in targets) or (
        NounPhrase(
            surface=f"{surface} {old_surface}",
            type=_usual_type(reader, old),
            everything=True,
            every=True,
            plural=True,
            condition=same,
        ),
    )
    return Clause("set", verb, targets, (Assignment(field[0], surface, raw=raw),))


def _usual_type(reader: TokenReader, values: Mapping[tuple[str, str], str]) -> str:
    """The type of the items when none is named: the inventory, if any of it has the value."""
    default = reader.lexicon.default_type
    return default if any(of == default for of, _ in values) else ""
