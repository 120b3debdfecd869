"""The grammar of removing items and emptying fields: `remove Product A`, `take it off the list`, `clear its supplier`."""

from typing import Final

import attrs

from streamd.language._assignments import numeric
from streamd.language._imperatives import VerbKind
from streamd.language._lexicon import longest
from streamd.language._noun_phrases import noun_phrases
from streamd.language._predicates import OneOf
from streamd.language._quantities import Quantity
from streamd.language._syntax_tree import Assignment, Clause, NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.language._vocabulary import ENDS, EXCEPT

_FROM_STOCK: Final = ("from stock", "from the stock", "from our stock", "out of stock", "out of the stock")
_WIPING: Final = frozenset({"wipe", "wipe out", "clear", "clear out", "clean out", "nuke"})
_LISTS: Final = (
    "list",
    "canvas",
    "board",
    "working",
    "database",
    "table",
    "store",
    "page",
    "screen",
    "system",
    "stock list",
)
_OFF_WHAT: Final = tuple(
    f"{whose} {where}" for whose in ("the", "our", "my", "this") for where in (*_LISTS, "books", "inventory")
)
_ALL_OF_WHAT: Final = (
    "What shall be removed? Say «remove all inventory items» for the inventory, «remove everything» for all items of every type "
    "(«{verb}» alone does not tell). Nothing was changed."
)


def clearing(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `clear the supplier of Product A`, `remove the location from Product B`, `unset Product C's category`."""
    if "clear" not in kinds:
        return None
    start = reader.at
    reader.accept("the", "its", "their", "any", "all")
    pronoun = reader.tokens[reader.at - 1].norm in ("its", "their") and reader.at > start
    field = reader.field()
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    surface = ""
    if field and not (name and name[1] >= field[1]):
        word, end = field
        typed = longest(reader.lexicon.types, reader.tokens, reader.at)
        surface, reader.at = reader.surface(reader.at, end), end
        reader.accept("field", "value", "fields")
        if pronoun:
            return Clause(
                "clear", verb, (NounPhrase(pronoun=True),), (Assignment(word, surface, unset=True),)
            )
        joined = reader.accept("of", "from", "for", "on")
        targets = noun_phrases(reader) if joined else ()
        if targets and verb == "reset" and numeric(reader, word):
            raise NotUnderstoodError(
                f"«{verb} {reader.surface(start)}» may mean 0, or nothing: say «set {surface} … to 0», or «clear {surface} …». "
                "Nothing was changed."
            )
        if targets and verb in ("empty", "zero out", "zero") and numeric(reader, word):
            return Clause("set", verb, targets, (Assignment(word, surface, number=Quantity(0.0, reader.at)),))
        if targets and joined != "from" and typed and typed[1] >= end and "remove" in kinds:
            raise NotUnderstoodError(
                f"«{verb} {reader.surface(start)}» can mean two things: say «clear {reader.surface(start)}» to empty the "
                f"field, or name the {typed[0].type} to remove. Nothing was changed."
            )
        plain = all(
            one.names or one.pronoun or verb in ("clear", "unset", "blank", "empty", "reset")
            for one in targets
        )
        if targets and verb not in ("zero out", "zero") and (plain or not typed):
            return Clause("clear", verb, targets, (Assignment(word, surface, unset=True),))
        return None
    reader.at = start
    _all_of_what(reader, verb)
    targets = noun_phrases(reader)
    if (
        verb == "clear"
        and targets
        and all(
            _whole(one).every or one.everything or (one.plural and one.condition and not one.names)
            for one in targets
        )
    ):
        return Clause("remove", verb, tuple(_whole(one) for one in targets))
    if targets and reader.accept("'s", "'"):
        field = reader.field()
        if field:
            surface, reader.at = reader.surface(reader.at, field[1]), field[1]
            return Clause("clear", verb, targets, (Assignment(field[0], surface, unset=True),))
    return None


def _all_of_what(reader: TokenReader, verb: str) -> None:
    """Refuse `remove all` and `empty the list`, which name no items, and suggest a complete command."""
    start = reader.at
    while reader.accept("the", "my", "our", "this", "whole", "entire", "all of the"):
        pass
    what = reader.accept("all", "all of it", "it all", "every", *_LISTS)
    if what and (reader.sentence_ended or reader.word() in ENDS) and not _spares(reader):
        raise NotUnderstoodError(_ALL_OF_WHAT.format(verb=verb))
    reader.at = start


def _spares(reader: TokenReader) -> bool:
    """Whether an exception begins here: `all but Product A`."""
    return reader.here(*EXCEPT) and not reader.here("but keep", "but leave", "and keep", "but spare")


def _whole(target: NounPhrase) -> NounPhrase:
    """Make `the inventory` after a verb of emptying mean all of it."""
    whole = (
        target.bare
        and target.plural
        and not target.count
        and key_of(target.surface).split(" ")[-1] == target.type
    )
    return attrs.evolve(target, every=True) if whole else target


def removing(reader: TokenReader, verb: str, kinds: frozenset[VerbKind]) -> Clause | None:
    """Parse `remove Product A`, `take it off the list`, `wipe the inventory`."""
    if "remove" not in kinds:
        return None
    _all_of_what(reader, verb)
    if reader.here("the rest", "all the rest", "the others", "the remainder"):
        raise NotUnderstoodError(
            f"«{verb} the rest» does not say of what: say «{verb} all other items», or «{verb} everything except …». "
            "Nothing was changed."
        )
    if verb == "take off":
        reader.accept(*_OFF_WHAT)
    first = reader.at
    targets = noun_phrases(reader)
    _check_parting(verb, targets)
    _check_pieces(reader, first, verb, targets)
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


def _check_pieces(reader: TokenReader, first: int, verb: str, targets: tuple[NounPhrase, ...]) -> None:
    """Refuse `remove all ear plugs from stock`, which can mean the item or all its pieces."""
    start = reader.at
    named = next((one for one in targets if one.every and len(one.names) == 1), None)
    from_stock = named is not None and (
        reader.accept(*_FROM_STOCK)
        or any(reader.surface(first, start).casefold().endswith(one) for one in _FROM_STOCK)
    )
    reader.at = start
    if named is not None and from_stock:
        name = named.names[0].text
        raise NotUnderstoodError(
            f"«{verb} all {name} from stock» can mean two things: say «remove {name}» for the item, or «set the stock of {name} to 0» "
            "for its pieces. Nothing was changed."
        )


def _check_parting(verb: str, targets: tuple[NounPhrase, ...]) -> None:
    """Refuse `remove Hard Hat from PPE`, which can mean that it is no longer there."""
    for one in targets:
        met = one.condition
        if one.names and isinstance(met, OneOf) and met.surface.startswith("from ") and not _is_source(met):
            raise NotUnderstoodError(
                f"«{verb} {one.surface}» can mean two things: say «{verb} {one.names[0].text}» for the item, or set or clear its field. "
                "Nothing was changed."
            )


def _is_source(met: OneOf) -> bool:
    return any(field == "supplier" for _, field in met.values)
