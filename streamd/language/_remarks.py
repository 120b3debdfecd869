"""Finds remarks and corrections behind a name or value, such as `Hall 1, actually Hall 2`, and beginnings of known values."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from streamd.language._known_values import shortened
from streamd.language._lexicon import FieldWord, longest
from streamd.language._politeness import FILLERS
from streamd.language._quantities import DATE
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token, key_of
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.text.wordlist import words

_REMARKING: Final = FILLERS | words(
    "actually no wait sorry instead rather mean meant correction oops near because temporarily until yesterday tomorrow again "
    "already anyway probably maybe perhaps which who while but however although though when if where since not or well btw "
    "thanks thank please hopefully unless except i i'm we we're it's that's there's everyone guys ok okay"
)
"""Words of a speaker rather than of a name."""
_ADDING: Final = frozenset({"and", "or", "&", "plus", "/"})
_REMARKING_MARKS: Final = frozenset({",", "(", "[", "…"})
_DATING: Final = frozenset({"on", "at", "since", "by", "from", "as", "until"})
_JOINING: Final = FUNCTION_WORDS - _REMARKING
"""Words within names: `Bay 3 of Hall 2`, `out for delivery`."""


def check_remarks(reader: TokenReader, start: int, end: int, *, listed: bool = False) -> None:
    """Refuse a name or value without quotes that goes on with a remark. `listed`: commas part its members."""
    tokens = reader.tokens[start:end]
    if end > start and _is_known(reader, start, end):
        return
    at = _joined_in(reader, start, end, listed=listed)
    at = (
        at if at is not None else _remark_in(tokens, _REMARKING_MARKS - {","} if listed else _REMARKING_MARKS)
    )
    if at is None:
        return
    remark = reader.surface(start + at, end).strip(" ,")
    raise NotUnderstoodError(
        f"I did not understand «{remark}» behind «{reader.surface(start, start + at)}», so nothing was changed. "
        "If it is part of the text before it, put that in quotes."
    )


def _is_known(reader: TokenReader, start: int, end: int) -> bool:
    """Whether exactly these words are a name or a value that there is."""
    known = (longest(table, reader.tokens, start) for table in (reader.lexicon.values, reader.lexicon.names))
    return any(found is not None and found[1] == end for found in known)


def _joined_in(reader: TokenReader, start: int, end: int, *, listed: bool) -> int | None:
    """The index, from the start, of an `and` beside a name or value that there is: `Hall 1 and Hall 2` are no place."""
    for at in range(start + 1, end - 1):
        if not listed and reader.tokens[at].norm in _ADDING and reader.tokens[at].kind != "quoted":
            tables = (reader.lexicon.values, reader.lexicon.names)
            if _is_known(reader, start, at) or any(longest(table, reader.tokens, at + 1) for table in tables):
                return at - start
    return None


def check_beginnings(reader: TokenReader, field: FieldWord, raw: str) -> None:
    """Refuse a new value that is the beginning of several known ones, which may be meant."""
    key = key_of(raw)
    longer = {
        value
        for _, where in reader.lexicon.values.beginning_with(key)
        for (of, name), value in where.items()
        if field.get(of) == name
    }
    known = reader.lexicon.values.get(key, {})
    if len(longer) > 1 and not any(field.get(of) == name for of, name in known):
        raise NotUnderstoodError(
            f"«{raw}» is the beginning of several values: {shortened(sorted(longer))}. Say which, or put it in quotes if it is a new "
            "one. Nothing was changed."
        )


def _remark_in(tokens: Sequence[Token], marks: AbstractSet[str]) -> int | None:
    """The index of the token at which a remark begins."""
    courteous = len(tokens)
    while courteous > 1 and tokens[courteous - 1].norm in FILLERS and tokens[courteous - 1].text.islower():
        courteous -= 1  # `to Hall 1 please`: left out where the text is taken
    for at, token in enumerate(tokens[:courteous]):
        if not at or token.kind == "quoted":
            continue
        if token.kind == "mark" and token.norm in marks:
            return at
        if token.kind == "word" and token.text.islower() and token.norm in _REMARKING:
            return at
        if token.norm in _DATING and at + 1 < len(tokens) and DATE.fullmatch(tokens[at + 1].text):
            return at
        if token.text.islower() and token.norm in _JOINING and _is_named(tokens[0]):
            following = next((one for one in tokens[at + 1 :] if one.norm not in _JOINING), None)
            if following is None or not _is_named(following):
                return at
    return None


def _is_named(token: Token) -> bool:
    """Whether a word is written like a part of a name: with a capital, a digit, or as one letter."""
    return not token.text.islower() or any(char.isdigit() for char in token.text) or len(token.text) == 1
