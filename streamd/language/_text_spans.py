"""Names and texts as written, and where they end."""

from typing import Final

from streamd.language._clause_boundaries import starts_clause
from streamd.language._lexicon import TypeWord, longest
from streamd.language._noun_phrases import noun_phrases
from streamd.language._quantities import DATE, Quantity
from streamd.language._remarks import check_remarks
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import STOPS, VALUE_OF_FIELD
from streamd.text.wordlist import words

_DETAIL: Final = words(
    "with having in at from for costing priced whose that which using worth via under who to into onto"
)


_PARTICIPLES: Final = words("located based stored kept supplied made delivered provided held selling")


_COURTESIES: Final = (
    "thanks",
    "thank you",
    "thx",
    "cheers",
    "thanks a lot",
    "many thanks",
    "for now",
    "pls",
    "kindly",
)


_PREPOSITIONS: Final = frozenset(["in", "at", "by", "from", "for", "out", "on"])


def raw_text(
    reader: TokenReader,
    *,
    targeted: bool = True,
    detail: bool = False,
    singular: bool = False,
    free: bool = False,
    listed: bool = False,
) -> str:
    """Take a name or text as written, up to the next clause. `detail`: prepositions such as `with` and `in` end it, too.

    `free`: a note, which may contain `except`, `if` and `because`. `listed`: several texts with commas between them.
    """
    end = text_end(reader, targeted=targeted, detail=detail, singular=singular, free=free)
    if not free:
        check_remarks(reader, reader.at, end, listed=listed)
    return reader.take_raw(end) if end > reader.at else ""


def text_end(
    reader: TokenReader,
    *,
    targeted: bool = True,
    detail: bool = False,
    singular: bool = False,
    free: bool = False,
) -> int:
    """The index at which the name or text that begins here ends."""
    token = reader.token()
    if token is None or token.norm in STOPS | {","}:
        return reader.at
    if token.kind == "quoted":
        return reader.at + 1
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    start = reader.at
    end = known[1] if known and not detail else start
    while end < len(reader.tokens) and end - start < 40:
        here = reader.tokens[end]
        if here.norm in STOPS and _sentence_ends(reader, end):
            break
        if here.kind == "quoted":
            break
        if end > start and not free and starts_clause(reader, end):
            break
        if end > start and detail and _detail_begins(reader, end):
            break
        if (
            end > start
            and here.norm in (",", "and", "then", "but", "&")
            and _goes_on(reader, end, detail=detail, singular=singular, free=free)
        ):
            break
        if (
            end > start
            and not targeted
            and here.norm in ("for", "of", "on", "in")
            and _target_follows(reader, end + 1)
        ):
            break
        end += 1
    return end


def listed_texts(reader: TokenReader, word: TypeWord, count: Quantity | None) -> tuple[str, ...]:
    """Split `two notes: call Bob, buy milk` into as many texts as announced; an empty tuple when that is not possible."""
    if not word.plural and (count is None or count.value == 1):
        return ()
    end = reader.at
    while end < len(reader.tokens) and not (reader.tokens[end].norm in STOPS and _sentence_ends(reader, end)):
        end += 1
    for parting in ({","}, {",", "and", "&"}):
        parts: list[str] = []
        start = reader.at
        for at in range(reader.at, end + 1):
            if at == end or (reader.tokens[at].kind != "quoted" and reader.tokens[at].norm in parting):
                if start < at and reader.tokens[start].norm == "and":
                    start += 1
                one = reader.tokens[start] if start + 1 == at else None
                parts += (
                    [one.text if one and one.kind == "quoted" else reader.surface(start, at)]
                    if start < at
                    else []
                )
                start = at + 1
        if len(parts) > 1 and (count is None or len(parts) == count.value):
            reader.raw.update(range(reader.at, end))
            reader.at = end
            return tuple(parts)
    return ()


_DUE: Final = words("due expected arriving ordered placed dated by on until before")


def date_detail_here(reader: TokenReader, at: int) -> bool:
    """Whether a date detail such as `due 2026-12-24` begins there, which is no part of a name."""
    if reader.tokens[at].norm not in _DUE:
        return False
    return any(DATE.fullmatch(one.text) for one in reader.tokens[at + 1 : at + 3])


def _detail_begins(reader: TokenReader, at: int) -> bool:
    field = longest(reader.lexicon.fields, reader.tokens, at)
    capital = reader.tokens[reader.at].text[:1].isupper() and reader.tokens[at].text.islower()
    if (
        field
        and capital
        and at > reader.at
        and field[1] < len(reader.tokens)
        and reader.tokens[field[1]].kind == "number"
    ):
        return True
    if date_detail_here(reader, at):
        return True
    here = reader.tokens[at].norm
    following = reader.tokens[at + 1].norm if at + 1 < len(reader.tokens) else ""
    return here in _DETAIL or here in ("(", ":", "=") or (here in _PARTICIPLES and following in _PREPOSITIONS)


def _sentence_ends(reader: TokenReader, at: int) -> bool:
    if at + 1 >= len(reader.tokens):
        return True
    here, following = reader.tokens[at], reader.tokens[at + 1]
    return here.end < following.start or here.text == "\n"


def _goes_on(reader: TokenReader, at: int, *, detail: bool, singular: bool, free: bool) -> bool:
    """Whether a new clause begins after the comma or `and` here, so that the text ends."""
    back = reader.at
    word = reader.tokens[at].norm
    try:
        reader.at = at + 1
        while reader.accept(
            *_COURTESIES,
            "and",
            "then",
            ",",
            "also",
            "please",
            "finally",
            "next",
            "so",
            "i",
            "can",
            "could",
            "you",
            "a",
            "an",
            "the",
        ):
            pass
        if reader.ended or reader.sentence_ended or word == "then":
            return True
        if not free and starts_clause(reader, reader.at):
            return True
        if reader.verb() or reader.word() in (
            "don't",
            "do",
            "never",
            "leave",
            "keep",
            "not",
            "but",
            "its",
            "their",
        ):
            return True
        if detail and (_detail_begins(reader, reader.at) or (not singular and word in (",", "and", "&"))):
            return True
        field = reader.field()
        if field and field[1] < len(reader.tokens):
            reader.at = field[1]
            return reader.word() in (*VALUE_OF_FIELD, "by") or reader.quantity_here() or detail
        if detail and (reader.quantity_here() or longest(reader.lexicon.types, reader.tokens, reader.at)):
            return True
        name = longest(reader.lexicon.names, reader.tokens, reader.at)
        if name and name[1] < len(reader.tokens):
            if word == "," and not detail and not free:
                return True
            reader.at = name[1]
            return reader.word() in ("to", "as", "'s", "into", "=") or reader.field() is not None
        return False
    finally:
        reader.at = back


def _target_follows(reader: TokenReader, at: int) -> bool:
    back, notes = reader.at, len(reader.notes)
    reader.at = at
    try:
        found = noun_phrases(reader)
        reader.skip()
        known = all(one.names == () or any(name.ids for name in one.names) for one in found)
        return (
            bool(found) and known and (reader.sentence_ended or reader.word() in (",", "and", "then", "but"))
        )
    except NotUnderstoodError:
        return False
    finally:
        reader.at = back
        del reader.notes[notes:]
