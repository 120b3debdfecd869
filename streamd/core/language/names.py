"""Names in a sentence: those that items bear, and words that may be one."""

from typing import Final

import attrs

from streamd.core.language.courtesies import FILLERS
from streamd.core.language.lexicon import longest
from streamd.core.language.numbers import NUMBER_WORDS
from streamd.core.language.phrases import (
    NameSaid,
    Phrase,
)
from streamd.core.language.reader import Reader
from streamd.core.language.vocabulary import (
    EVERYTHING,
    FUNCTION_WORDS,
    PRONOUNS,
    STOPS,
)

NAMED: Final = ("named", "called", "titled", "with the name", "with name", "by the name of", "known as", "whose name is",
                 "that is called", "which is called", "with the id", "with id", "id", "with item id", "whose id is", "#",
                 "that is named", "with the title", "identified by", "identified as", "entitled", "with the names", "names",
                 "with an id of", "with the id of", "item id", "that are called", "that are named", "number")  # fmt: skip


def known_name(reader: Reader) -> tuple[NameSaid, int] | None:
    """An item's name or id that stands here. A single everyday word is one only where nothing else is possible."""
    found = longest(reader.lexicon.names, reader.tokens, reader.at)
    token = reader.token()
    if found is None or token is None:
        return None
    ids, end = found
    if token.kind != "quoted" and end == reader.at + 1:
        alone = end >= len(reader.tokens) or reader.tokens[end].norm in STOPS | {",", "and"}
        everyday = token.norm in FUNCTION_WORDS | FILLERS | NUMBER_WORDS or token.kind != "word"
        if everyday and not alone:
            return None
        if (token.kind != "word" or token.norm in PRONOUNS or token.norm in EVERYTHING) and not alone:
            return None
    return NameSaid(reader.said(reader.at, end), tuple(ids), token.kind == "quoted", _key(reader, end)), end


def _key(reader: Reader, end: int) -> str:
    return " ".join(token.norm for token in reader.tokens[reader.at : end])


def named(reader: Reader, built: Phrase, *, many: bool = False) -> Phrase:
    """The names that stand here, known or not."""
    names: list[NameSaid] = []
    while True:
        known = known_name(reader) or _name_after_introduction(reader)
        if known:
            names.append(known[0])
            reader.at = known[1]
        else:
            said = unknown_name(reader, built)
            if said is None:
                break
            names.extend(said.names)
        start = reader.at
        if not (many and reader.accept(",", "and", ", and", "or", "&") and known_name(reader)):
            reader.at = start
            break
    return attrs.evolve(built, names=tuple(names))


def _name_after_introduction(reader: Reader) -> tuple[NameSaid, int] | None:
    found = longest(reader.lexicon.names, reader.tokens, reader.at)
    return (
        (NameSaid(reader.said(reader.at, found[1]), tuple(found[0]), key=_key(reader, found[1])), found[1])
        if found
        else None
    )


def unknown_name(reader: Reader, built: Phrase) -> Phrase | None:
    """Words that nothing explains, up to the next small word or mark: a name to look for."""
    token = reader.token()
    if token is None:
        return None
    end = reader.at
    if token.kind == "quoted":
        end += 1
    else:
        while end < len(reader.tokens) and end - reader.at < 10:
            here = reader.tokens[end]
            if here.kind == "quoted" or (
                here.kind == "mark" and here.norm not in ("-", "/", "#", "(", ")", "'")
            ):
                break
            if here.norm in FUNCTION_WORDS | FILLERS and not (end > reader.at and here.norm == "a"):
                break
            if end > reader.at and longest(reader.lexicon.fields, reader.tokens, end):
                break
            end += 1
    if end == reader.at:
        return None
    said = reader.said(reader.at, end) if token.kind != "quoted" else token.text
    norm = " ".join(token.norm for token in reader.tokens[reader.at : end])
    reader.at = end
    ids = tuple(reader.lexicon.names.get(norm, ()))
    return attrs.evolve(built, names=(NameSaid(said, ids, token.kind == "quoted", norm),))
