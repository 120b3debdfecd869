"""Tells a further value of a field from a condition on another field: `in Zone A and B`, `in Zone A and from Volta`."""

from streamd.language._lexicon import longest
from streamd.language._predicates import OneOf, Predicate
from streamd.language._syntax_tree import UnknownValueError
from streamd.language._token_reader import TokenReader


def is_of_another_field(reader: TokenReader, last: Predicate, prepositions: tuple[str, ...]) -> bool:
    """Whether the value here is of another field than the last one, so that both conditions hold.

    Raises without a preposition, which would say so.
    """
    start = reader.at
    preposition = reader.accept(*prepositions)
    reader.accept("the")
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    surface = reader.surface(reader.at, known[1]) if known else ""
    reader.at = start
    if known is None or not isinstance(last, OneOf) or known[0].keys() & last.values.keys():
        return False
    if not preposition:
        raise UnknownValueError(
            f"«{last.surface}» and «{surface}» are of different fields: say «… and in» or «… and from {surface}» if both hold. "
            "Nothing was changed."
        )
    return True
