"""The parts of a question: noun phrases with what follows the verb, nouns for names, groups, and words that seem to filter."""

import re
from typing import Final

import attrs

from streamd.language._conditions import condition
from streamd.language._known_values import is_numeric
from streamd.language._lexicon import FieldWord, longest
from streamd.language._noun_phrases import noun_phrase
from streamd.language._predicates import OneOf, conjunction_of
from streamd.language._premodifiers import kind_of
from streamd.language._question import REORDERING, SORTING
from streamd.language._question_words import MEASURING
from streamd.language._superlatives import superlative
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase, UnclearValueError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import FUNCTION_WORDS, QUESTION_WORDS
from streamd.text.wordlist import words

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
_IS: Final = ("is", "are", "was", "were")
_BEING: Final = ("are", "is", "were", "that are", "which are", "that is", "that were", "being")
_LONGEST_PREDICATE: Final = 4
_ASKED: Final = re.compile(r"^(?:(?:which|what|who)\s+)+(?:are\s+|is\s+)?", re.IGNORECASE)
"""The interrogative at the beginning, which is no part of the noun phrase."""


def group_here(reader: TokenReader) -> tuple[FieldWord, str] | None:
    """Parse the groups that figures are asked for: `per supplier`, `by location`, `for each category`."""
    start = reader.at
    introduced = reader.accept(
        "per", "by", "for each", "for every", "in each", "at each", "from each", "of each", "for each of the"
    )
    asks_for_figures = bool(MEASURING & {token.norm for token in reader.tokens}) or bool(
        reader.lexicon.field("stock")
    )
    measured = {token.norm for token in reader.tokens[:start]} & SORTING
    field = (
        reader.field() if introduced and asks_for_figures and not (introduced == "by" and measured) else None
    )
    if field is None or is_numeric(reader, field[0]):
        reader.at = start
        return None
    reader.at = field[1]
    return field[0], reader.surface(start)


def valued_here(reader: TokenReader) -> NounPhrase | None:
    """Parse a value that stands for what has it: the `PPE` of `total stock for PPE`."""
    start = reader.at
    before = reader.tokens[start - 1].norm if start else ""
    known = (
        longest(reader.lexicon.values, reader.tokens, start)
        if before in ("", "of", "for", "about", "on", "and")
        else None
    )
    if known is None:
        return None
    reader.at = known[1]
    surface = reader.surface(start)
    return NounPhrase(surface=surface, condition=OneOf(known[0], surface), everything=True, plural=True)


def headed_here(reader: TokenReader) -> NounPhrase | None:
    """Parse a noun for what names are names of: the `gloves` that `Nitrile Gloves` and `Winter Gloves` are."""
    start = reader.at
    found = reader.lexicon.nouns.at(reader.tokens, start)
    if found is None:
        return None
    noun, reader.at = found
    surface = reader.surface(start)
    return NounPhrase(surface=surface, condition=kind_of(reader, noun, surface), everything=True, plural=True)


def noun_left_over(reader: TokenReader, one: NounPhrase) -> str:
    """Match a noun that means nothing here, after what seems to say which of it are meant: the `gadgets` of `low gadgets`."""
    token = reader.token()
    if one.type or one.names or one.condition is None or token is None or token.kind != "word":
        return ""
    known = token.norm in reader.known_words or token.norm in FUNCTION_WORDS or not token.norm.endswith("s")
    return "" if known else token.text


def phrase_here(reader: TokenReader) -> NounPhrase | None:
    start = reader.at
    try:
        one = noun_phrase(reader, unknown=False)
        if one is None and (of_them := _of_type(reader)) is not None:
            return of_them
        if one is None:
            being = start + (reader.word() in ("who", "what", "which"))
            named = reader.word(being - start) in _IS and longest(
                reader.lexicon.names, reader.tokens, being + 1
            )
            met = None if named else condition(reader)
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


def _of_type(reader: TokenReader) -> NounPhrase | None:
    """Parse what is measured: the `of PPE items` of `the average price of PPE items`."""
    start = reader.at
    one = noun_phrase(reader, unknown=False) if reader.accept("of", "for") else None
    if one is None or not one.type or one.names or one.condition is None:
        reader.at = start
        return None
    return one


def adjective(reader: TokenReader, start: int, end: int) -> str:
    """Words that seem to say which items of the type after them are meant; empty where these do not."""
    if not longest(reader.lexicon.types, reader.tokens, end):
        return ""
    first = end
    while first > start and (
        reader.tokens[first - 1].norm not in _NO_ADJECTIVES or _out_of(reader, first - 2)
    ):
        first -= 1
    return reader.surface(first, end)


def predicate(reader: TokenReader, one: NounPhrase) -> str:
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


def owner_next(reader: TokenReader, field: FieldWord) -> bool:
    """Whether the item named after `of` has the field itself: `the email of Global Parts Inc`, not of what it supplies."""
    value = longest(reader.lexicon.values, reader.tokens, reader.at + 1)
    declared = reader.lexicon.item_types.declared
    specs = [declared[of].fields.get(name) for of, name in value[0] if of in declared] if value else []
    return any(spec is not None and spec.refers_to != "" and spec.refers_to in field for spec in specs)


def field_of_named(reader: TokenReader) -> bool:
    """Whether a field with an article and an owner begins here: `the supplier of Product A`, `the stock and price of Product A`."""
    if reader.word() not in ("the", "its", "their"):
        return False
    at = reader.at + 1
    while (field := longest(reader.lexicon.fields, reader.tokens, at)) and field[1] < len(reader.tokens):
        following = reader.tokens[field[1]].norm
        if following in ("of", "for"):
            return longest(reader.lexicon.names, reader.tokens, field[1] + 1) is not None
        if following not in ("and", ","):
            return False
        at = field[1] + 1
    return False


def measured_field(reader: TokenReader, start: int, one: NounPhrase) -> tuple[FieldWord, int] | None:
    """The field that `the stock` is in `the stock of everything in Hall 1`; None where it is all there is of a type."""
    if (
        reader.tokens[start].norm not in ("the", "our", "its")
        or reader.word() not in ("of", "for")
        or not one.bare_of_conditions
    ):
        return None
    field = longest(reader.lexicon.fields, reader.tokens, start + 1)
    return field if field is not None and field[1] == reader.at else None


def field_rather(reader: TokenReader, end: int, start: int) -> bool:
    """Whether a word that is both, such as `supplier` or `stock`, is the field here: `the supplier of Product A`."""
    if longest(reader.lexicon.criteria, reader.tokens, start):
        return False
    following = reader.tokens[end].norm if end < len(reader.tokens) else ""
    if following in ("and", ",") and longest(reader.lexicon.fields, reader.tokens, end + 1):
        return longest(reader.lexicon.types, reader.tokens, end + 1) is None
    if following in ("of", "for", "level", "levels"):
        return following != "for" or "forecast" not in {token.norm for token in reader.tokens}
    return start > 0 and reader.tokens[start - 1].norm == "'s"


def with_more(reader: TokenReader, one: NounPhrase) -> NounPhrase:
    """Add the conditions after the verb of a question: `are in Warehouse A`, `cost more than 20`."""
    start = reader.at
    verb = reader.accept(*_BE)
    being = bool(verb) or one.surface.endswith((" is", " are"))
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
    if more is None or (
        one.superlative and verb in _IS
    ):  # `is the cheapest item low?`: not the cheapest low one
        reader.at = start
        return one
    return attrs.evolve(
        one,
        condition=conjunction_of(one.condition, more),
        surface=f"{one.surface} {reader.surface(start)}".strip(),
    )
