"""Item names in a sentence: known ones, and words that may be one."""

from typing import Final

import attrs

from streamd.language._lexicon import longest
from streamd.language._politeness import FILLERS
from streamd.language._quantities import NUMBER_WORDS
from streamd.language._syntax_tree import NameMention, NotUnderstoodError, NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.language._vocabulary import EVERYTHING, FUNCTION_WORDS, NAMING, PRONOUNS, STOPS
from streamd.text.letter_case import capitalised

NAMED: Final = (
    *NAMING, "with the id", "with id", "id", "with item id", "whose id is", "#", "identified by", "identified as", "names",
    "with an id of", "with the id of", "item id", "that are called", "that are named", "number",
)  # fmt: skip
"""Phrases that announce the name or id of an existing item."""


def known_name(reader: TokenReader) -> tuple[NameMention, int] | None:
    """Match a known name or id here. A single everyday word is one only where nothing else is possible."""
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
    return NameMention(
        reader.surface(reader.at, end), tuple(ids), token.kind == "quoted", _key(reader, end)
    ), end


def check_not_there(reader: TokenReader) -> None:
    """Refuse `add a hard hat` where there is that item: a piece more of it may be meant, or another item."""
    there = known_name(reader)
    if there is not None:
        name = there[0].text
        raise NotUnderstoodError(
            f"«{name}» is there already: say «add 1 to the stock of {name}» for one more piece, or «add an item named …» for another "
            "item. Nothing was changed.",
            there[0].ids,
        )


def _key(reader: TokenReader, end: int) -> str:
    return " ".join(token.norm for token in reader.tokens[reader.at : end])


def named(reader: TokenReader, built: NounPhrase, *, many: bool = False) -> NounPhrase:
    """Parse the names here, known or not."""
    names: list[NameMention] = []
    while True:
        known = known_name(reader) or _name_after_introduction(reader)
        if known:
            names.append(known[0])
            reader.at = known[1]
        else:
            surface = unknown_name(reader, built)
            if surface is None:
                break
            names.extend(surface.names)
        start = reader.at
        if not (many and reader.accept(",", "and", ", and", "or", "&") and known_name(reader)):
            reader.at = start
            break
    return attrs.evolve(built, names=tuple(names))


def _name_after_introduction(reader: TokenReader) -> tuple[NameMention, int] | None:
    found = longest(reader.lexicon.names, reader.tokens, reader.at)
    return (
        (
            NameMention(reader.surface(reader.at, found[1]), tuple(found[0]), key=_key(reader, found[1])),
            found[1],
        )
        if found
        else None
    )


def unknown_name(reader: TokenReader, built: NounPhrase) -> NounPhrase | None:
    """Parse unexplained words up to the next function word or mark as a name to look up."""
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
    surface = reader.surface(reader.at, end) if token.kind != "quoted" else token.text
    norm = " ".join(token.norm for token in reader.tokens[reader.at : end])
    reader.at = end
    ids = tuple(reader.lexicon.names.get(norm, ()))
    return attrs.evolve(built, names=(NameMention(surface, ids, token.kind == "quoted", norm),))


def sharing_first_words(reader: TokenReader, before: NounPhrase) -> NounPhrase | None:
    """Parse the `B` of `Product A, B and C`: a name that shares its first words with the name before."""
    token = reader.token()
    if token is None or token.kind == "quoted" or not before.names or before.condition or before.excluded:
        return None
    last = before.names[-1]
    first_words = (last.key or key_of(last.text)).split(" ")[:-1]
    known = longest(reader.lexicon.names, reader.tokens, reader.at)
    if not (last.ids and first_words) or (known and known[1] > reader.at + 1):
        return None
    key = " ".join([*first_words, token.norm])
    ids = reader.lexicon.names.get(key)
    if not ids or key == last.key:
        return None
    start, reader.at = reader.at, reader.at + 1
    name = NameMention(" ".join([*last.text.split(" ")[:-1], token.text]), tuple(ids), key=key)
    return NounPhrase(surface=reader.surface(start), type=before.type, generic=before.generic, names=(name,))


def names_after_plural(reader: TokenReader, built: NounPhrase, word: str) -> NounPhrase | None:
    """Parse `products A, B and C`: names that share the type's word."""
    names: list[NameMention] = []
    start = reader.at
    while True:
        token = reader.token()
        key = f"{word} {token.norm}" if token else ""
        ids = reader.lexicon.names.get(key)
        if token is None or token.kind == "quoted" or not ids:
            reader.at = start
            break
        names.append(NameMention(f"{capitalised(word)} {token.text}", tuple(ids), key=key))
        start = reader.at = reader.at + 1
        if not reader.accept(",", "and", ", and", "&", "/"):
            break
    return attrs.evolve(built, names=tuple(names)) if names else None


def whole_name(name: NameMention, phrase: NounPhrase) -> str:
    """The name with a capitalised noun before it, such as `Product`, which may be part of it."""
    surface = phrase.surface.strip()
    whole = (
        surface.endswith(name.text)
        and surface[:1].isupper()
        and len(phrase.names) == 1
        and len(surface.split(" ")) <= 3
    )
    return surface if whole else name.text
