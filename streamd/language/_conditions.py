"""The grammar of conditions after a noun: `in Warehouse A`, `that cost more than 20`."""

from typing import Final

from streamd.language._comparisons import bare_comparison, by_field, lacking, priced
from streamd.language._known_values import by_value, check_length
from streamd.language._lexicon import longest
from streamd.language._negation import negation_of
from streamd.language._predicates import AllOf, AnyOf, MeetsCriterion, Not, Predicate
from streamd.language._premodifiers import is_criterion, is_named_so
from streamd.language._references import of_item, referred
from streamd.language._syntax_tree import UnknownValueError
from streamd.language._token_reader import TokenReader

_BE: Final = ("are", "is", "were", "was", "have been", "has been", "be", "have", "has", "'s", "'re", "being", "got", "have got",
              "has got", "do", "does", "is at", "are at", "show", "shows", "they're", "it's")  # fmt: skip


_BE_NOT: Final = ("are not", "is not", "aren't", "isn't", "were not", "weren't", "wasn't", "have not", "haven't", "has not",
                  "hasn't", "do not", "don't", "does not", "doesn't", "did not", "didn't", "not", "are no longer",
                  "is no longer", "no longer", "do not have", "don't have", "does not have", "doesn't have", "not being",
                  "never", "have never been", "'re not", "'s not", "are never", "is never", "do n't")  # fmt: skip


_FEWEST: Final = 2


def condition(reader: TokenReader, *, relative: bool = False) -> Predicate | None:
    """Parse conditions joined by and/or, `and` binding tighter; None without one."""
    first = _conjunction(reader, relative=relative)
    if first is None:
        return None
    options = [first]
    while True:
        start = reader.at
        reader.skip()
        if not reader.accept("or", "or else", ", or", "or that", "or who", "or which"):
            reader.at = start
            break
        own_verb = reader.here(*_BE, *_BE_NOT, "that", "which", "who", "with")
        following = _conjunction(reader, relative=True)
        if following is None:
            reader.at = start
            break
        if isinstance(options[-1], Not) and not own_verb and isinstance(following, MeetsCriterion):
            raise UnknownValueError(
                f"«{options[-1].surface} or {following.surface}» can mean two things: say «neither {options[-1].of.surface} nor "
                f"{following.surface}», or «… or are {following.surface}». Nothing was changed."
            )
        options.append(following)
        check_length(options)
    return AnyOf(tuple(options)) if len(options) > 1 else first


def condition_here(reader: TokenReader) -> bool:
    """Whether a condition begins at the position, which stays."""
    start, notes = reader.at, len(reader.notes)
    found = condition(reader) is not None
    reader.at = start
    del reader.notes[notes:]
    return found


def _conjunction(reader: TokenReader, *, relative: bool) -> Predicate | None:
    start = reader.at
    first, relative = _unit(reader, relative=relative)
    if first is None:
        reader.at = start
        return None
    parts = [first]
    while True:
        start = reader.at
        reader.skip()
        joined = reader.accept("and", ", and", ",", "but", ", but", "and also", "and that", "and who", "and which", "but that",
                               "and whose", "while", "as well as")  # fmt: skip
        if joined.endswith("whose"):
            reader.at -= 1
        if joined and reader.verb() and not relative and not reader.field():
            reader.at = start
            break
        following, relative = (
            _unit(reader, relative=relative and joined != ",") if joined else (None, relative)
        )
        if following is None:
            reader.at = start
            break
        parts.append(following)
        check_length(parts)
    return AllOf(tuple(parts)) if len(parts) > 1 else first


def _unit(reader: TokenReader, *, relative: bool) -> tuple[Predicate | None, bool]:
    """Parse one condition, and whether a relative pronoun introduced it, so that further ones may lack one."""
    start = reader.at
    reader.skip()
    negated = False
    if reader.accept(
        "that",
        "which",
        "who",
        "where",
        ", which",
        ", that",
        "and that",
        "such that",
        "if they",
        "if it",
        "when",
    ):
        relative = True
        reader.accept("they", "it", "the")
    if (neither := _neither(reader)) is not None:
        return neither, True
    if reader.accept(*_BE_NOT):
        negated = True
        relative = True
    elif relative:
        reader.accept(*_BE)
        negated = bool(reader.accept("not", "no longer", "never", "anything but", "nor"))
    reader.skip()
    reader.accept("currently", "all", "both", "either", "already", "really", "too")
    found = _core(reader, relative=relative)
    if found is None:
        reader.at = start
        return None, relative
    return (negation_of(found) if negated else found), relative


def _neither(reader: TokenReader) -> Predicate | None:
    """Parse `neither low nor overstocked`, `are neither in Hall 1 nor in Hall 2`."""
    start = reader.at
    reader.accept(*_BE)
    parts: list[Predicate] = []
    joined = reader.accept("neither")
    while joined:
        reader.accept("are", "is", "have", "has")
        part = _core(reader, relative=True)
        if part is None:
            break
        parts.append(negation_of(part))
        check_length(parts)
        joined = reader.accept("nor", ", nor", "or", ", or")
    if joined or len(parts) < _FEWEST:
        reader.at = start
        return None
    return AllOf(tuple(parts))


def _core(reader: TokenReader, *, relative: bool) -> Predicate | None:
    start = reader.at
    for reading in (
        _run_out,
        _criterion,
        referred,
        lacking,
        priced,
        by_field,
        bare_comparison,
        by_value,
        of_item,
    ):
        found = reading(reader, relative)
        if found is not None:
            return found
        reader.at = start
    return None


def _run_out(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse `that we ran out of`, `we have run out of`."""
    found = reader.accept(
        "run out of",
        "we're out of",
        "we are out of",
        "ran out of",
        "we ran out of",
        "we have run out of",
        "we've run out of",
        "run out",
        "ran out",
    )
    criteria = reader.lexicon.criteria.get("out of stock")
    return MeetsCriterion(criteria, "out of stock") if found and criteria else None


def _criterion(reader: TokenReader, relative: bool) -> Predicate | None:
    start = reader.at
    introduced = reader.accept(
        "with", "having", "marked as", "marked", "considered", "classed as", "deemed", "in", "with a", "on"
    )
    found = longest(reader.lexicon.criteria, reader.tokens, reader.at)
    whole = longest(reader.lexicon.criteria, reader.tokens, start)
    if whole is not None and (found is None or whole[1] >= found[1]):
        found, introduced = whole, ""
    if found is None or not (relative or introduced or found[1] - start > 1):
        return None
    criteria, end = found
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    is_value = value is not None and value[1] >= end and not is_criterion(reader, found, value)
    if is_value and not is_named_so(reader, found, end):
        return None  # `that are pending`, where a status is called so
    surface = reader.surface(reader.at if introduced else start, end)
    field = reader.field() if introduced else None
    if field and field[1] >= end:
        return None
    reader.at = end
    if longest(reader.lexicon.types, reader.tokens, end) and not relative:
        return None
    return MeetsCriterion(criteria, surface)
