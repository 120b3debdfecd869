"""The grammar of noun phrases: `all low stock items in Warehouse A except Product A`, `the 3 cheapest suppliers`, `it`."""

from typing import Final

import attrs

from streamd.language._conditions import condition, condition_here
from streamd.language._item_names import NAMED, named, sharing_first_words
from streamd.language._lexicon import longest
from streamd.language._noun_phrase_heads import head
from streamd.language._predicates import OneOf, Predicate, conjunction_of
from streamd.language._premodifiers import is_adjective, kind_of
from streamd.language._superlatives import superlative_after
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._type_criteria import criteria_in
from streamd.language._typed_conditions import by_type
from streamd.language._vocabulary import EXCEPT

_DEEPEST: Final = 6


def noun_phrases(reader: TokenReader) -> tuple[NounPhrase, ...]:
    """Parse noun phrases joined by commas and `and`; an empty tuple without one."""
    first = noun_phrase(reader)
    if first is None:
        return ()
    found = [first]
    while True:
        start = reader.at
        reader.skip()
        joined = reader.accept(",", "and", ", and", "as well as", "plus", "and also", "&", "along with", "together with", ", as well as",
                               "/")  # fmt: skip
        if not joined or _verb_follows(reader) or reader.accept("not", "don't", "do not", "keep", "never"):
            reader.at = start
            break
        following = sharing_first_words(reader, found[-1]) or noun_phrase(reader, inherited=found[-1])
        if following is None:
            reader.at = start
            break
        if found[0].every and following.bare and following.plural and following.count is None:
            following = attrs.evolve(following, every=True)
        found.append(following)
    return tuple(found)


def _verb_follows(reader: TokenReader) -> bool:
    start = reader.at
    reader.skip()
    found = reader.verb() is not None and longest(reader.lexicon.names, reader.tokens, reader.at) is None
    reader.at = start
    return found


def noun_phrase(
    reader: TokenReader, *, inherited: NounPhrase | None = None, unknown: bool = True
) -> NounPhrase | None:
    """Parse one noun phrase; None without one. `unknown`: whether unexplained words may be a name to look up."""
    start = reader.at
    if reader.depth >= _DEEPEST:
        raise NotUnderstoodError("That is nested too deeply; please say it in parts. Nothing was changed.")
    reader.depth += 1
    try:
        reader.skip()
        found = head(reader, inherited, unknown=unknown)
        if found is None:
            reader.at = start
            return None
        found = _postmodified(reader, found)
    finally:
        reader.depth -= 1
    return of_every_type(reader, attrs.evolve(found, surface=reader.surface(start).strip()))


def of_every_type(reader: TokenReader, found: NounPhrase) -> NounPhrase:
    """Make `low items` mean those of every type that declares the criterion, where no type is called item."""
    has_own_word = any("item" in declared.aliases for declared in reader.lexicon.item_types)
    if not found.generic or has_own_word or not any(criteria_in(found.condition)):
        return found
    return attrs.evolve(found, type="", generic=False)


def _postmodified(reader: TokenReader, found: NounPhrase) -> NounPhrase:
    """Parse the conditions, superlatives and exceptions after the head, in any order."""
    conditions: list[Predicate] = [found.condition] if found.condition else []
    excluded: list[NounPhrase] = []
    while True:
        start = reader.at
        reader.skip()
        if found.superlative is None and (extreme := superlative_after(reader, found)):
            found = attrs.evolve(found, superlative=extreme)
            continue
        introduced = reader.accept(*NAMED) if not found.names and not found.everything else ""
        if introduced and introduced != "number":
            reader.accept(":")
            found = named(reader, found, many=found.plural)
            continue
        if introduced:
            reader.at = start
        comma = reader.accept(",")
        if (introduced := reader.accept(*EXCEPT)) and not (introduced == "but" and _verb_follows(reader)):
            at = reader.at
            reader.accept("for", "in", "keep") if not condition_here(reader) else ""
            left_out = excluded_after(reader, found)
            if left_out:
                nearest = left_out[-1].condition if left_out[-1].names else None
                if nearest is not None and not conditions:
                    raise _unclear(nearest, left_out[-1])
                excluded.extend(left_out)
                reader.accept("alone", "as is", "as it is", "untouched", "in place")
                continue
            reader.at = at
        reader.at = start
        if found.pronoun and not found.every:
            break
        if comma and reader.tokens[min(start + 1, len(reader.tokens) - 1)].norm not in (
            "which",
            "that",
            "not",
            "with",
        ):
            break
        if reader.word() in reader.stop_words or (
            found.names
            and reader.stop_words_after_name
            and (reader.word() in reader.stop_words_after_name or reader.field())
        ):
            break
        reader.accept(",") if comma else ""
        if not (more := condition(reader) or by_type(reader, found)):
            reader.at = start
            break
        if excluded and not comma and not excluded[-1].names:
            raise _unclear(more, excluded[-1])
        conditions.append(more)
    return attrs.evolve(found, condition=conjunction_of(*conditions), excluded=tuple(excluded))


def _unclear(met: Predicate, left_out: NounPhrase) -> NotUnderstoodError:
    """The refusal of `everything except gloves in Zone A`, where either can be in Zone A."""
    return NotUnderstoodError(
        f"«{met.surface}» with «{left_out.surface}» can be said of either: say it before the exception. Nothing was changed."
    )


def _valued_alone(reader: TokenReader, found: NounPhrase) -> NounPhrase | None:
    """Parse a value that stands for what has it: the `PPE` of `all items except PPE`."""
    start = reader.at
    value = longest(reader.lexicon.values, reader.tokens, start)
    name = longest(reader.lexicon.names, reader.tokens, start)
    if value is None or (name and name[1] >= value[1]) or is_adjective(reader, value[1]):
        return None
    reader.at = value[1]
    surface = reader.surface(start)
    return NounPhrase(
        surface=surface, type=found.type, everything=True, every=True, condition=OneOf(value[0], surface)
    )


def _headed_alone(reader: TokenReader, found: NounPhrase) -> NounPhrase | None:
    """Parse a noun for what names are names of: the `gloves` of `all items except gloves`."""
    start = reader.at
    reader.accept("the", "our", "all", "any")
    headed = reader.lexicon.nouns.at(reader.tokens, reader.at)
    if headed is None or longest(reader.lexicon.names, reader.tokens, reader.at):
        reader.at = start
        return None
    noun, reader.at = headed
    surface = reader.surface(start)
    return NounPhrase(
        surface=surface,
        type=found.type,
        everything=True,
        every=True,
        condition=kind_of(reader, noun, surface),
    )


def excluded_after(reader: TokenReader, found: NounPhrase) -> tuple[NounPhrase, ...]:
    """Parse what an exception leaves out, joined by commas and `and`; an empty tuple without anything."""
    listed: list[NounPhrase] = []
    before = reader.at
    while (one := _left_out(reader, found)) is not None:
        listed.append(one)
        before = reader.at
        joined = reader.accept("and", ",", ", and", "or", "nor", "&")
        if not joined or _verb_follows(reader) or (joined == "," and condition_here(reader)):
            break
    reader.at = before
    return tuple(listed)


def _left_out(reader: TokenReader, found: NounPhrase) -> NounPhrase | None:
    """Parse one thing that an exception leaves out: a condition, a value, a noun for names, or a noun phrase."""
    start = reader.at
    met = condition(reader)
    if met and (reader.here("ones", "one") or longest(reader.lexicon.types, reader.tokens, reader.at)):
        met, reader.at = None, start
    if met:
        return NounPhrase(
            surface=reader.surface(start), type=found.type, everything=True, every=True, condition=met
        )
    return (
        _headed_alone(reader, found) or _valued_alone(reader, found) or noun_phrase(reader, inherited=found)
    )
