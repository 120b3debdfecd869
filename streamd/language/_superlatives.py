"""The grammar of superlatives before and after a noun: `the 3 cheapest`, `with the lowest stock`."""

from collections.abc import Iterable
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.language._lexicon import FieldWord, longest
from streamd.language._syntax_tree import NounPhrase, Superlative
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import EXTREMES, HIGHEST, LOWEST

_RANKS: Final = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_FIGURES: Final = ("value", "worth")
"""After a field they are a figure that is computed: the `stock value`."""


def type_at(reader: TokenReader, at: int) -> bool:
    """Whether a noun for a type begins at a token."""
    return longest(reader.lexicon.types, reader.tokens, at) is not None


def _is_figure(reader: TokenReader, end: int) -> bool:
    return end < len(reader.tokens) and reader.tokens[end].norm in _FIGURES


def superlative(reader: TokenReader, built: NounPhrase) -> Superlative | None:
    """Parse a superlative before a noun: `cheapest`, `3 most expensive`, `lowest stock`."""
    start = reader.at
    nth = reader.accept(*_RANKS)
    if nth and (later := superlative(reader, built)) and later.count == later.rank == 1:
        return attrs.evolve(later, rank=_RANKS[nth], surface=reader.surface(start))
    reader.at = start
    count = int(built.count.value) if built.count else 1
    for size in (3, 2, 1):
        words = " ".join(reader.word(n) for n in range(size))
        if words in EXTREMES and longest(reader.lexicon.names, reader.tokens, start) is None:
            word, highest = EXTREMES[words]
            reader.at += size
            number = reader.quantity()
            following = superlative(reader, built) if words == "top" and number else None
            if following is not None and number is not None:
                return attrs.evolve(following, count=int(number.value))
            field: FieldWord = {"#": "#"} if word == "#" else reader.lexicon.field(word)
            return (
                Superlative(field, highest, int(number.value) if number else count, words) if field else None
            )
    if reader.word() in HIGHEST | LOWEST:
        highest = reader.word() in HIGHEST
        reader.at += 1
        found = reader.field()
        if (
            found
            and not _is_figure(reader, found[1])
            and (type_at(reader, found[1]) or reader.tokens[found[1] - 1].norm != reader.word())
        ):
            reader.at = found[1]
            return Superlative(found[0], highest, count, reader.surface(start))
        reader.at = start
    return None


def superlative_after(reader: TokenReader, found: NounPhrase) -> Superlative | None:
    """Parse a superlative after a noun: `with the lowest stock`, `that costs the most`."""
    start = reader.at
    count = int(found.count.value) if found.count else 1
    reader.accept(
        "with",
        "having",
        "that has",
        "that have",
        "which has",
        "who has",
        "whose",
        "which have",
        "of",
        "has",
        "have",
    )
    reader.accept("the", "our")
    word = reader.word()
    if word in HIGHEST | LOWEST and start != reader.at:
        reader.at += 1
        field = reader.field()
        if field and not _is_figure(reader, field[1]):
            reader.at = field[1]
            return Superlative(field[0], word in HIGHEST, count, reader.surface(start))
    reader.at = start
    cost = reader.lexicon.field("cost")
    if cost and reader.accept(
        "that costs the", "that cost the", "which costs the", "which cost the", "costing the"
    ):
        word = reader.word()
        if word in ("most", "least"):
            reader.at += 1
            return Superlative(cost, word == "most", count, reader.surface(start))
    reader.at = start
    return None


def furthest(
    measured: Iterable[tuple[float, ItemId]], extreme: Superlative
) -> tuple[list[ItemId], list[ItemId]]:
    """Choose the items of the highest or lowest values, and those between which that cannot be said."""
    rows = sorted(measured, key=lambda row: row[0], reverse=extreme.highest)
    first, end = extreme.rank - 1, extreme.rank - 1 + extreme.count
    best = rows[first:end]
    beside = {rows[at][0] for at in (first - 1, end) if 0 <= at < len(rows)}
    tied = beside & {value for value, _ in (*best[:1], *best[-1:])}
    return [one for _, one in best], [one for value, one in rows if value in tied]
