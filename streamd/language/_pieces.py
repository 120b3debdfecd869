"""Refuses to take an item whole of which a number of pieces is said: `1 Pallet Jack` of nine."""

from collections.abc import Sequence

from streamd.core.item import ItemId
from streamd.language._lexicon import Lexicon
from streamd.language._request_items import RequestItems
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase


def check_pieces(lexicon: Lexicon, items: RequestItems, phrase: NounPhrase, found: Sequence[ItemId]) -> None:
    """Raise where a noun phrase gives a number of pieces of an item that has a stock."""
    if phrase.count is None or not phrase.names or phrase.type or phrase.superlative:
        return
    stock = lexicon.field("stock")
    pieces = [one for one in found if stock.get(items.type_of(one)) in items[one]]
    if pieces:
        name = str(items[pieces[0]].get("name") or pieces[0])
        raise NotUnderstoodError(
            f"«{phrase.surface}» are pieces of {name}: say «reduce the stock of {name} by {phrase.count.value:g}», or name {name} "
            "without a number for the whole item. Nothing was changed.",
            tuple(pieces),
        )
