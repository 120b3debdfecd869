"""The front of a noun phrase: determiner, number, adjectives and the head noun, name or pronoun."""

from typing import Final

import attrs

from streamd.language._conditions import condition, condition_here
from streamd.language._item_names import known_name, named, unknown_name
from streamd.language._lexicon import TypeWord, longest
from streamd.language._negation import negation_of
from streamd.language._predicates import AnyOf, HeadedBy, MeetsCriterion, Predicate, conjunction_of
from streamd.language._premodifiers import (
    is_adjective,
    is_category,
    is_criterion,
    is_named_so,
    kind_of,
    owns,
    valued,
)
from streamd.language._quantities import Quantity, quantity
from streamd.language._superlatives import superlative, type_at
from streamd.language._syntax_tree import NameMention, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._type_nouns import typed_noun
from streamd.language._vocabulary import ALL_WORDS, DETERMINERS, EVERYTHING, EXTREMES, PRONOUNS
from streamd.text.connectives import EXCEPTING

_ONES: Final = (
    "those",
    "ones",
    "the ones",
    "one",
    "the one",
    "these",
    "that which",
    "what",
    "whatever",
    "the others",
    "stuff",
    "things",
    "thing",
    "that",
)


_BEING: Final = ("is", "are", "has", "have", "was", "were", "costs", "comes")
_THOSE: Final = ("those", "these")
_OWNING: Final = ("its", "their", "his", "her")
_NEGATIONS: Final = ("non", "not", "un")
_ALL_THOSE: Final = ("all of them", "all of those", "all of these", "all of it")
"""They mean what was named, and never everything there is."""


def head(reader: TokenReader, inherited: NounPhrase | None, *, unknown: bool) -> NounPhrase | None:
    """Parse a noun phrase up to its head noun, name or pronoun; None without one."""
    name = known_name(reader)
    every = everything = definite = owned = False
    count: Quantity | None = None
    if name is None:
        if reader.accept(*_ALL_THOSE):
            return NounPhrase(pronoun=True)
        if reader.accept(*EVERYTHING):
            everything = True
        pronoun = reader.accept(*PRONOUNS) if not everything else ""
        if pronoun and not _noun_here(reader):
            return NounPhrase(pronoun=True)
        if pronoun == "the same":  # as what?
            return None
        if reader.here("whatever", "whichever", "what") and reader.word(1) in _BEING and inherited is None:
            return _whatever(reader)
        if not everything and (whole := reader.accept(*ALL_WORDS)):
            every = True
            count = Quantity(2, reader.at) if whole.startswith("both") else None
        while not everything and (reader.word() in DETERMINERS or (reader.word() == "of" and every)):
            word = reader.word()
            if quantity(reader.tokens, reader.at) or known_name(reader):
                break
            if word in ("those", "these", "this", "that") and not _noun_here(reader, 1):
                reader.at += 1
                if condition_here(reader):
                    return NounPhrase(
                        every=True, definite=True, type=inherited.type if inherited else "", everything=True
                    )
                return NounPhrase(pronoun=True)
            definite = definite or word not in ("a", "an")
            owned = owned or word in _OWNING
            if word in ("a", "an"):
                count = Quantity(1, reader.at + 1)
            reader.at += 1
    built = NounPhrase(every=every, everything=everything, definite=definite)
    are_those = False
    if name is None and not everything:
        before = reader.word(-1) if reader.at else ""
        number = reader.quantity()
        are_those = number is not None and number.value > 1 and before in _THOSE
        if number and (number.money or number.percent or number.unit):
            return None
        count = number or count
        reader.accept("of the", "of our", "of my", "of these", "of those", "of them", "of") if number else ""
    built = attrs.evolve(built, count=count)
    found = _core(reader, built, inherited, unknown=unknown, are_those=are_those)
    return None if found and found.type and owned else found  # `its items`: whose?


def _whatever(reader: TokenReader) -> NounPhrase | None:
    """Parse `whatever is below its reorder point`."""
    start = reader.at
    reader.at += 1
    met = (
        condition(reader, relative=True)
        if not longest(reader.lexicon.names, reader.tokens, start + 2)
        else None
    )
    if met is None:
        reader.at = start
        return None
    return NounPhrase(every=True, everything=True, plural=True, condition=met)


def _noun_here(reader: TokenReader, ahead: int = 0) -> bool:
    """Whether a type, a criterion, a name or a number comes next."""
    at = reader.at + ahead
    tables = (
        reader.lexicon.types,
        reader.lexicon.criteria,
        reader.lexicon.names,
        reader.lexicon.values,
        EXTREMES,
    )
    return (
        any(longest(table, reader.tokens, at) for table in tables) or quantity(reader.tokens, at) is not None
    )


def _core(
    reader: TokenReader,
    built: NounPhrase,
    inherited: NounPhrase | None,
    *,
    unknown: bool,
    are_those: bool,
) -> NounPhrase | None:
    conditions: list[Predicate] = []
    either = False
    while True:
        reader.skip()
        start = reader.at
        typed = longest(reader.lexicon.types, reader.tokens, start)
        criterion = longest(reader.lexicon.criteria, reader.tokens, start)
        value = longest(reader.lexicon.values, reader.tokens, start)
        name = known_name(reader)
        if built.superlative is None and (found := superlative(reader, built)):
            built = attrs.evolve(built, superlative=found, definite=True)
            continue
        if name and _name_wins(reader, name, typed, criterion, value, built):
            built = named(reader, built)
            break
        if (
            value
            and not is_named_so(reader, criterion, value[1])
            and not is_criterion(reader, criterion, value)
            and is_adjective(reader, value[1])
            and (not typed or value[1] > typed[1])
        ):
            conditions.append(valued(reader, value))
            continue
        negated = "" if criterion else reader.accept(*_NEGATIONS, "non -")
        criterion = criterion or (
            longest(reader.lexicon.criteria, reader.tokens, reader.at) if negated else None
        )
        if criterion and (
            not typed or criterion[1] > typed[1] or (criterion[1] == typed[1] and type_at(reader, typed[1]))
        ):
            reader.at = criterion[1]
            met: Predicate = MeetsCriterion(criterion[0], reader.surface(start))
            conditions.append(negation_of(met) if negated else met)
            either = _coordinated(reader) or either
            continue
        reader.at = start
        if typed:
            built = typed_noun(reader, built, typed)
            break
        if (built.definite or built.every) and reader.accept("other", "remaining"):
            built = attrs.evolve(built, others=True)
            continue
        if value and built.every and is_category(reader, value[0]):
            conditions.append(valued(reader, value))
            built = attrs.evolve(built, plural=True)
            break
        if conditions or built.superlative or built.everything or built.every:
            determined = _determined(reader, built, inherited, described=bool(conditions))
            if determined is None:
                return None
            built = determined
            break
        if pronominal := _ones(reader, built, inherited):
            built = pronominal
            break
        if are_those:
            return attrs.evolve(built, pronoun=True, plural=True)
        if inherited and reader.word(-1) != "," and (met_here := condition(reader)):
            return attrs.evolve(built, condition=met_here, type=inherited.type, everything=True, every=True)
        if not unknown or (built.count and not built.definite and built.count.value != 1):
            return None
        return unknown_name(reader, built)
    joined: Predicate | None = (
        AnyOf(tuple(conditions)) if either and len(conditions) > 1 else conjunction_of(*conditions)
    )
    return attrs.evolve(built, condition=conjunction_of(joined, built.condition))


def _determined(
    reader: TokenReader, built: NounPhrase, inherited: NounPhrase | None, *, described: bool
) -> NounPhrase | None:
    """Parse what follows determiners and adjectives where no type or name does: `gloves`, `ones in Hall 1`, or nothing."""
    if (built.every or built.superlative) and (headed := _headed(reader)):
        return attrs.evolve(built, everything=built.every, plural=True, condition=headed)
    built = _headless(reader, built, inherited)
    if built.type or described or built.superlative or built.everything:
        return built
    if condition_here(reader) or (built.every and reader.here("but", *EXCEPTING)):
        return attrs.evolve(built, everything=True)
    return None


def _headed(reader: TokenReader) -> HeadedBy | None:
    """Parse a noun for what names are names of: the `gloves` of `all gloves`."""
    start, found = reader.at, reader.lexicon.nouns.at(reader.tokens, reader.at)
    if found is None:
        return None
    noun, reader.at = found
    return kind_of(reader, noun, reader.surface(start))


def _ones(reader: TokenReader, built: NounPhrase, inherited: NounPhrase | None) -> NounPhrase | None:
    """Parse a pronominal head with a condition: `those in Warehouse A`, `the one with the lowest price`."""
    start = reader.at
    ones = reader.accept(*_ONES)
    if not ones or not (condition_here(reader) or inherited):
        reader.at = start
        return None
    kind = inherited.type if inherited else ""
    if ones in ("one", "the one", "thing", "that"):
        return attrs.evolve(built, type=kind, count=Quantity(1, reader.at))
    return attrs.evolve(built, everything=True, type=kind, every=True)


def _name_wins(
    reader: TokenReader,
    name: tuple[NameMention, int],
    typed: tuple[TypeWord, int] | None,
    criterion: tuple[object, int] | None,
    value: tuple[object, int] | None,
    built: NounPhrase,
) -> bool:
    end = name[1]
    if name[0].quoted:
        return True
    if any(other and other[1] > end for other in (typed, criterion, value)):
        return False
    if value and value[1] == end and (type_at(reader, end) or owns(reader, end)):
        return False
    tied = any(other and other[1] == end for other in (typed, criterion))
    return not (tied and (built.every or built.count or built.definite or type_at(reader, end)))


def _coordinated(reader: TokenReader) -> bool:
    """Parse `and`, `or` or a comma between two adjectives, which then select items of either kind."""
    start = reader.at
    joined = reader.accept(
        "and",
        "or",
        ",",
        ", and",
        "and/or",
        "and / or",
        "/",
        "&",
        "and all",
        ", or",
        "and the",
        "and every",
        "or the",
    )
    criterion = longest(reader.lexicon.criteria, reader.tokens, reader.at)
    if joined and criterion and (type_at(reader, criterion[1]) or joined in ("or", ",")):
        return True
    reader.at = start
    return False


def _headless(reader: TokenReader, built: NounPhrase, inherited: NounPhrase | None) -> NounPhrase:
    reader.accept("ones", "one", "of them", "stuff", "things", "thing")
    if inherited and not built.type:
        return attrs.evolve(built, type=inherited.type)
    return built
