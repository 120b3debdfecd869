"""The grammar of new items: `3 suppliers in Europe`, `an item called "Glass, tempered" with stock 40`, `Widget and Gadget`."""

from typing import Final

import attrs

from streamd.language._assignments import details
from streamd.language._everyday_words import COMMON_WORDS, USUAL_TYPES
from streamd.language._item_names import check_not_there
from streamd.language._lexicon import TypeWord, longest
from streamd.language._new_item_details import adjective, bare_names, check_no_value
from streamd.language._new_item_names import LISTING, is_known, names_follow, new_names
from streamd.language._noun_phrases import noun_phrase
from streamd.language._quantities import Quantity, quantity
from streamd.language._syntax_tree import Assignment, NewItems, NotUnderstoodError
from streamd.language._text_spans import listed_texts, raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import FUNCTION_WORDS, NAMING, NEW_WORDS

_NAMED: Final = (*NAMING, ":", "name", "to be called", "to be named", "named :", "called :", "with names", "namely", "and call it",
                 "and name it", "- ", "=")  # fmt: skip
_URGENT: Final = frozenset(["urgent", "urgently", "important", "critical", "express", "priority"])
_DETERMINERS: Final = frozenset(["the", "a", "an", "my", "our", "us", "me", "one"])


def addition(reader: TokenReader) -> tuple[NewItems, ...]:
    """Parse the items to add; an empty tuple when the tokens here describe none."""
    found: list[NewItems] = []
    while True:
        start = reader.at
        one = _new(reader, found[-1] if found else None)
        if one is None:
            reader.at = start
            return tuple(found)
        found.append(one)
        norms = {token.norm for token in reader.tokens[start : reader.at]}
        if one.assignments and "(" not in norms and bare_names(found[:-1], one):
            found = [attrs.evolve(earlier, assignments=one.assignments) for earlier in found[:-1]] + [one]
        start = reader.at
        reader.skip()
        joined = reader.accept(*LISTING)
        reader.accept("then", "and then")
        reader.skip()
        if not joined or reader.verb():
            reader.at = start
            return tuple(found)


def _new(reader: TokenReader, before: NewItems | None) -> NewItems | None:
    reader.skip()
    start = reader.at
    count: Quantity | None = None
    singular = False
    while True:
        number = quantity(reader.tokens, reader.at) if count is None else None
        if number and not longest(reader.lexicon.names, reader.tokens, reader.at):
            if number.money or number.percent or number.unit:
                return None
            count, reader.at = number, number.end
        elif reader.word() in _DETERMINERS | NEW_WORDS and not reader.ended:
            singular = singular or reader.word() in ("a", "an", "another", "one")
            reader.at += 1
        else:
            break
    extra = adjective(reader)
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if typed and name and name[1] > typed[1]:
        typed = None
    if typed and typed[0].generic and _part_of_name(reader, typed[1], start):
        typed = None
    if typed is None:
        undeclared = _undeclared(reader)
        if undeclared:
            return _named(reader, undeclared, _shared(count, before), (), singular=singular)
        if extra:
            return None
        return _untyped(reader, count, before, singular=singular)
    word = _past_type(reader, typed)
    return _named(reader, word, _shared(count, before), extra, singular=singular and not word.plural)


def _shared(count: Quantity | None, before: NewItems | None) -> Quantity | None:
    """Carry a vague number over to the next noun: `multiple suppliers and inventory items`."""
    return before.count if count is None and before and before.count and before.count.vague else count


def _part_of_name(reader: TokenReader, end: int, start: int) -> bool:
    """Whether a capital `Product` or `Item` is the first word of a name: `Add Product D`."""
    if end >= len(reader.tokens) or end != reader.at + 1 or start != reader.at:
        return False
    here, following = reader.tokens[reader.at], reader.tokens[end]
    return (
        here.text[:1].isupper()
        and not here.text.isupper()
        and here.norm != "item"
        and following.kind in ("word", "number")
        and (following.text[:1].isupper() or following.kind == "number")
        and following.norm not in FUNCTION_WORDS - {"a", "i"}
    )


def _past_type(reader: TokenReader, typed: tuple[TypeWord, int]) -> TypeWord:
    word, reader.at = typed
    second = longest(reader.lexicon.types, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if name and second and name[1] > second[1]:
        second = None
    if second and word.generic and second[0].generic and _part_of_name(reader, second[1], reader.at):
        second = None
    if second and (second[0].generic or word.generic or second[0].type == word.type):
        reader.at = second[1]
        word = second[0] if word.generic else TypeWord(word.type, plural=second[0].plural)
    return word


def _undeclared(reader: TokenReader) -> TypeWord | None:
    """Parse a type that is not declared but plainly named: `project item named`, `a task called`."""
    token = reader.token()
    if token is None or token.kind != "word" or token.norm in FUNCTION_WORDS or not token.norm.isidentifier():
        return None
    following = reader.word(1)
    after = reader.word(2)
    if (
        following in ("item", "items", "record", "records")
        and token.text.islower()
        and token.norm not in COMMON_WORDS
    ):
        reader.at += 2
        reader.notes.append(f"I took «{token.norm}» to be a type of items that nobody declared.")
        return TypeWord(token.norm, plural=following in ("items", "records"))
    bare = (
        token.norm in USUAL_TYPES
        and reader.at > 0
        and reader.tokens[reader.at - 1].norm in ("a", "an", "new")
    )
    if (following in ("named", "called", "titled") and token.text.islower() and after) or (
        bare and following
    ):
        reader.at += 1
        return TypeWord(token.norm, plural=False)
    return None


def _named(
    reader: TokenReader,
    word: TypeWord,
    count: Quantity | None,
    extra: tuple[Assignment, ...],
    *,
    singular: bool,
) -> NewItems:
    assigned = [*extra]
    names: list[str] = []
    text_type = word.type in reader.lexicon.field("text")
    if not names_follow(reader):
        assigned += details(reader, word.type)
    reader.accept(",") if reader.word(1) in ("named", "called", "titled") else ""
    introduced = reader.accept(*_NAMED)
    if introduced in (":", "=") and text_type:
        if listed := listed_texts(reader, word, count):
            return NewItems(word.type, count, listed, tuple(assigned))
        text = raw_text(reader, free=True)
        return NewItems(word.type, count, (text,) if text else (), tuple(assigned))
    if introduced == ":":
        reader.accept("name", "named", "names")
    if introduced or names_follow(reader):
        many = not singular and (
            word.plural or word.mass or (count is not None and count.value != 1) or introduced == ":"
        )
        names = new_names(reader, word.type, many=many, singular=singular or (not many and not word.mass))
        if introduced and not names:
            raise NotUnderstoodError("I did not find the name after «named», so nothing was changed.")
    assigned += details(reader, word.type)
    if word.plural and not word.mass and count is None and not names:
        raise NotUnderstoodError(
            f"How many {word.type} items shall I add? Say a number, for example «add 3». Nothing was changed."
        )
    return NewItems(word.type, count, tuple(names), tuple(assigned))


def _untyped(
    reader: TokenReader, count: Quantity | None, before: NewItems | None, *, singular: bool
) -> NewItems | None:
    token = reader.token()
    if (
        token is None
        or token.kind == "mark"
        or token.norm in FUNCTION_WORDS - {"a"}
        or not reader.lexicon.default_type
    ):
        return None
    if before and token.norm in _URGENT and token.kind != "quoted":
        return None  # urgency is no second item
    kind = before.type if before else reader.lexicon.default_type
    if reader.word() in ("named", "called", "titled"):
        if before is None:
            return None
        reader.at += 1
    if count is not None and not singular and token.kind != "quoted":
        surface = reader.surface(reader.at, min(len(reader.tokens), reader.at + 4))
        raise NotUnderstoodError(
            f"I do not know what «{surface}» is: say, for example, «add 5 inventory items named {token.text}». Nothing was changed."
        )
    if token.kind != "quoted":
        check_not_there(reader)
    if reader.weak_verb and (is_known(reader) or token.kind != "quoted"):
        return None
    at = reader.at
    found = noun_phrase(reader, unknown=False) if not is_known(reader) else None
    if found is not None and (found.everything or found.pronoun or found.every):
        return None
    reader.at = at
    if token.text.islower() and reader.field() and token.kind != "quoted":
        return None
    name = raw_text(reader, detail=True, singular=singular)
    if not name:
        return None
    told = tuple(details(reader, kind))
    if before and not told and token.kind != "quoted":
        check_no_value(reader, name)
    return NewItems(kind, count, (name,), told)
