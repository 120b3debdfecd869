"""The grammar of changes: field, target and value in any order that English allows."""

from typing import Final

from streamd.language._amounts import ChangeDraft, assigned, changed_by, changed_from, changed_to, excepted
from streamd.language._imperatives import FACTORS, VerbKind
from streamd.language._lexicon import FieldWord, longest
from streamd.language._noun_phrases import noun_phrases
from streamd.language._syntax_tree import Assignment, Clause, NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.language._vocabulary import ASSIGNING, STOPS
from streamd.text.plurals import plural_of
from streamd.text.wordlist import words

_KINDS: Final[frozenset[VerbKind]] = frozenset(
    {"set", "raise", "lower", "times", "move", "assign", "mark", "restock"}
)


_TO: Final = (
    *ASSIGNING,
    "to equal",
    "to have",
    "so that",
    "so",
    "to use",
    "now",
    "onto",
    "to read",
    "to say",
    "has",
    "up",
    "upto",
)


_PUTTING: Final = frozenset({"put", "place", "store", "ship", "send", "bring"})


_NOT_AFTER_NAMES: Final = frozenset(["with", "having", "a", "an", "the", "its", "to", "at", "as", "is", "by"])


_VALUE_WORDS: Final = frozenset({"up", "down", "by", "to"})


_PLACE_WORDS: Final = frozenset({"in", "at", "inside", "into", "onto", "on"})


_FOLLOWS_FIELD: Final = words("of for to = : at by from as on is into up down back in , and") | STOPS


def change(
    reader: TokenReader, verb: str, kinds: frozenset[VerbKind], before: Assignment | None = None
) -> Clause | None:
    """Parse a change; None without one. `before`: the assignment of the previous command that this one continues."""
    if not kinds & _KINDS or ("add" in kinds and not kinds & {"set", "move"}):
        return None
    draft = ChangeDraft(verb, kinds)
    if before is not None and before.field:
        draft.field, draft.field_surface, draft.inherited = before.field, before.field_surface, True
    reader.stop_words = _VALUE_WORDS | (_PLACE_WORDS if verb in _PUTTING else frozenset())
    reader.stop_words_after_name = _NOT_AFTER_NAMES
    try:
        return _read(reader, draft, continued=before is not None)
    finally:
        reader.stop_words = reader.stop_words_after_name = frozenset()


def _read(reader: TokenReader, draft: ChangeDraft, *, continued: bool) -> Clause | None:
    while not reader.sentence_ended:
        reader.skip()
        start = reader.at
        if not _constituent(reader, draft):
            reader.at = start
            break
    return _finished(reader, draft, continued=continued)


def _constituent(reader: TokenReader, draft: ChangeDraft) -> bool:
    if reader.sentence_ended:
        return False
    if excepted(reader, draft):
        return True
    if reader.word() in (",", "and", ";", "with", "having", "&"):
        return _further_field(reader, draft)
    if reader.accept("by", "up by", "down by"):
        return changed_by(reader, draft)
    if (
        "lower" in draft.kinds
        and not _done(draft)
        and draft.targets
        and reader.accept("in half", "in two", "to half")
    ):
        field = draft.field if draft.field is not None else reader.lexicon.field("stock")
        return assigned(draft, Assignment(field, draft.field_surface or "stock", factor=0.5))
    if draft.field and draft.targets and reader.word() == "from":
        return changed_from(reader, draft)
    if draft.targets and draft.field and not _done(draft) and reader.word() == "of":
        reader.at += 1
        return changed_to(reader, draft)
    place = (
        reader.accept("in", "inside", "at", "into", "under")
        if "move" in draft.kinds and draft.targets and not draft.field and not draft.assignments
        else ""
    )
    if place or (not _done(draft) and reader.accept(*_TO)):
        return changed_to(reader, draft)
    if (
        not draft.targets
        and (draft.field or draft.assignments)
        and reader.accept("of", "for", "on", "in", "across", "at", "to")
    ):
        draft.targets = noun_phrases(reader)
        return bool(draft.targets)
    if draft.targets and not draft.assignments and reader.accept("'s", "'", "'s"):
        return True
    if not _done(draft) and draft.field and (reader.quantity_here() or _value_here(reader, draft.field)):
        return changed_to(reader, draft)
    if (draft.field is None or draft.inherited) and _field(reader, draft):
        draft.inherited = False
        return True
    if not draft.targets:
        draft.targets = noun_phrases(reader)
        return bool(draft.targets)
    return False


def _done(draft: ChangeDraft) -> bool:
    return draft.field is None and bool(draft.assignments)


def _value_here(reader: TokenReader, field: FieldWord) -> bool:
    token = reader.token()
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    return (token is not None and token.kind == "quoted") or (
        known is not None and any(field.get(of) == name for of, name in known[0])
    )


def _field(reader: TokenReader, draft: ChangeDraft) -> bool:
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
        draft.targets = (
            NounPhrase(surface="all items", type=_type_of(reader, field[0]), every=True, plural=True),
        )
    if determiner in ("its", "their") and not draft.targets:
        draft.targets = (NounPhrase(surface=determiner, pronoun=True),)
    draft.field, draft.field_surface = field[0], reader.surface(reader.at, end)
    reader.at = end
    reader.accept("level", "levels", "value", "field")
    return True


def _plural(reader: TokenReader, field_surface: str) -> bool:
    """Whether a field is named in the plural, which means all items: `prices`."""
    key = key_of(field_surface)
    return key.endswith("s") and any(
        plural_of(one) == key for one in (key[:-1], key[:-2], key[:-3] + "y") if one in reader.lexicon.fields
    )


def _type_of(reader: TokenReader, field: FieldWord) -> str:
    default = reader.lexicon.default_type
    return default if default in field or not field else next(iter(field))


def _further_field(reader: TokenReader, draft: ChangeDraft) -> bool:
    """Parse a further field of the same target: `… and its price to 3`."""
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
        return (
            "with" in joined and "restock" in draft.kinds and not _done(draft) and changed_by(reader, draft)
        )
    if "with" in joined and "restock" in draft.kinds and reader.quantity_here():
        return changed_by(reader, draft)
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
    draft.field, draft.field_surface = field[0], reader.surface(reader.at, field[1])
    reader.at = field[1]
    if reader.accept("by"):
        return changed_by(reader, draft)
    if reader.accept(*_TO, "of"):
        return changed_to(reader, draft)
    if reader.quantity_here() or _value_here(reader, draft.field) or draft.assignments or colon_style:
        return changed_to(reader, draft)
    return False


def _number_after(reader: TokenReader, at: int) -> bool:
    back, reader.at = reader.at, at
    found = reader.quantity_here()
    reader.at = back
    return found


def _finished(reader: TokenReader, draft: ChangeDraft, *, continued: bool) -> Clause | None:
    factor = FACTORS.get(draft.verb)
    if factor is not None and not draft.assignments:
        field = draft.field if draft.field is not None else reader.lexicon.field("stock")
        assigned(draft, Assignment(field, draft.field_surface or "stock", factor=factor))
    if draft.verb == "reorder" and draft.targets:
        raise NotUnderstoodError(
            "Reordering adds nothing to the stock: add an order, or ask what needs reordering. Nothing was changed."
        )
    if "restock" in draft.kinds and not draft.assignments and draft.targets and not draft.field:
        assigned(
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
    if not draft.targets and not continued and _plural(reader, draft.assignments[0].field_surface):
        word = draft.assignments[0].field_surface
        draft.targets = (
            NounPhrase(
                surface=word, type=_type_of(reader, draft.assignments[0].field), every=True, plural=True
            ),
        )
    if not draft.targets:
        raise NotUnderstoodError(
            f"Which item's {draft.assignments[0].field_surface} do you mean? Name it. Nothing was changed."
        )
    return Clause("set", draft.verb, draft.targets, tuple(draft.assignments))
