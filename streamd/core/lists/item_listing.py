"""Listing of items: sorts, searches, pages and groups them in one pass."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.criteria import Where
from streamd.core.item import START, Item, Seq
from streamd.core.lists.item_groups import ItemGroup, ItemGroups
from streamd.core.lists.item_order import FirstItems, ItemOrder, ListCursor, Rank
from streamd.core.lists.referred_names import ReferredNames, WordSearch
from streamd.facts import frozen


@frozen
class ItemQuery:
    """A list of items: which ones, in which order, and which part of them."""

    item_type: str | None = None
    where: Where = attrs.field(factory=Where)
    words: tuple[str, ...] = ()
    """Folded words that each item has: `core.item_words`."""
    order: ItemOrder = attrs.field(factory=ItemOrder)
    cursor: ListCursor | None = None
    """Where the page before ended."""
    limit: int = 100
    counts: bool = False
    """Whether all are counted; they are, too, where all have to be looked at."""
    group_by: str | None = None
    sums: tuple[str, ...] = ()

    @property
    def needs_all(self) -> bool:
        """Whether the answer depends on every item that matches."""
        return bool(self.counts or self.words or self.order.fields or self.group_by or self.sums)

    @property
    def is_plain(self) -> bool:
        """Whether it asks for the next items, whichever they are."""
        return not (self.needs_all or self.where.parts)

    @property
    def after(self) -> Seq:
        """The position after which items need to be looked at."""
        return START if self.needs_all or self.cursor is None else self.cursor.added


@frozen
class ItemPage:
    """One page of a list of items."""

    items: Sequence[Item]
    seq: Seq
    """A position at or before the state of the page: safe as the `base` of an edit."""
    has_more: bool
    order: ItemOrder = attrs.field(factory=ItemOrder)
    total: int | None = None
    """How many items match, on all pages; None where that was not asked for."""
    groups: Sequence[ItemGroup] | None = None
    names: Mapping[str, str] = attrs.field(factory=dict)
    """Names of the items that they refer to, by id."""
    ranks: Sequence[tuple[Rank, ...]] = ()
    """What was compared of each item."""
    unreadable: int = 0
    """How many items (of the type) reads have left out until now, because they cannot be read."""

    def after(self, count: int) -> Seq | str | None:
        """The cursor after so many items of the page; None where nothing follows."""
        if count == len(self.items) and not self.has_more:
            return None
        last = self.items[count - 1].added
        return self.order.cursor_at(self.ranks[count - 1], last) if self.order.fields else last


class ItemListing:
    """Answers a query from all items of its type that an index finds, which come in the order they were added."""

    def __init__(
        self, query: ItemQuery, search: WordSearch | None = None, names: ReferredNames | None = None
    ) -> None:
        self._query = query
        self._search = search
        self._names = names or ReferredNames()
        # One item more than the limit tells whether there is another page.
        self._first = FirstItems(query.order, query.cursor, query.limit + 1)
        self._groups = ItemGroups(query.group_by, query.sums) if query.group_by or query.sums else None
        self._needs_id = any(condition.field == "id" for condition in query.where)
        self._total = 0

    def visit(self, block: Sequence[Item]) -> bool:
        """Take in items; returns whether more are wanted."""
        for one in block:
            if self._search is not None and not self._search.finds(one):
                continue
            item = self._names.shown(one)
            if self._query.where.holds(item.flat() if self._needs_id else item.fields):
                self._total += 1
                self._first.add(one, item)
                if self._groups is not None:
                    self._groups.add(item)
        return self._query.needs_all or len(self._first) <= self._query.limit

    def page(self, seq: Seq, unreadable: int = 0) -> ItemPage:
        """Return the page, with the position that it stands at."""
        query, found = self._query, self._first.ranked()
        page = found[: query.limit]
        return ItemPage(
            [item for _, item in page],
            seq,
            ranks=[ranks for ranks, _ in page],
            has_more=len(found) > query.limit,
            order=query.order,
            total=self._total if query.needs_all else None,
            groups=None if self._groups is None else self._groups.listed(),
            unreadable=unreadable,
        )
