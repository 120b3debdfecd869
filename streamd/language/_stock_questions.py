"""Reads questions about stock: how far ahead they look, and which items they name."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.core.item import Item, ItemId
from streamd.text.number_words import CARDINALS, cardinal_of
from streamd.text.time_words import DAYS_IN

_WITHIN: Final = re.compile(
    rf"\b(?:within|in|next|over)\s+(?:the\s+)?(?:next\s+|coming\s+)?(\d{{1,4}}|an?|{'|'.join(CARDINALS)})?\s*"
    rf"({'|'.join(DAYS_IN)})s?\b",
    re.IGNORECASE,
)


def days_ahead(question: str) -> int | None:
    """The days that a question looks ahead; None where it names no time."""
    found = _WITHIN.search(question)
    if found is None:
        return None
    count = cardinal_of((found.group(1) or "a").casefold()) or 0
    return round(count * DAYS_IN[found.group(2).casefold()])


def named_in(question: str, items: Sequence[Item]) -> list[ItemId]:
    """Find the items named in a question, in the singular or plural."""
    asked = question.casefold()
    # A pattern costs much more than a look at the text, and there may be a hundred thousand items.
    likely = [
        (item.id, stem)
        for item in items
        if (stem := item.name.casefold().removesuffix("s")) and stem in asked
    ]
    return [
        item_id for item_id, stem in likely if re.search(rf"(?<!\w){re.escape(stem)}(?:s|es)?(?!\w)", asked)
    ]
