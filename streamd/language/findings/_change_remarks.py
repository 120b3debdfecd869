"""Words the consequences of a change, for the user to read before it is made."""

from collections.abc import Iterator, Sequence
from typing import Final

from streamd.analysis import ChangeEffects, LowStock
from streamd.text.figures import words
from streamd.text.lists import listing

_AT_MOST: Final = 2
"""Sentences at most, as a change is no request for an analysis."""


def change_remarks(effects: ChangeEffects) -> list[str]:
    """Word the effect of changes on the stock, and the loss that goes with removals."""
    return [*_stock(effects), *_removed(effects)][:_AT_MOST]


def _stock(effects: ChangeEffects) -> Iterator[str]:
    over = [
        f"{one.item.name} ({words(one.current_stock)} against a maximum of {words(one.max_stock)})"
        for one in effects.newly_over
    ]
    if effects.newly_low:
        yield f"That makes {listing(_low(effects.newly_low))} low."
    if over:
        yield f"That makes {listing(over)} overstocked."
    if relieved := _low(effects.no_longer_low):
        yield f"{listing(relieved)} {'was' if len(relieved) == 1 else 'were'} low until now."


def _low(found: Sequence[LowStock]) -> list[str]:
    return [
        f"{one.name} ({words(one.current_stock)} left, reorder point {words(one.reorder_point)})"
        for one in found
    ]


def _removed(effects: ChangeEffects) -> Iterator[str]:
    if effects.removed_stock:
        worded = [f"{words(one.stock)} {one.unit} of {one.name}" for one in effects.removed_stock]
        yield f"There is still stock of what is removed: {listing(worded)}."
    for supplier, names in effects.left_without_supplier:
        yield f"{listing(names)} {'names' if len(names) == 1 else 'name'} {supplier} as supplier."
