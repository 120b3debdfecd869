"""The grammar of stock movements: `add 5 units to the stock of Product B`, `sell 10 of Product A`."""

from typing import Final

import attrs

from streamd.language._imperatives import VerbKind
from streamd.language._item_names import known_name
from streamd.language._lexicon import FieldWord, longest
from streamd.language._noun_phrases import noun_phrase, noun_phrases
from streamd.language._quantities import Quantity
from streamd.language._syntax_tree import Assignment, Clause, NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.text.wordlist import words

_COMING: Final = words("add receive put unload restock") | {"take in", "book in", "add back", "put back"}
_GOING: Final = words("use consume sell ship dispatch issue withdraw remove take deduct subtract") | {
    "use up", "ship out", "send out", "book out", "take out", "sell off",
}  # fmt: skip
_SPOILING: Final = frozenset(
    [
        "write off",
        "scrap",
        "throw away",
        "throw out",
        "bin",
        "discard",
        "toss",
        "trash",
        "junk",
        "dispose of",
        "lose",
    ]
)
"""Verbs that take pieces away when a number stands before a name: `scrap 2 Pallet Jacks`, `scrap a Pallet Jack`."""
_STORE: Final = ("into stock", "in stock", "to stock", "to the stock", "into the stock", "into inventory", "in the stock", "on stock",
                 "back into stock", "back in stock", "back to stock", "into our stock")  # fmt: skip
_FROM_STORE: Final = (
    "from stock",
    "out of stock",
    "from the stock",
    "out of the stock",
    "from inventory",
    "from our stock",
)


_TO_WHOM: Final = (
    "to customer",
    "to a customer",
    "to the customer",
    "to customers",
    "to our customer",
    "to our customers",
)


def counted_units(reader: TokenReader, verb: str, _kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `receive 40 units of Product B`, `ship 5 Product A`, `put 30 more units of Product C into stock`."""
    coming = verb in _COMING
    if not coming and verb not in _GOING | _SPOILING:
        return None
    reader.accept("another", "an additional", "an extra", "additional", "extra", "a further", "up")
    number = reader.quantity()
    if number is None and reader.accept("a", "an") and known_name(reader):
        number = Quantity(1, reader.at)
    if (
        number is None
        or number.money
        or number.percent
        or number.value <= 0
        or number.vague not in ("", "couple")
    ):
        return None
    more = reader.accept(
        "more", "additional", "extra", "further", "more units", "more pieces", "units", "pieces"
    )
    unit = bool(number.unit) or more.endswith(("units", "pieces"))
    joined = reader.accept("of the", "of", "of our")
    upon = reader.accept("on", "onto") if coming and (more or unit) else ""
    targets = _of_one_number(reader)
    if not targets or not all(any(name.ids for name in one.names) and not one.condition for one in targets):
        return None
    if sum(len(one.names) for one in targets) > 1 and not targets[0].every:  # `10 each of A and B` says so
        raise NotUnderstoodError(
            f"I do not know of which one {number.value:g} are meant: say it of one item at a time. Nothing was changed."
        )
    stored = reader.accept(*(_STORE if coming else (*_FROM_STORE, *_TO_WHOM)))
    if verb == "add" and not (more and joined) and not upon:
        return None
    if verb in ("put", "restock") and not (stored or upon):
        return None
    if verb in ("remove", "take", "deduct", "subtract", "withdraw") and not (unit or joined or stored):
        return None
    field = reader.lexicon.field("stock")
    return Clause(
        "raise" if coming else "lower", verb, targets,
        (Assignment(field, "stock", number=_signed(number, down=not coming), delta=True),),
    ) if field else None  # fmt: skip


def _of_one_number(reader: TokenReader) -> tuple[NounPhrase, ...]:
    """Parse noun phrases up to one with a number of its own, with which the next command begins: `4 Pallet Jacks and 2 Hard Hats`."""
    start = reader.at
    targets = noun_phrases(reader)
    if not any(one.count for one in targets[1:]):
        return targets
    reader.at = start
    first = noun_phrase(reader)
    return (first,) if first else ()


def moving_units(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `add 5 units to the stock of Product B`, `take 20 units from Product A`."""
    if not kinds & {"add", "raise", "lower"}:
        return None
    down = "lower" in kinds and ("raise" not in kinds)
    reader.accept("another", "an additional", "an extra", "additional", "extra", "a further")
    number = reader.quantity()
    if number is None:
        return None
    reader.accept("more", "additional", "extra", "further", "units", "pieces")
    field: FieldWord = {}
    surface = "stock"
    reader.accept("to", "of") if reader.field() is None else ""
    here = reader.field()
    if here and not longest(reader.lexicon.names, reader.tokens, reader.at):
        if here[1] < len(reader.tokens) and reader.tokens[here[1]].norm in (
            "to",
            "from",
            "off",
            "for",
            "of",
            "in",
            "on",
        ):
            field, reader.at = here[0], here[1]
    elif here is None:
        reader.at -= reader.tokens[reader.at - 1].norm in ("to", "of")
    joined = reader.accept("to", "from", "off", "out of", "into", "of", "off of", "for", "onto", "on")
    if not joined or (joined == "of" and not (number.unit or field)):
        return None
    surface = "stock"
    target, other = _field_and_target(reader)
    if not target:
        return None
    if other:
        field = other
    if not field:
        if any(one.bare for one in target) or (
            not number.unit and "add" not in kinds and "lower" not in kinds
        ):
            return None
        if any(not one.names and not one.pronoun and not number.unit for one in target):
            return None
        if number.percent:
            return None
        field, surface = (
            (reader.lexicon.field("cost"), "price")
            if number.money
            else (reader.lexicon.field("stock"), "stock")
        )
    return Clause("lower" if down else "raise", verb, target, (
        Assignment(field, surface, number=_signed(number, down=down), delta=True),))  # fmt: skip


def _signed(number: Quantity, *, down: bool) -> Quantity:
    return attrs.evolve(number, value=-number.value) if down else number


def _field_and_target(reader: TokenReader) -> tuple[tuple[NounPhrase, ...], FieldWord | None]:
    """Parse the field and the target: `the stock of Product B`, `Product B's stock`, `Product B`."""
    start = reader.at
    reader.accept("the", "its", "their") if not longest(
        reader.lexicon.names, reader.tokens, reader.at
    ) else ""
    field = reader.field()
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if field and not (name and name[1] >= field[1]):
        pronoun = reader.tokens[reader.at - 1].norm in ("its", "their") and reader.at > start
        after = reader.at
        reader.at = field[1]
        if pronoun:
            return (NounPhrase(pronoun=True),), field[0]
        if reader.accept("of", "for", "in", "on", "at"):
            return noun_phrases(reader), field[0]
        reader.at = after
    reader.at = start
    targets = noun_phrases(reader)
    reader.accept("'s", "'")
    field = reader.field() if targets else None
    if field:
        reader.at = field[1]
        return targets, field[0]
    return targets, None
