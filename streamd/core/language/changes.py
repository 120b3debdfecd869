"""The grammar of changes: field, target and value in any order that English allows."""

from typing import Final

import attrs

from streamd.core.language.assignments import value_of
from streamd.core.language.lexicon import FieldWord, longest
from streamd.core.language.nouns import phrases
from streamd.core.language.phrases import Assignment, Clause, Compare, NotUnderstoodError, Phrase, meeting
from streamd.core.language.reader import Reader
from streamd.core.language.texts import raw_text
from streamd.core.language.verbs import FACTORS, VerbKind
from streamd.core.language.vocabulary import STOPS

_KINDS: Final[frozenset[VerbKind]] = frozenset(
    {"set", "raise", "lower", "times", "move", "assign", "mark", "restock"}
)
_TO: Final = ("to", "=", ":", "into", "as", "at", "be", "is", "equal to", "to be", "become", "should be", "back to", "up to",
              "down to", "- >", "→", "over to", "to equal", "to have", "so that", "so", "to use", "now", "to exactly", "onto",
              "to read", "to say", "has", "up", "upto")  # fmt: skip
_PUTTING: Final = frozenset({"put", "place", "store", "ship", "send", "bring"})
_NOT_AFTER_NAMES: Final = frozenset(["with", "having", "a", "an", "the", "its", "to", "at", "as", "is", "by"])
_VALUE_WORDS: Final = frozenset({"up", "down", "by", "to"})
_PLACE_WORDS: Final = frozenset({"in", "at", "inside", "into", "onto", "on"})
_FOLLOWS_FIELD: Final = (
    frozenset(
        [
            "of",
            "for",
            "to",
            "=",
            ":",
            "at",
            "by",
            "from",
            "as",
            "on",
            "is",
            "into",
            "up",
            "down",
            "back",
            "in",
        ]
    )
    | STOPS
    | {",", "and"}
)


@attrs.define
class _Draft:
    """A change while it is being read."""

    verb: str
    kinds: frozenset[VerbKind]
    field: FieldWord | None = None
    field_said: str = ""
    inherited: bool = False
    """Whether the field is only that of the order before."""
    targets: tuple[Phrase, ...] = ()
    assignments: list[Assignment] = attrs.field(factory=list)


def change(
    reader: Reader, verb: str, kinds: frozenset[VerbKind], before: Assignment | None = None
) -> Clause | None:
    """A change, or nothing when what stands here is not one. `before`: what the order before changed, when this one goes on."""
    if not kinds & _KINDS or ("add" in kinds and not kinds & {"set", "move"}):
        return None
    draft = _Draft(verb, kinds)
    if before is not None and before.field:
        draft.field, draft.field_said, draft.inherited = before.field, before.field_said, True
    reader.closed = _VALUE_WORDS | (_PLACE_WORDS if verb in _PUTTING else frozenset())
    reader.closed_to_names = _NOT_AFTER_NAMES
    try:
        return _read(reader, draft)
    finally:
        reader.closed = reader.closed_to_names = frozenset()


def _read(reader: Reader, draft: _Draft) -> Clause | None:
    while not reader.sentence_ended:
        reader.skip()
        start = reader.at
        if not _constituent(reader, draft):
            reader.at = start
            break
    return _finished(reader, draft)


def _constituent(reader: Reader, draft: _Draft) -> bool:
    if reader.sentence_ended:
        return False
    if reader.word() in (",", "and", ";", "with", "having", "&"):
        return _further_field(reader, draft)
    if reader.accept("by", "up by", "down by"):
        return _by(reader, draft)
    if draft.field and draft.targets and reader.word() == "from":
        return _from(reader, draft)
    if draft.targets and draft.field and not _done(draft) and reader.word() == "of":
        reader.at += 1
        return _valued(reader, draft)
    place = (
        reader.accept("in", "inside", "at", "into", "under")
        if "move" in draft.kinds and draft.targets and not draft.field and not draft.assignments
        else ""
    )
    if place or (not _done(draft) and reader.accept(*_TO)):
        return _valued(reader, draft)
    if (
        not draft.targets
        and (draft.field or draft.assignments)
        and reader.accept("of", "for", "on", "in", "across", "at", "to")
    ):
        draft.targets = phrases(reader)
        return bool(draft.targets)
    if draft.targets and not draft.assignments and reader.accept("'s", "'", "'s"):
        return True
    if not _done(draft) and draft.field and (reader.quantity_here() or _value_here(reader, draft.field)):
        return _valued(reader, draft)
    if (draft.field is None or draft.inherited) and _field(reader, draft):
        draft.inherited = False
        return True
    if not draft.targets:
        draft.targets = phrases(reader)
        return bool(draft.targets)
    return False


def _done(draft: _Draft) -> bool:
    return draft.field is None and bool(draft.assignments)


def _value_here(reader: Reader, field: FieldWord) -> bool:
    token = reader.token()
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    return (token is not None and token.kind == "quoted") or (
        known is not None and any(field.get(of) == name for of, name in known[0])
    )


def _field(reader: Reader, draft: _Draft) -> bool:
    start = reader.at
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    every = reader.accept("all the", "all", "every", "each") if name is None and not draft.targets else ""
    determiner = (
        reader.accept("the", "its", "their", "a", "an", "our", "his", "her", "new") if name is None else ""
    )
    reader.accept("current", "new", "overall", "level of", "initial")
    field = reader.field()
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    criterion = longest(reader.lexicon.criteria, reader.tokens, reader.at)
    if field is None or (name and name[1] >= field[1]):
        reader.at = start
        return False
    end = field[1]
    following = reader.tokens[end].norm if end < len(reader.tokens) else "."
    number_next = end < len(reader.tokens) and (
        reader.tokens[end].kind in ("number", "quoted") or following in ("minus", "zero")
    )
    certain = (
        following in _FOLLOWS_FIELD or number_next or bool(draft.targets) or (determiner in ("its", "their"))
    )
    if (
        (criterion and criterion[1] > end)
        or (typed and typed[1] > end)
        or not (certain or (not typed and not every))
    ):
        reader.at = start
        return False
    if every:
        if following not in ("to", "by"):
            reader.at = start
            return False
        draft.targets = (Phrase(said="all items", type=_type_of(reader, field[0]), every=True, plural=True),)
    if determiner in ("its", "their") and not draft.targets:
        draft.targets = (Phrase(said=determiner, pronoun=True),)
    draft.field, draft.field_said = field[0], reader.said(reader.at, end)
    reader.at = end
    reader.accept("level", "levels", "value", "field")
    return True


def _type_of(reader: Reader, field: FieldWord) -> str:
    default = reader.lexicon.default_type
    return default if default in field or not field else next(iter(field))


def _further_field(reader: Reader, draft: _Draft) -> bool:
    """`… and its price to 3`: a further field of the same target."""
    colon_style = bool(draft.targets) and not draft.assignments and draft.field is None
    joined = reader.accept(
        ", and", ",", "and", ";", "with", "having", "&", "and also", "and set", "and change", ", and set"
    )
    if joined.endswith(("set", "change")):
        reader.at -= 1
        return False
    if not (draft.assignments and draft.field is None) and not (
        colon_style and joined in ("with", "having", ",")
    ):
        return "with" in joined and "restock" in draft.kinds and not _done(draft) and _by(reader, draft)
    if "with" in joined and "restock" in draft.kinds and reader.quantity_here():
        return _by(reader, draft)
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    reader.accept("the", "its", "their", "a", "an", "new")
    field = reader.field()
    if field is None or (name and name[1] >= field[1]) or field[1] >= len(reader.tokens):
        return False
    if (
        reader.tokens[field[1]].norm in ("of", "for")
        and not _number_after(reader, field[1] + 1)
        and not colon_style
    ):
        return False
    draft.field, draft.field_said = field[0], reader.said(reader.at, field[1])
    reader.at = field[1]
    if reader.accept("by"):
        return _by(reader, draft)
    if reader.accept(*_TO, "of"):
        return _valued(reader, draft)
    if reader.quantity_here() or _value_here(reader, draft.field) or draft.assignments or colon_style:
        return _valued(reader, draft)
    return False


def _number_after(reader: Reader, at: int) -> bool:
    back, reader.at = reader.at, at
    found = reader.quantity_here()
    reader.at = back
    return found


def _by(reader: Reader, draft: _Draft) -> bool:
    field = draft.field if draft.field is not None else reader.lexicon.field("stock")
    said = draft.field_said or "stock"
    down = "lower" in draft.kinds and "raise" not in draft.kinds
    reader.accept("another", "an additional", "a further", "exactly", "about")
    if reader.accept("a factor of", "factor"):
        number = reader.quantity()
        factor = number.value if number else 0.0
        return (
            _assigned(draft, Assignment(field, said, factor=1 / factor if down and factor else factor))
            if number
            else False
        )
    if reader.accept("half", "a half"):
        return _assigned(
            draft, Assignment(field, said, factor=0.5 if down or draft.verb == "multiply" else 1.5)
        )
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
        return _assigned(draft, Assignment(field, said, factor=factor))
    if not draft.kinds & {"raise", "lower", "set", "restock"}:
        return False
    if number.value < 0 and down:
        return False
    if draft.field is None and number.percent:
        raise NotUnderstoodError("By so many percent of what? Name the field. Nothing was changed.")
    if draft.field is None and number.money:
        field, said = reader.lexicon.field("cost"), "price"
    signed = attrs.evolve(number, value=-number.value) if down else number
    return _assigned(draft, Assignment(field, said, number=signed, delta=True))


def _assigned(draft: _Draft, assignment: Assignment) -> bool:
    draft.assignments.append(assignment)
    draft.field, draft.field_said, draft.inherited = None, "", False
    return True


def _from(reader: Reader, draft: _Draft) -> bool:
    """`from 15.5 to 16`: the value it has now, which is checked."""
    start = reader.at
    reader.at += 1
    number = reader.quantity()
    if number is None or draft.field is None or reader.word() not in ("to", "down", "up"):
        reader.at = start
        return False
    said = reader.said(start)
    same = Compare(draft.field, "==", number.value, said)
    draft.targets = tuple(attrs.evolve(one, condition=meeting(one.condition, same)) for one in draft.targets)
    return True


def _valued(reader: Reader, draft: _Draft) -> bool:
    if draft.field is None and draft.targets:
        reader.accept("have", "its", "their", "the", "a", "an") if _field_then_value(reader) else ""
        field = reader.field()
        if field and _field_then_value(reader):
            draft.field, draft.field_said = field[0], reader.said(reader.at, field[1])
            reader.at = field[1]
            while reader.accept("of", "is", "to", "=", ":", "be", "at", "becomes"):
                pass
    if draft.field is not None:
        reader.accept("have", "be", "exactly")
        found = value_of(reader, draft.field, draft.field_said, targeted=bool(draft.targets))
        if "restock" in draft.kinds and found.raw:
            return False
        return _assigned(draft, found)
    return _without_field(reader, draft)


def _field_then_value(reader: Reader) -> bool:
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


def _without_field(reader: Reader, draft: _Draft) -> bool:
    """A value whose field was not said: a place after `move`, a supplier after `switch`, a number of units."""
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
                return _assigned(draft, value_of(reader, reader.lexicon.field("cost"), "price"))
            return False
        if found.number and "restock" not in draft.kinds and not found.number.unit:
            reader.notes.append(f"I took {reader.said(start)} to be the stock.")
        return _assigned(draft, found)
    if not draft.targets:
        return False
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    token = reader.token()
    if known is None and token and (reader.word() in ("the", "supplier", "vendor")):
        known = longest(reader.lexicon.values, reader.tokens, reader.at + 1)
    if "move" in draft.kinds and not (draft.kinds & {"assign"} and known and not _is_place(reader, known[0])):
        reader.accept("the") if not known else ""
        raw = raw_text(reader)
        return bool(raw) and _assigned(
            draft,
            Assignment(
                {**reader.lexicon.field("destination"), **reader.lexicon.field("location")},
                "location",
                raw=raw,
            ),
        )
    if "mark" in draft.kinds and not known:
        raw = raw_text(reader)
        return bool(raw) and _assigned(draft, Assignment(reader.lexicon.field("status"), "status", raw=raw))
    named = longest(reader.lexicon.names, reader.tokens, reader.at)
    if known and (named is None or known[1] >= named[1]):
        reader.at = known[1]
        return _assigned(draft, Assignment({}, "", raw=next(iter(known[0].values())), values=known[0]))
    if draft.kinds & {"assign"}:
        return _crosswise(reader, draft)
    return False


def _is_place(reader: Reader, values: dict[tuple[str, str], str]) -> bool:
    place = reader.lexicon.field("location")
    return any(place.get(of) == name for of, name in values)


def _crosswise(reader: Reader, draft: _Draft) -> bool:
    """`assign TechCorp to Product C` and `assign Product C to TechCorp`: which refers to which is found out later."""
    others = phrases(reader)
    if not others:
        return False
    draft.assignments.append(Assignment({}, "to", raw="", values={}))
    draft.targets = (*draft.targets, Phrase(said="→"), *others)
    draft.field = None
    return True


def _finished(reader: Reader, draft: _Draft) -> Clause | None:
    factor = FACTORS.get(draft.verb)
    if factor is not None and not draft.assignments:
        field = draft.field if draft.field is not None else reader.lexicon.field("stock")
        _assigned(draft, Assignment(field, draft.field_said or "stock", factor=factor))
    if "restock" in draft.kinds and not draft.assignments and draft.targets and not draft.field:
        _assigned(
            draft, Assignment(reader.lexicon.field("stock"), "stock", source=reader.lexicon.field("max"))
        )
        reader.notes.append("I took restocking to mean up to the maximum.")
    if not draft.assignments or draft.field is not None:
        return None
    if (
        any(one.factor is not None for one in draft.assignments)
        and "times" not in draft.kinds
        and not draft.kinds & {"raise", "lower"}
    ):
        return None
    if (
        "add" in draft.kinds
        and not any(name.ids for one in draft.targets for name in one.names)
        and not any(one.pronoun or one.every or one.condition for one in draft.targets)
    ):
        return None
    if not draft.targets:
        raise NotUnderstoodError(
            f"Which item's {draft.assignments[0].field_said} do you mean? Name it. Nothing was changed."
        )
    return Clause("set", draft.verb, draft.targets, tuple(draft.assignments))
