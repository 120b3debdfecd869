"""The grammar of orders: a verb, what it is done to, and to which effect."""

from collections.abc import Callable
from typing import Final

import attrs

from streamd.core.language.additions import addition
from streamd.core.language.assignments import numeric
from streamd.core.language.changes import change
from streamd.core.language.lexicon import longest
from streamd.core.language.nouns import phrase, phrases
from streamd.core.language.numbers import Quantity
from streamd.core.language.phrases import Assignment, Clause, NotUnderstoodError, Phrase
from streamd.core.language.reader import Reader
from streamd.core.language.replacements import copying, replacing, swapping
from streamd.core.language.texts import raw_text
from streamd.core.language.tokens import key_of
from streamd.core.language.unit_movements import counted_units, moving_units
from streamd.core.language.verbs import CHANGING, VerbKind
from streamd.core.language.vocabulary import STOPS

_TO: Final = ("to", "=", ":", "into", "as", "at", "be", "is", "equal to", "to be", "become", "equals", "should be", "so it is",
              "to exactly", "with", "back to", "up to", "down to", "->", "- >", "→", "over to", "on")  # fmt: skip
_ENDS: Final = STOPS | {
    ",",
    "and",
    "then",
    "but",
    "&",
    "plus",
    "-",
    "\u2013",
    "—",
    "while",
    "so",
    "also",
    "because",
    "since",
    "cause",
}
_NO_ITEMS: Final = (
    "nothing",
    "no items",
    "no item",
    "none of them",
    "no products",
    "nothing at all",
    "no suppliers",
)
_WEAK: Final = frozenset(
    ["make", "put", "include", "log", "file", "record", "enter", "generate", "use", "build", "onboard"]
)


_WIPING: Final = frozenset({"wipe", "wipe out", "clear", "clear out", "clean out", "nuke"})
_LISTS: Final = (
    "list",
    "canvas",
    "board",
    "workspace",
    "database",
    "table",
    "store",
    "page",
    "screen",
    "system",
    "stock list",
)
_OFF_WHAT: Final = tuple(f"{whose} {where}" for whose in ("the", "our", "my", "this") for where in (*_LISTS, "books", "inventory"))
_ALL_OF_WHAT: Final = (
    "What shall be removed? Say «remove all inventory items» for the inventory, «remove everything» for all items of every type "
    "(«{verb}» alone does not tell). Nothing was changed."
)


@attrs.frozen
class Before:
    """The order before, which one without a verb goes on: `set the stock of A to 5 and of B to 6`."""

    verb: str
    kinds: frozenset[VerbKind]
    assignment: Assignment | None = None


Reading = Callable[[Reader, str, frozenset[VerbKind]], Clause | None]


def order(reader: Reader, said_before: "Before | None" = None) -> Clause | None:
    """One order, or nothing when no verb stands here. Raises when the verb is one that changes but the rest is not clear.

    `said_before`: the verb of the order before, when this one goes on without: `set A to 5 and B to 6`.
    """
    found = reader.verb()
    if found is None and said_before is None:
        return None
    if found is not None:
        verb, kinds, length = found
        reader.at += length
    else:
        assert said_before is not None
        verb, kinds = said_before.verb, said_before.kinds
    carried = said_before.assignment if said_before and found is None else None
    reader.weak_verb = verb in _WEAK
    start, notes = reader.at, len(reader.notes)
    failure: NotUnderstoodError | None = None
    furthest = start
    if not kinds & CHANGING:
        return None
    if reader.accept(*_NO_ITEMS) and (reader.sentence_ended or reader.word() in _ENDS):
        return Clause("keep", verb)
    for reading in _READINGS:
        reader.at = start
        del reader.notes[notes:]
        try:
            clause = (
                change(reader, verb, kinds, carried) if reading is _changing else reading(reader, verb, kinds)
            )
        except NotUnderstoodError as error:
            failure = failure or error
            continue
        if clause is None:
            furthest = max(furthest, reader.at)
            continue
        reader.skip()
        if reader.ended or reader.word() in _ENDS:
            return clause
        furthest = max(furthest, reader.at)
    if failure is not None:
        raise failure
    reader.at = furthest
    raise reader.refuse()


def _clearing(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """`clear the supplier of Product A`, `remove the location from Product B`, `unset Product C's category`."""
    if "clear" not in kinds:
        return None
    start = reader.at
    reader.accept("the", "its", "their", "any", "all")
    pronoun = reader.tokens[reader.at - 1].norm in ("its", "their") and reader.at > start
    field = reader.field()
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    said = ""
    if field and not (name and name[1] >= field[1]):
        word, end = field
        typed = longest(reader.lexicon.types, reader.tokens, reader.at)
        said, reader.at = reader.said(reader.at, end), end
        reader.accept("field", "value", "fields")
        if pronoun:
            return Clause("clear", verb, (Phrase(pronoun=True),), (Assignment(word, said, unset=True),))
        joined = reader.accept("of", "from", "for", "on")
        targets = phrases(reader) if joined else ()
        if targets and verb in ("empty", "zero out", "zero") and numeric(reader, word):
            return Clause("set", verb, targets, (Assignment(word, said, number=Quantity(0.0, reader.at)),))
        if targets and joined != "from" and typed and typed[1] >= end and "remove" in kinds:
            raise NotUnderstoodError(
                f"«{verb} {reader.said(start)}» can mean two things: say «clear {reader.said(start)}» to empty the "
                f"field, or name the {typed[0].type} to remove. Nothing was changed."
            )
        plain = all(
            one.names or one.pronoun or verb in ("clear", "unset", "blank", "empty", "reset")
            for one in targets
        )
        if targets and verb not in ("zero out", "zero") and (plain or not typed):
            return Clause("clear", verb, targets, (Assignment(word, said, unset=True),))
        return None
    reader.at = start
    _all_of_what(reader, verb)
    targets = phrases(reader)
    if verb == "clear" and targets and all(
        _whole(one).every or one.everything or (one.plural and one.condition and not one.names)
        for one in targets
    ):
        return Clause("remove", verb, tuple(_whole(one) for one in targets))
    if targets and reader.accept("'s", "'"):
        field = reader.field()
        if field:
            said, reader.at = reader.said(reader.at, field[1]), field[1]
            return Clause("clear", verb, targets, (Assignment(field[0], said, unset=True),))
    return None


def _all_of_what(reader: Reader, verb: str) -> None:
    """Refuse `remove all` and `empty the list`, which do not say what, with what to say instead."""
    start = reader.at
    while reader.accept("the", "my", "our", "this", "whole", "entire", "all of the"):
        pass
    what = reader.accept("all", "all of it", "it all", "every", *_LISTS)
    if what and (reader.sentence_ended or reader.word() in _ENDS):
        raise NotUnderstoodError(_ALL_OF_WHAT.format(verb=verb))
    reader.at = start


def _whole(target: Phrase) -> Phrase:
    """`the inventory` after a verb that empties: all of it."""
    whole = (
        target.bare
        and target.plural
        and not target.count
        and key_of(target.said).split(" ")[-1] == target.type
    )
    return attrs.evolve(target, every=True) if whole else target


def _keeping(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    if "keep" not in kinds:
        return None
    targets = phrases(reader)
    reader.accept(
        "alone",
        "as is",
        "as it is",
        "as they are",
        "untouched",
        "in place",
        "unchanged",
        "there",
        "out of it",
        "out of this",
    )
    return Clause("keep", verb, targets) if targets else None


def _renaming(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    start = reader.at
    named = bool(reader.accept("the name of", "name of", "the title of"))
    if not named and "rename" not in kinds and "set" not in kinds:
        return None
    target = phrase(reader)
    if target is None:
        return None
    if not named:
        reader.accept("'s", "'")
        named = bool(reader.accept("name", "the name"))
    if not named and "rename" not in kinds:
        reader.at = start
        return None
    joined = reader.accept("to", "as", "into", "to be", "=", ":", "->", "- >", "→", "to read")
    if (
        not joined
        and verb != "call"
        and (reader.token() is None or reader.tokens[reader.at].kind != "quoted")
    ):
        return None
    name = raw_text(reader)
    return Clause("rename", verb, (target,), name=name) if name else None


def _changing(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    return change(reader, verb, kinds)


def _appointing(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """`make TechCorp Solutions the supplier of Product C`, `use TechCorp Solutions as supplier for Product C`."""
    if "set" not in kinds and verb != "use":
        return None
    start = reader.at
    found = longest(reader.lexicon.names, reader.tokens, start)
    if found is None:
        return None
    reader.at = found[1]
    name = reader.said(start)
    if not reader.accept("the", "as the", "as", "our", "as our", "to be the"):
        return None
    field = reader.field()
    if field is None:
        return None
    said, reader.at = reader.said(reader.at, field[1]), field[1]
    targets = phrases(reader) if reader.accept("of", "for") else ()
    return Clause("set", verb, targets, (Assignment(field[0], said, raw=name),)) if targets else None


def _removing(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    if "remove" not in kinds:
        return None
    _all_of_what(reader, verb)
    if verb == "take off":
        reader.accept(*_OFF_WHAT)
    targets = phrases(reader)
    if verb in _WIPING:
        targets = tuple(_whole(one) for one in targets)
    reader.skip()
    away = reader.accept("out", "off", "away") if targets else ""
    if verb in ("take", "throw", "kick") and not away:
        return None
    if away in ("off", "out"):
        reader.accept("of") if away == "out" and reader.word(1) in ("the", "our", "my") else ""
        reader.accept(*_OFF_WHAT)
    reader.accept("altogether", "from existence") if targets else ""
    return Clause("remove", verb, targets) if targets else None


def _adding(reader: Reader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    if "add" not in kinds:
        return None
    new = addition(reader)
    return Clause("add", verb, new=new) if new else None


_READINGS: Final[tuple[Reading, ...]] = (
    _keeping, copying, swapping, replacing, counted_units, moving_units, _clearing, _renaming, _appointing, _changing, _removing, _adding,
)  # fmt: skip
