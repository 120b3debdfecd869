"""The names of new items: `Widget and Gadget` of `add items named Widget and Gadget`."""

from typing import Final

from streamd.language._assignments import details
from streamd.language._lexicon import longest
from streamd.language._quantities import quantity
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._text_spans import date_detail_here, raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import FUNCTION_WORDS, STOPS

LISTING: Final = (",", "and", ", and", "&", "plus", "as well as", "and also", "along with", "together with")
"""Words between names."""


def names_follow(reader: TokenReader) -> bool:
    """Whether names of new items come next, and no details."""
    token = reader.token()
    if token is None or token.norm in STOPS | {","} | FUNCTION_WORDS - {"a"}:
        return False
    if token.kind == "quoted":
        return True
    if token.kind == "mark":
        return False
    reader_at = reader.at
    reader.skip()
    moved = reader.at != reader_at
    reader.at = reader_at
    if moved or reader.word() in ("costing", "priced", "having", "located", "stored", "worth", "supplied", "named", "called", "titled",
                                  "known", "whose", "using", "delivered", "selling", "namely", "entitled", "saying", "name", "based"):  # fmt: skip
        return False
    if date_detail_here(reader, reader.at):
        return False
    if quantity(reader.tokens, reader.at) and token.kind != "word":
        return False
    field = reader.field()
    return not (
        field
        and field[1] < len(reader.tokens)
        and (
            reader.tokens[field[1]].kind == "number" or reader.tokens[field[1]].norm in ("=", "of", "is", ":")
        )
    )


def new_names(reader: TokenReader, item_type: str, *, many: bool, singular: bool) -> list[str]:
    """Parse names up to what follows them: a detail, a further item, a command."""
    names: list[str] = []
    while True:
        start = reader.at
        if (
            names
            and (longest(reader.lexicon.types, reader.tokens, reader.at) or reader.quantity_here())
            and not is_known(reader)
        ):
            reader.at = start
            break
        raw = raw_text(reader, detail=True, singular=singular)
        if not raw:
            break
        names.append(raw)
        start = reader.at
        joined = reader.accept(*LISTING)
        unclear = not many and joined.startswith(",") and not (reader.verb() or reader.sentence_ended)
        if unclear and not _starts_detail(reader, item_type):
            raise NotUnderstoodError(
                f"I cannot tell whether «{raw}, …» is one name or several: put the name in quotes. Nothing was changed."
            )
        if not (joined and many) or reader.verb() or _starts_new(reader) or _starts_detail(reader, item_type):
            reader.at = start
            break
    return names


def is_known(reader: TokenReader) -> bool:
    """Whether the name of an item begins here."""
    return longest(reader.lexicon.names, reader.tokens, reader.at) is not None


def _starts_new(reader: TokenReader) -> bool:
    if reader.word() in ("a", "an", "another") or reader.quantity_here():
        return True
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    return typed is not None and not typed[0].generic


def _starts_detail(reader: TokenReader, item_type: str) -> bool:
    start, notes = reader.at, len(reader.notes)
    try:
        return bool(details(reader, item_type))
    except NotUnderstoodError:
        return False
    finally:
        reader.at = start
        del reader.notes[notes:]
