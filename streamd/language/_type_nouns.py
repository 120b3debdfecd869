"""Nouns for types and the names after them: `suppliers`, `item Product B`, `supplier named Acme`."""

import attrs

from streamd.language._conditions import condition_here
from streamd.language._item_names import NAMED, known_name, named, names_after_plural, unknown_name
from streamd.language._lexicon import TypeWord, longest
from streamd.language._politeness import FILLERS
from streamd.language._syntax_tree import NounPhrase
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import EXTREMES, FUNCTION_WORDS
from streamd.text.plurals import singular_of


def typed_noun(reader: TokenReader, built: NounPhrase, typed: tuple[TypeWord, int]) -> NounPhrase:
    """Add a type noun, and the name after it, to a noun phrase."""
    word, reader.at = typed
    kind = word.type
    second = longest(reader.lexicon.types, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, reader.at)
    if name and second and name[1] > second[1]:
        second = None
    if second and (second[0].generic or second[0].type == word.type) and not _is_field_next(reader):
        reader.at = second[1]
        word = TypeWord(kind, plural=second[0].plural)
    elif second and word.generic and not word.plural:
        reader.at = second[1]
        word = second[0]
    built = attrs.evolve(built, type=word.type, generic=word.generic, plural=word.plural)
    if word.mass and not built.every:
        built = attrs.evolve(built, plural=True)
    reader.accept(":")
    singular = singular_of(reader.tokens[reader.at - 1].norm)
    if word.plural and not word.mass and (together := names_after_plural(reader, built, singular)):
        return together
    known = known_name(reader)
    introduced = reader.accept(*NAMED)
    reader.accept(":", "is")
    if introduced or known:
        return named(reader, built, many=word.plural or word.mass)
    token = reader.token()
    if token and token.kind == "quoted":
        return named(reader, built, many=word.plural)
    if not (built.every or built.count or built.plural) and _looks_like_a_name(reader):
        return unknown_name(reader, built) or built
    if (
        built.plural
        and not built.every
        and not built.count
        and token
        and token.text[:1].isupper()
        and _looks_like_a_name(reader)
    ):
        return unknown_name(reader, built) or built
    return built


def _is_field_next(reader: TokenReader) -> bool:
    field = reader.field()
    return field is not None and reader.word() not in ("item", "items", "product", "products")


def _looks_like_a_name(reader: TokenReader) -> bool:
    token = reader.token()
    if (
        token is None
        or token.kind == "mark"
        or token.norm in FUNCTION_WORDS | FILLERS
        or reader.quantity_here()
        or (
            token.text.islower()
            and (reader.word() in EXTREMES or f"{reader.word()} {reader.word(1)}" in EXTREMES)
        )
    ):
        return False
    return not (
        reader.field() or longest(reader.lexicon.criteria, reader.tokens, reader.at) or condition_here(reader)
    )
