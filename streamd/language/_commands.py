"""The grammar of commands: an imperative, its objects and their new values."""

from collections.abc import Callable
from typing import Final

from streamd.facts import frozen
from streamd.language._additions import addition
from streamd.language._changes import change
from streamd.language._imperatives import CHANGING, VerbKind
from streamd.language._lexicon import longest
from streamd.language._noun_phrases import noun_phrase, noun_phrases
from streamd.language._removals import clearing, removing
from streamd.language._replacements import copying, replacing, swapping
from streamd.language._stock_movements import counted_units, moving_units
from streamd.language._syntax_tree import Assignment, Clause, NotUnderstoodError
from streamd.language._text_spans import raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._unknown_values import unknown_value
from streamd.language._vocabulary import ENDS

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


@frozen
class PreviousCommand:
    """The previous command, which a clause without a verb continues: `set the stock of A to 5 and of B to 6`."""

    verb: str
    kinds: frozenset[VerbKind]
    assignment: Assignment | None = None


CommandRule = Callable[[TokenReader, str, frozenset[VerbKind]], Clause | None]


def order(reader: TokenReader, previous: "PreviousCommand | None" = None) -> Clause | None:
    """Parse one command; None without a verb. Raises when the verb changes items but the rest is not understood.

    `previous`: the command that a clause without a verb continues: `set A to 5 and B to 6`.
    """
    found = reader.verb()
    if found is None and previous is None:
        return None
    if found is not None:
        verb, kinds, length = found
        reader.at += length
    else:
        assert previous is not None
        verb, kinds = previous.verb, previous.kinds
    carried = previous.assignment if previous and found is None else None
    reader.weak_verb = verb in _WEAK
    start, notes = reader.at, len(reader.notes)
    failure: NotUnderstoodError | None = None
    furthest = start
    if not kinds & CHANGING:
        return None
    if reader.accept(*_NO_ITEMS) and (reader.sentence_ended or reader.word() in ENDS):
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
        if reader.ended or reader.word() in ENDS:
            return clause
        furthest = max(furthest, reader.at)
    if failure is not None:
        raise failure
    reader.at = furthest
    raise unknown_value(reader) or reader.refuse()


def _keeping(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    if "keep" not in kinds:
        return None
    targets = noun_phrases(reader)
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


def _renaming(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    start = reader.at
    named = bool(reader.accept("the name of", "name of", "the title of"))
    if not named and "rename" not in kinds and "set" not in kinds:
        return None
    target = noun_phrase(reader)
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


def _changing(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    return change(reader, verb, kinds)


def _appointing(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `make TechCorp Solutions the supplier of Product C`, `use TechCorp Solutions as supplier for Product C`."""
    if "set" not in kinds and verb != "use":
        return None
    start = reader.at
    found = longest(reader.lexicon.names, reader.tokens, start)
    if found is None:
        return None
    reader.at = found[1]
    name = reader.surface(start)
    if not reader.accept("the", "as the", "as", "our", "as our", "to be the"):
        return None
    field = reader.field()
    if field is None:
        return None
    surface, reader.at = reader.surface(reader.at, field[1]), field[1]
    targets = noun_phrases(reader) if reader.accept("of", "for") else ()
    return Clause("set", verb, targets, (Assignment(field[0], surface, raw=name),)) if targets else None


def _adding(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    if "add" not in kinds:
        return None
    new = addition(reader)
    return Clause("add", verb, new=new) if new else None


_READINGS: Final[tuple[CommandRule, ...]] = (
    _keeping, copying, swapping, replacing, counted_units, moving_units, clearing, _renaming, _appointing, _changing, removing, _adding,
)  # fmt: skip
