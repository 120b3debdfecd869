"""Answers queries for lists of items from the store, off the event loop."""

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

from streamd.core.declared.relations import referred_ids
from streamd.core.item import START, Item, Seq
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.lists.item_listing import ItemListing, ItemPage, ItemQuery
from streamd.core.lists.item_words import has_words
from streamd.core.values import spelling_in
from streamd.engine import Engine
from streamd.errors import GoneError, InvalidMessageError, did_you_mean
from streamd.ports.store import PastItem
from streamd.service.actor import Actor

_BLOCK: Final = 500


def declared_fields(types: ItemTypes, item_types: Collection[str] | None) -> frozenset[str]:
    """Return the fields that items (of these types) are declared to have."""
    listed_types = [declared for declared in types if item_types is None or declared.name in item_types]
    return COMMON_FIELDS.union(*(declared.fields for declared in listed_types))


async def listed(engine: Engine, actor: Actor, query: ItemQuery, at: Seq | None) -> ItemPage:
    """Answer a query, for the items as they are or as they were."""
    store, listing = engine.store, ItemListing(query)
    names = _FieldNames(engine.types, query)
    if at is not None:
        past = await _items_at(engine, actor, at)
        await asyncio.to_thread(_visit_past, listing, names, query, past)
        return listing.page(at)
    if names.undeclared:
        await store.scan(actor.workspace, query.item_type, names.visit)
        names.check()
    if query.is_plain:
        # Read before the items: a `base` that is too old causes a needless conflict, one too new hides a real one.
        seq = (await store.span(actor.events)).top
        listing.visit(await store.page(actor.workspace, query.item_type, query.after, query.limit + 1))
    else:
        seq = await store.scan(
            actor.workspace, query.item_type, listing.visit, after=query.after, words=query.words or None
        )
    types = None if query.item_type is None else frozenset({query.item_type})
    return listing.page(seq, store.unreadable(actor.workspace, types))


def _visit_past(
    listing: ItemListing, names: "_FieldNames", query: ItemQuery, past: Sequence[PastItem]
) -> None:
    if names.undeclared:
        any(not names.visit(block) for block in _past_blocks(past, query))
        names.check()
    for block in _past_blocks(past, query, query.after):
        if not listing.visit(
            [item for item in block if not query.words or has_words(item.fields, query.words)]
        ):
            return


async def referred_names(engine: Engine, actor: Actor, items: Sequence[Item]) -> Mapping[str, str]:
    """Return the names of the items that these refer to, by id."""
    ids = referred_ids(((item.type, item.fields) for item in items), engine.types)
    known = await engine.store.known((actor.workspace, one) for one in ids) if ids else {}
    return {item.id: item.name for item in known.values() if isinstance(item, Item)}


def _past_blocks(past: Sequence[PastItem], query: ItemQuery, after: Seq = START) -> Iterator[Sequence[Item]]:
    """Decode items (of the type) that were added after a position, a block after the other."""
    first = bisect_right(past, after, key=attrgetter("added"))
    for start in range(first, len(past), _BLOCK):
        block = [one.item() for one in past[start : start + _BLOCK]]
        yield [item for item in block if query.item_type in (None, item.type)]


async def _items_at(engine: Engine, actor: Actor, at: Seq) -> Sequence[PastItem]:
    found = await engine.past_items.at(actor.workspace, at)
    if found is not None:
        return found
    span = await engine.store.span(actor.events)
    if at > span.top:
        raise InvalidMessageError(f"at {at} is above {span.top}, the last position there is", path="at")
    raise GoneError(
        f"the journal begins at {span.oldest}: what was before is not known any more", oldest=span.oldest
    )


class _FieldNames:
    """Refuses names of fields that are not declared and that no item (of the type) has: they are mistakes."""

    def __init__(self, types: ItemTypes, query: ItemQuery) -> None:
        known = declared_fields(types, None if query.item_type is None else {query.item_type}) | {"id"}
        self.undeclared = [
            (path, name) for path, name in _used_names(query) if spelling_in(known, name) not in known
        ]
        self._known = set(known)
        # Where nothing declares the type and nothing has it, nothing is known of its fields.
        self._is_open = query.item_type not in (None, *types.declared) or not types.declared

    def visit(self, block: Sequence[Item]) -> bool:
        """Look at the fields of items; returns whether more are wanted."""
        for item in block:
            self._is_open = False
            self._known.update(item.fields)
        return not all(map(self._is_known, self.undeclared))

    def check(self) -> None:
        """Raise InvalidMessageError for the first name that is unknown."""
        for path, name in self.undeclared:
            if not self._is_open and not self._is_known((path, name)):
                raise InvalidMessageError(
                    f"there is no field {name}{did_you_mean(name, sorted(self._known))}", path=path
                )

    def _is_known(self, named: tuple[str, str]) -> bool:
        return spelling_in(self._known, named[1]) in self._known


def _used_names(query: ItemQuery) -> Sequence[tuple[str, str]]:
    """The fields that a query names, with the key that names them."""
    grouped = [] if query.group_by is None else [("group_by", query.group_by)]
    return [
        *(("where", one.field) for one in query.where),
        *((f"sort[{index}]", field.name) for index, field in enumerate(query.order.fields)),
        *grouped,
        *((f"sum[{index}]", name) for index, name in enumerate(query.sums)),
    ]
