"""Negation of conditions: `not below 50`, `that are not in Warehouse A`."""

import attrs

from streamd.language._predicates import AllOf, AnyOf, Compare, HasField, Not, Predicate, ReferredBy
from streamd.language._vocabulary import INVERSE


def negation_of(predicate: Predicate) -> Predicate:
    """Negate a condition; a comparison becomes its inverse, so that an item without a price matches neither."""
    if isinstance(predicate, Compare) and predicate.comparison in INVERSE:
        return attrs.evolve(
            predicate, comparison=INVERSE[predicate.comparison], surface=f"not {predicate.surface}"
        )
    if isinstance(predicate, HasField | ReferredBy):
        return attrs.evolve(predicate, absent=not predicate.absent, surface=f"not {predicate.surface}")
    if isinstance(predicate, Not):
        return predicate.of
    if isinstance(predicate, AllOf):
        return AnyOf(tuple(negation_of(part) for part in predicate.of))
    if isinstance(predicate, AnyOf):
        return AllOf(tuple(negation_of(part) for part in predicate.of))
    return Not(predicate)
