"""Matches suppliers to needs: by the products and categories that they list, and by the items they supply now."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.analysis._market import Market
from streamd.analysis.item_fields import text_in, texts_in
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.core.item import Item, ItemId
from streamd.facts import frozen
from streamd.text.plurals import singular_of

_WORD: Final = re.compile(r"\w+")


@frozen
class Capability:
    """An index of suppliers' products and categories by one word of each, so that a need is compared with few."""

    likely: Sequence[Item]
    """The suppliers to compare for a need that none of them lists."""
    listed: Mapping[str, Sequence[tuple[frozenset[str], Item]]]
    named: Mapping[str, Sequence[Item]]
    """Suppliers by name and id, lower case."""
    products: Mapping[ItemId, Sequence[frozenset[str]]]
    """The words of each product of those suppliers whose products are recorded."""

    def candidates(self, need: PurchaseNeed) -> tuple[Sequence[Item], frozenset[ItemId]]:
        """The suppliers to compare, and the ids of those known to deliver the need.

        A supplier lists a need when all words of one of its products, or of its category, are among the words of the
        item's name and category (`Copper wire` for `Copper Wire 2mm`), or its prices name the item. One whose products
        are recorded and do not include the item is no candidate, unless the item itself names it as where it comes from.
        """
        wanted = _words(f"{need.item_name} {need.category}")
        listing = {
            supplier.id: supplier
            for word in sorted(wanted)  # the order of a set differs from process to process
            for words, supplier in self.listed.get(word, ())
            if words <= wanted and self._may_have(supplier, need)
        }
        present = {
            supplier.id: supplier
            for supplier in self.named.get(need.supplier.casefold(), ())
            if need.supplier
        }
        proven = frozenset(listing | present)
        compared = listing or {one.id: one for one in self.likely if self._may_have(one, need)}
        return tuple((present | compared).values()), proven

    def left_out(self, need: PurchaseNeed) -> list[str]:
        """The names of likely suppliers whose recorded products do not include the need."""
        return [one.name for one in self.likely if not self._may_have(one, need)]

    def _may_have(self, supplier: Item, need: PurchaseNeed) -> bool:
        """Whether the supplier's products include the need, or are not recorded."""
        products = self.products.get(supplier.id)
        if products is None or need.item_name.casefold() == need.category.casefold():
            return True  # a whole category is no product
        wanted, name = _words(f"{need.item_name} {need.category}"), _words(need.item_name)
        return any(words <= wanted or name <= words for words in products)


def capability_of(market: Market, likely: Sequence[Item]) -> Capability:
    """Build the index of all suppliers of a market; `likely` are those to compare for a need that none of them lists."""
    listed: defaultdict[str, list[tuple[frozenset[str], Item]]] = defaultdict(list)
    named: defaultdict[str, list[Item]] = defaultdict(list)
    products: dict[ItemId, Sequence[frozenset[str]]] = {}
    for supplier in market.suppliers:
        for key in {supplier.name.casefold(), supplier.id.casefold()}:
            named[key].append(supplier)
        prices = supplier.fields.get("prices")
        priced = tuple(str(name) for name in prices) if isinstance(prices, dict) else ()
        sold = [words for text in (*texts_in(supplier, "products"), *priced) if (words := _words(text))]
        if texts_in(supplier, "products"):
            products[supplier.id] = sold
        for text in (*texts_in(supplier, "products"), *priced, text_in(supplier, "category")):
            if words := _words(text):
                listed[min(words)].append((words, supplier))
    return Capability(likely=likely, listed=listed, named=named, products=products)


def _words(text: str) -> frozenset[str]:
    """The words of a text, in the singular."""
    return frozenset(map(singular_of, _WORD.findall(text.casefold())))
