"""The grammar of amounts and new values: `by 10%`, `to 80`, `to Warehouse B`, `from 15 to 16`."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.facts import define
from streamd.language._assignments import value_of
from streamd.language._conditions import condition_here
from streamd.language._imperatives import FACTORS, VerbKind
from streamd.language._lexicon import FieldWord, longest
from streamd.language._new_values import check_new_value
from streamd.language._noun_phrases import excluded_after, noun_phrases
from streamd.language._predicates import Compare, conjunction_of
from streamd.language._remarks import check_beginnings
from streamd.language._syntax_tree import Assignment, NotUnderstoodError, NounPhrase
from streamd.language._text_spans import raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import EXCEPT_AFTER_VALUE, STOPS, VALUE_OF_FIELD


@define
class ChangeDraft:
    """A change command while it is being parsed."""

    verb: str
    kinds: frozenset[VerbKind]
    field: FieldWord | None = None
    field_surface: str = ""
    inherited: bool = False
    """Whether the field is carried over from the previous command."""
    targets: tuple[NounPhrase, ...] = ()
    assignments: list[Assignment] = attrs.field(factory=list)


def changed_by(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse an amount to change by: `by 10%`, `by a factor of 3`, `by half`, `by 15 units`."""
    field = draft.field if draft.field is not None else reader.lexicon.field("stock")
    surface = draft.field_surface or "stock"
    down = "lower" in draft.kinds and "raise" not in draft.kinds
    reader.accept("another", "an additional", "a further", "exactly")
    if reader.accept("a factor of", "factor"):
        number = reader.quantity()
        factor = number.value if number else 0.0
        return (
            assigned(draft, Assignment(field, surface, factor=1 / factor if down and factor else factor))
            if number
            else False
        )
    if fraction := fraction_of(reader):
        if not draft.kinds & {"raise", "lower", "times"} or draft.verb in ("divide", *FACTORS):
            return False
        if draft.verb == "multiply":
            return assigned(draft, Assignment(field, surface, factor=fraction))
        return assigned(draft, Assignment(field, surface, factor=1 - fraction if down else 1 + fraction))
    reader.accept("a", "an")
    number = reader.quantity()
    if number is None:
        return False
    reader.accept("each", "apiece", "more", "units", "points", "in stock")
    if reader.accept("times"):
        return False
    if "times" in draft.kinds:
        if number.percent or draft.verb in FACTORS or not number.value:
            return False
        factor = 1 / number.value if draft.verb == "divide" else number.value
        return assigned(draft, Assignment(field, surface, factor=factor))
    if not draft.kinds & {"raise", "lower", "set", "restock"}:
        return False
    if number.value < 0 and down:
        return False
    if draft.field is None and number.percent:
        raise NotUnderstoodError("By so many percent of what? Name the field. Nothing was changed.")
    if draft.field is None and number.money:
        field, surface = reader.lexicon.field("cost"), "price"
    signed = attrs.evolve(number, value=-number.value) if down else number
    return assigned(draft, Assignment(field, surface, number=signed, delta=True))


_FRACTIONS: Final = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fourth": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "eighth": 1 / 8,
                     "tenth": 1 / 10}  # fmt: skip
_PARTS: Final = {"two thirds": 2 / 3, "three quarters": 3 / 4, "three fourths": 3 / 4, "two fifths": 2 / 5}


def fraction_of(reader: TokenReader) -> float:
    """Parse a fraction such as `half`, `two thirds` or `one quarter`; zero without one."""
    start = reader.at
    if found := reader.accept(*_PARTS):
        return _PARTS[found]
    reader.accept("a", "an", "one")
    found = reader.accept(*_FRACTIONS)
    if not found or reader.word() == "a" or reader.here("dozen", "million", "thousand"):
        reader.at = start
        return 0.0
    return _FRACTIONS[found]


def assigned(draft: ChangeDraft, assignment: Assignment) -> bool:
    """Add the assignment for the field being parsed; the next field starts without one."""
    draft.assignments.append(assignment)
    draft.field, draft.field_surface, draft.inherited = None, "", False
    return True


def changed_from(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse the present value of a field, which the target must have: `from 15.5 to 16`."""
    start = reader.at
    reader.at += 1
    number = reader.quantity()
    if number is None or draft.field is None or reader.word() not in ("to", "down", "up"):
        reader.at = start
        return False
    surface = reader.surface(start)
    same = Compare(draft.field, "==", number.value, surface)
    draft.targets = tuple(
        attrs.evolve(one, condition=conjunction_of(one.condition, same)) for one in draft.targets
    )
    return True


def changed_to(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse the value that a field is to get."""
    if draft.field is None and draft.targets:
        reader.accept("have", "its", "their", "the", "a", "an") if _field_then_value(reader) else ""
        field = reader.field()
        if field and _field_then_value(reader):
            draft.field, draft.field_surface = field[0], reader.surface(reader.at, field[1])
            reader.at = field[1]
            while reader.accept(*VALUE_OF_FIELD, "becomes"):
                pass
    if draft.field is not None:
        reader.accept("have", "be", "exactly")
        found = value_of(reader, draft.field, draft.field_surface, targeted=bool(draft.targets))
        if "restock" in draft.kinds and found.raw:
            return False
        return assigned(draft, found)
    return _without_field(reader, draft)


def _field_then_value(reader: TokenReader) -> bool:
    start = reader.at
    reader.accept("have", "its", "their", "the", "a", "an")
    reader.accept("its", "their", "the", "a", "an")
    field = reader.field()
    found = False
    if field and field[1] < len(reader.tokens):
        known = longest(reader.lexicon.values, reader.tokens, start)
        found = (known is None or known[1] <= field[1]) and reader.tokens[field[1]].norm not in STOPS | {
            ",",
            "and",
            "for",
            "please",
        }
    reader.at = start
    return found


def _without_field(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse a value without a field: a place after `move`, a supplier after `switch`, a number of units."""
    start = reader.at
    if "remove" in draft.kinds and not draft.kinds & {"set", "move"}:
        return False
    stock = reader.lexicon.field("stock")
    if draft.kinds & {"restock"} or reader.quantity_here():
        if not draft.targets or not stock or draft.kinds <= {"rename", "mark"}:
            return False
        found = value_of(reader, stock, "stock", targeted=True)
        if found.number is not None and (found.number.percent or found.number.money):
            reader.at = start
            if found.number.money:
                return assigned(draft, value_of(reader, reader.lexicon.field("cost"), "price"))
            return False
        if found.number and "restock" not in draft.kinds and not found.number.unit:
            reader.notes.append(f"I took {reader.surface(start)} to be the stock.")
        return assigned(draft, found)
    if not draft.targets:
        return False
    if stock and reader.here("its", "their"):
        found = value_of(reader, stock, "stock", targeted=True)
        if found.source is not None:
            return assigned(draft, found)
        reader.at = start
        return False
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    token = reader.token()
    if known is None and token and (reader.word() in ("the", "supplier", "vendor")):
        known = longest(reader.lexicon.values, reader.tokens, reader.at + 1)
    if "move" in draft.kinds and not (draft.kinds & {"assign"} and known and not _is_place(reader, known[0])):
        reader.accept("the") if not known else ""
        place = {**reader.lexicon.field("destination"), **reader.lexicon.field("location")}
        return _written(reader, draft, place, "location")
    if "mark" in draft.kinds and not known:
        return _written(reader, draft, reader.lexicon.field("status"), "status")
    named = longest(reader.lexicon.names, reader.tokens, reader.at)
    if known and (named is None or known[1] >= named[1]):
        reader.at = known[1]
        return assigned(draft, Assignment({}, "", raw=next(iter(known[0].values())), values=known[0]))
    if draft.kinds & {"assign"}:
        return _crosswise(reader, draft)
    return False


def _written(reader: TokenReader, draft: ChangeDraft, field: FieldWord, surface: str) -> bool:
    """Parse a value as it is written, up to the next clause."""
    token = reader.token()
    raw = raw_text(reader)
    if raw and token and token.kind != "quoted":
        check_beginnings(reader, field, raw)
        check_new_value(reader, field, raw)
    return bool(raw) and assigned(draft, Assignment(field, surface, raw=raw))


def _is_place(reader: TokenReader, values: Mapping[tuple[str, str], str]) -> bool:
    place = reader.lexicon.field("location")
    return any(place.get(of) == name for of, name in values)


def _crosswise(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse `assign TechCorp to Product C`; the tool call builder decides which of the two is the value."""
    others = noun_phrases(reader)
    if not others:
        return False
    draft.assignments.append(Assignment({}, "to", raw="", values={}))
    draft.targets = (*draft.targets, NounPhrase(surface="→"), *others)
    draft.field = None
    return True


def excepted(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse an exception after the value, which leaves out items: `… to Warehouse C except Product B`."""
    start = reader.at
    crosswise = any(one.surface == "→" for one in draft.targets)
    if not (draft.targets and draft.assignments and draft.field is None) or crosswise:
        return False
    reader.accept(",")
    introduced = reader.accept(*EXCEPT_AFTER_VALUE)
    reader.accept("for", "in") if introduced and not condition_here(reader) else ""
    left_out = excluded_after(reader, draft.targets[0]) if introduced else ()
    if not left_out:
        reader.at = start
        return False
    reader.accept("alone", "as is", "as it is", "untouched", "in place")
    surface = f"{'' if reader.tokens[start].norm == ',' else ' '}{reader.surface(start)}"
    draft.targets = tuple(
        attrs.evolve(one, excluded=(*one.excluded, *left_out), surface=one.surface + surface)
        for one in draft.targets
    )
    return True
