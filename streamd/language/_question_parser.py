"""Parses questions leniently, as they change nothing: the measure, the fields and the items."""

import re
from collections.abc import Container
from typing import Final

import attrs

from streamd.language._conditions import condition
from streamd.language._lexicon import FieldWord, longest
from streamd.language._noun_phrases import noun_phrase, of_every_type
from streamd.language._quantities import quantity
from streamd.language._references import SOURCE
from streamd.language._superlatives import superlative
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase, UnclearValueError, conjunction_of
from streamd.language._token_reader import TokenReader
from streamd.language._typed_conditions import filter_here
from streamd.language._vocabulary import FUNCTION_WORDS, QUESTION_WORDS
from streamd.text.wordlist import words

REORDERING: Final = words("reorder restock restocking replenish replenishing critical reordered restocked")
"""Words that ask for what is to be ordered."""
_MOST_PHRASES: Final = 24
_NO_ADJECTIVES: Final = (
    (FUNCTION_WORDS - {"out"})
    | QUESTION_WORDS
    | words(
        "total overall average mean median number count sum amount value list name names show tell give many much please"
    )
    | REORDERING
)
"""Words before a type of items that do not say which of them are meant."""
_BE: Final = (
    "are",
    "is",
    "were",
    "was",
    "do we have",
    "there",
    "do i have",
    "have we",
    "we have",
    "have",
    "has",
    "do you have",
    "have i",
)
_BEING: Final = ("are", "is", "were", "that are", "which are", "that is", "that were", "being")
_LONGEST_PREDICATE: Final = 4
_ASKED: Final = re.compile(r"^(?:(?:which|what|who)\s+)+(?:are\s+|is\s+)?", re.IGNORECASE)
"""The interrogative at the beginning, which is no part of the noun phrase."""
_POSSIBLE: Final = tuple(
    f"{being} {able} to"
    for being in ("is it", "is it still", "would it be", "will it be", "isn't it", "was it")
    for able in (
        "possible",
        "ok",
        "okay",
        "fine",
        "allowed",
        "safe",
        "wise",
        "good",
        "best",
        "better",
        "time",
    )
)
"""Beginnings with an `it` that refers to what follows."""


@attrs.frozen
class Question:
    """The parts of a question that were recognised."""

    words: frozenset[str]
    text: str
    phrases: tuple[NounPhrase, ...] = ()
    fields: tuple[tuple[FieldWord, str], ...] = ()
    unknown: tuple[str, ...] = ()
    """Capitalised or quoted words without meaning here: names of items that do not exist."""
    ignored: tuple[str, ...] = ()
    """Filters that were not understood: `over 10000` of items without such a number."""
    known_words: Container[str] = frozenset()
    """All words of the grammar and the lexicon."""


def question(reader: TokenReader) -> Question:
    """Parse all tokens and keep the parts that are recognised."""
    found: list[NounPhrase] = []
    fields: list[tuple[FieldWord, str]] = []
    unknown: list[str] = []
    ignored: list[str] = []
    words = frozenset(token.norm for token in reader.tokens)
    reader.accept(*_POSSIBLE)
    passed_over = 0  # words right before the current one that mean nothing here
    while not reader.ended and len(found) < _MOST_PHRASES:
        if reader.accept("how many", "how much", "how many units", "how many pieces", "how much of"):
            continue
        if reader.word() in ("which", "what") and quantity(reader.tokens, reader.at + 1):
            reader.at += 1  # `which three products`: it asks, and begins no relative clause
        if _field_of_named(reader):
            reader.at += 1
        start = reader.at
        field = reader.field()
        name = longest(reader.lexicon.names, reader.tokens, reader.at)
        one = _phrase(reader)
        long_field = field is not None and not (name and name[1] >= field[1])
        if one is not None and not (long_field and field and _field_rather(reader, field[1], start)):
            if (
                passed_over
                and not one.names
                and (adjective := _adjective(reader, start - passed_over, start))
            ):
                ignored.append(adjective)
            passed_over = 0
            found.append(of_every_type(reader, _more(reader, one)))
            if (noun := _noun_left_over(reader, found[-1])) != "":
                ignored.append(noun)
            if not found[-1].names and (adjective := _predicate(reader, found[-1])):
                ignored.append(adjective)
            continue
        reader.at = start
        if field is not None and long_field:
            fields.append((field[0], reader.surface(start, field[1])))
            reader.at = field[1]
            passed_over += field[1] - start if passed_over else 0
            if reader.word() in ("of", "for") and _owner_next(reader, field[0]):
                reader.at += 1
            continue
        if found and not found[-1].names and (filtering := filter_here(reader) or _origin_here(reader)):
            ignored.append(filtering)
        token = reader.tokens[start]
        if token.kind == "quoted" or (
            start > 0 and token.text[:1].isupper() and token.norm not in reader.known_words
        ):
            unknown.append(token.text)
        reader.at = start + 1
        passed_over += 1
    return Question(
        words, reader.text, tuple(found), tuple(fields), tuple(unknown), tuple(ignored), reader.known_words
    )


def _noun_left_over(reader: TokenReader, one: NounPhrase) -> str:
    """Match a noun that means nothing here, after what seems to say which of it are meant: the `gadgets` of `low gadgets`."""
    token = reader.token()
    if one.type or one.names or one.condition is None or token is None or token.kind != "word":
        return ""
    known = token.norm in reader.known_words or token.norm in FUNCTION_WORDS or not token.norm.endswith("s")
    return "" if known else token.text


def _origin_here(reader: TokenReader) -> str:
    """Match an origin that no item here has: `from Zorro`; empty without one."""
    start = reader.at
    found = reader.accept(*SOURCE)
    token = reader.token() if found else None
    is_name = token is not None and token.text[:1].isupper() and token.norm not in reader.known_words
    surface = reader.surface(start, reader.at + 1) if is_name else ""
    reader.at = start
    return surface


def _phrase(reader: TokenReader) -> NounPhrase | None:
    start = reader.at
    try:
        one = noun_phrase(reader, unknown=False)
        if one is None:
            met = condition(reader)
            surface = _ASKED.sub("", reader.surface(start))
            surface = surface[3:] if surface.startswith("of ") else f"all items {surface}" if surface else ""
            return NounPhrase(surface, condition=met, everything=True, plural=True) if met else None
    except UnclearValueError:
        raise
    except NotUnderstoodError:
        return None
    if one.pronoun and not one.condition and one.surface.split(" ")[0] in ("that", "this", "those", "these"):
        return None
    return one


def _adjective(reader: TokenReader, start: int, end: int) -> str:
    """Words that seem to say which items of the type after them are meant; empty where these do not."""
    if not longest(reader.lexicon.types, reader.tokens, end):
        return ""
    first = end
    while first > start and (
        reader.tokens[first - 1].norm not in _NO_ADJECTIVES or _out_of(reader, first - 2)
    ):
        first -= 1
    return reader.surface(first, end)


def _predicate(reader: TokenReader, one: NounPhrase) -> str:
    """Words after the verb that seem to say which items are meant: `are urgent`; empty where there are none."""
    start = reader.at
    being = bool(reader.accept(*_BEING)) or one.surface.endswith((" is", " are"))
    first = reader.at
    rest = [token.norm for token in reader.tokens[first:] if token.norm != "?"]
    reader.at = start
    if not being or not rest or rest[0] in _NO_ADJECTIVES or len(rest) > _LONGEST_PREDICATE:
        return ""
    lexicon = reader.lexicon
    known = (lexicon.types, lexicon.fields, lexicon.names, lexicon.values, lexicon.criteria)
    if any(longest(table, reader.tokens, first) for table in known):
        return ""
    return reader.surface(first, len(reader.tokens)).rstrip("?").strip()


def _out_of(reader: TokenReader, at: int) -> bool:
    return at >= 0 and [token.norm for token in reader.tokens[at : at + 2]] == ["out", "of"]


def _owner_next(reader: TokenReader, field: FieldWord) -> bool:
    """Whether the item named after `of` has the field itself: `the email of Global Parts Inc`, not of what it supplies."""
    value = longest(reader.lexicon.values, reader.tokens, reader.at + 1)
    declared = reader.lexicon.item_types.declared
    specs = [declared[of].fields.get(name) for of, name in value[0] if of in declared] if value else []
    return any(spec is not None and spec.refers_to != "" and spec.refers_to in field for spec in specs)


def _field_of_named(reader: TokenReader) -> bool:
    """Whether a field with an article and an owner begins here: `the supplier of Product A`."""
    if reader.word() not in ("the", "its", "their"):
        return False
    field = longest(reader.lexicon.fields, reader.tokens, reader.at + 1)
    if field is None or field[1] >= len(reader.tokens) or reader.tokens[field[1]].norm not in ("of", "for"):
        return False
    return longest(reader.lexicon.names, reader.tokens, field[1] + 1) is not None


def _field_rather(reader: TokenReader, end: int, start: int) -> bool:
    """Whether a word that is both, such as `supplier` or `stock`, is the field here: `the supplier of Product A`."""
    if longest(reader.lexicon.criteria, reader.tokens, start):
        return False
    following = reader.tokens[end].norm if end < len(reader.tokens) else ""
    if following in ("of", "for", "level", "levels"):
        return following != "for" or "forecast" not in {token.norm for token in reader.tokens}
    return start > 0 and reader.tokens[start - 1].norm == "'s"


def _more(reader: TokenReader, one: NounPhrase) -> NounPhrase:
    """Add the conditions after the verb of a question: `are in Warehouse A`, `cost more than 20`."""
    start = reader.at
    being = bool(reader.accept(*_BE)) or one.surface.endswith((" is", " are"))
    reader.accept(*_BE)
    middle = reader.at
    reader.accept("the", "our")
    extreme = superlative(reader, one) if being and one.superlative is None and one.type else None
    if extreme is not None:
        of_them = conjunction_of(one.condition, condition(reader))
        surface = f"{one.surface} {reader.surface(start)}".strip()
        return attrs.evolve(one, superlative=extreme, condition=of_them, surface=surface)
    reader.at = middle
    try:
        more = condition(reader, relative=True)
    except UnclearValueError:
        raise
    except NotUnderstoodError:
        more = None
    if more is None:
        reader.at = start
        return one
    return attrs.evolve(
        one,
        condition=conjunction_of(one.condition, more),
        surface=f"{one.surface} {reader.surface(start)}".strip(),
    )
