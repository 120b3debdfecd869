"""Conditions that `and` joins: a further value of a field, a condition on another field, or two that exclude each other."""

from collections.abc import Iterator

from streamd.language._lexicon import longest
from streamd.language._predicates import AllOf, OneOf, Predicate
from streamd.language._syntax_tree import NotUnderstoodError, UnknownValueError
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


def check_joined(condition: Predicate) -> None:
    """Raise NotUnderstoodError for two values that no item has at once, `in Bay 1 and … in Bay 2`: either may be meant of some."""
    valued = [one for one in _joined(condition) if isinstance(one, OneOf)]
    for at, one in enumerate(valued):
        for other in valued[at + 1 :]:
            same = one.values.keys() & other.values.keys()
            if (
                same
                and len(same) == len(one.values)
                and all(one.values[of] != other.values[of] for of in same)
            ):
                raise NotUnderstoodError(
                    f"Nothing is «{one.surface}» and «{other.surface}» at once: say it of one after the other. Nothing was changed."
                )


def _joined(condition: Predicate) -> Iterator[Predicate]:
    if isinstance(condition, AllOf):
        for part in condition.of:
            yield from _joined(part)
    else:
        yield condition
