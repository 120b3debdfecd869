"""Premodifiers: values before a noun or in its place, as in `Warehouse A items`, `Global Parts Inc's items`, `all cosmetics`."""

from collections.abc import Mapping

from streamd.language._lexicon import longest
from streamd.language._predicates import HeadedBy, OneOf, Predicate
from streamd.language._superlatives import type_at
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.text.plurals import plural_of


def is_named_so(reader: TokenReader, criterion: tuple[Mapping[str, str], int] | None, end: int) -> bool:
    """Whether the words up to `end` are the name of a criterion, as `low stock` is, even where a field has that value."""
    return (
        criterion is not None
        and criterion[1] >= end
        and key_of(reader.surface(reader.at, criterion[1]))
        in {key_of(name) for name in criterion[0].values()}
    )


def is_criterion(
    reader: TokenReader,
    criterion: tuple[Mapping[str, str], int] | None,
    value: tuple[Mapping[tuple[str, str], str], int] | None,
) -> bool:
    """Whether words are a criterion of some types and a value of others, and no item of those follows: `low items`, of a low risk.

    Of items of the type that has the value it is the value: `low suppliers`.
    """
    if criterion is None or value is None or criterion[1] != value[1]:
        return False
    valued_types = {of for of, _ in value[0]}
    following = longest(reader.lexicon.types, reader.tokens, criterion[1])
    is_of_value = following is not None and following[0].type in valued_types
    return valued_types.isdisjoint(criterion[0]) and not is_of_value


def is_adjective(reader: TokenReader, end: int) -> bool:
    """Whether a type word comes after a value, perhaps with more adjectives between: `Warehouse A items`."""
    at = end
    for _ in range(4):
        if at < len(reader.tokens) and reader.tokens[at].norm == "'s":
            at += 1
        if type_at(reader, at):
            return True
        criterion = longest(reader.lexicon.criteria, reader.tokens, at)
        value = longest(reader.lexicon.values, reader.tokens, at)
        if criterion is None and value is None:
            return False
        at = max(criterion[1] if criterion else 0, value[1] if value else 0)
    return False


def valued(reader: TokenReader, value: tuple[Mapping[tuple[str, str], str], int]) -> Predicate:
    """Parse a value, and the 's of `Global Parts Inc's items`."""
    start, reader.at = reader.at, value[1]
    met = OneOf(value[0], reader.surface(start))
    reader.accept("'s", "'")
    return met


def kind_of(reader: TokenReader, noun: str, surface: str) -> HeadedBy:
    """Form the condition of being what a noun means: by the name, or by a category that is called so in either number."""
    category = reader.lexicon.field("category")
    alike = (key_of(surface), noun, plural_of(noun))
    values = {
        (of, field): value
        for key in alike
        for (of, field), value in reader.lexicon.values.get(key, {}).items()
        if category.get(of) == field
    }
    return HeadedBy(noun, surface, values)


def is_category(reader: TokenReader, values: Mapping[tuple[str, str], str]) -> bool:
    """Whether a value is a category, which stands for what belongs to it: `all cosmetics`."""
    category = reader.lexicon.field("category")
    return any(category.get(of) == field for of, field in values)


def owns(reader: TokenReader, end: int) -> bool:
    """Whether a value owns the items that follow: `Global Parts Inc's items`, not a field as in `Product A's supplier`."""
    if end >= len(reader.tokens) or reader.tokens[end].norm not in ("'s", "'"):
        return False
    at = end + 1
    criterion = longest(reader.lexicon.criteria, reader.tokens, at)
    typed = longest(reader.lexicon.types, reader.tokens, criterion[1] if criterion else at)
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    return bool(typed and typed[0].plural and value and any(of == typed[0].type for of, _ in value[0]))
