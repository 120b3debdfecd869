"""Answers queries for lists of items from the store, off the event loop."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import attrs

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.declared.relations import referred_ids
from streamd.core.item import START, Item, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.lists.item_listing import ItemListing, ItemPage, ItemQuery
from streamd.core.lists.item_words import begins_words, folded
from streamd.core.lists.referred_names import ReferredNames, WordSearch, name_paths
from streamd.engine import Engine
from streamd.errors import GoneError, InvalidMessageError, StreamdError
from streamd.long_work import ITEMS
from streamd.ports.store import ItemsThen
from streamd.service._field_names import FieldNames, declared_fields
from streamd.service.actor import Actor


async def listed(engine: Engine, actor: Actor, query: ItemQuery, at: Seq | None) -> ItemPage:
    """Answer a query, for the items as they are or as they were."""
    store, fields = engine.store, _field_names(engine.types, query)
    types = None if query.item_type is None else frozenset({query.item_type})
    if at is not None:
        async with engine.past_items.at(actor.workspace, at) as past:
            if past is None:
                raise await _not_known(engine, actor, at)
            page = await ITEMS.run_to_end(_listed_in_past, engine.types, fields, query, past, at)
        return attrs.evolve(page, unreadable=store.unreadable(actor.workspace, types))
    if fields.undeclared:
        await store.scan(actor.workspace, query.item_type, fields.visit)
        fields.check()
    search = await _search(engine, actor, query)
    listing = ItemListing(query, search, await _shown_names(engine, actor, query))
    if query.is_plain:
        # Read before the items: a `base` that is too old causes a needless conflict, one too new hides a real one.
        seq = (await store.span(actor.events)).top
        listing.visit(await store.page(actor.workspace, query.item_type, query.after, query.limit + 1))
    else:
        words = None if search is None else search.indexed or None
        seq = await store.scan(
            actor.workspace, query.item_type, listing.visit, after=query.after, words=words
        )
    return listing.page(seq, store.unreadable(actor.workspace, types))


def _listed_in_past(
    types: ItemTypes, fields: FieldNames, query: ItemQuery, past: ItemsThen, at: Seq
) -> ItemPage:
    if fields.undeclared:
        any(not fields.visit(block) for block in _blocks(past, query.item_type))
        fields.check()
    references, paths, referred = _references(types, query), _name_paths(types, query), dict[str, str]()
    if references and (paths or query.words):
        kinds = types.referred_by(references)
        referred = {item.id: item.name for block in past.blocks() for item in block if item.type in kinds}
    named: dict[str, Collection[str]] = {}
    for word in query.words:
        if ids := [one for one, name in referred.items() if begins_words(folded(name), [word])]:
            named[word] = frozenset(ids)
    search = WordSearch(query.words, references, named) if query.words else None
    listing = ItemListing(query, search, ReferredNames(references, paths, referred))
    any(not listing.visit(block) for block in _blocks(past, query.item_type, query.after))
    return listing.page(at)


async def _search(engine: Engine, actor: Actor, query: ItemQuery) -> WordSearch | None:
    """The search for the words of a query, with the items whose names have them; None where there are none."""
    if not query.words:
        return None
    references = _references(engine.types, query)
    named: dict[str, Collection[str]] = {}
    for kind in engine.types.referred_by(references):
        for word in query.words:
            found = set(named.get(word, ()))
            visit = partial(_take_named, found, word)
            await engine.store.scan(actor.workspace, kind, visit, words=(word,))
            if found:
                named[word] = found
    return WordSearch(query.words, references, named)


def _take_named(found: set[str], word: str, block: Sequence[Item]) -> bool:
    """Take in the ids of the items whose names have a word."""
    found.update(item.id for item in block if begins_words(folded(item.name), [word]))
    return True


async def _shown_names(engine: Engine, actor: Actor, query: ItemQuery) -> ReferredNames | None:
    """The names that a query sorts, groups or chooses by; None where it does by none."""
    if not (paths := _name_paths(engine.types, query)):
        return None
    references = _references(engine.types, query)
    referred = await engine.store.items(actor.workspace, engine.types.referred_by(references))
    return ReferredNames(references, paths, {item.id: item.name for item in referred})


def _references(types: ItemTypes, query: ItemQuery) -> Mapping[str, Sequence[FieldSpec]]:
    """The references that items of a query can have, by type."""
    kind = query.item_type
    return types.references if kind is None else {kind: types.references.get(kind, ())}


def _name_paths(types: ItemTypes, query: ItemQuery) -> frozenset[str]:
    """The paths of names that a query has, unless a field that is declared is called so."""
    kinds = None if query.item_type is None else {query.item_type}
    paths = name_paths(types, kinds) - declared_fields(types, kinds)
    return paths.intersection(name for _, name in _used_names(query))


async def referred_names(engine: Engine, actor: Actor, items: Sequence[Item]) -> Mapping[str, str]:
    """Return the names of the items that these refer to, by id."""
    ids = referred_ids(((item.type, item.fields) for item in items), engine.types)
    known = await engine.store.known((actor.workspace, one) for one in ids) if ids else {}
    return {item.id: item.name for item in known.values() if isinstance(item, Item)}


def _blocks(past: ItemsThen, item_type: str | None, after: Seq = START) -> Iterator[Sequence[Item]]:
    """Read items (of the type) that were added after a position, a block after the other."""
    for block in past.blocks(after):
        yield [item for item in block if item_type in (None, item.type)]


async def _not_known(engine: Engine, actor: Actor, at: Seq) -> StreamdError:
    """Return the reason why there are no items at a position."""
    span = await engine.store.span(actor.events)
    if at > span.top:
        return InvalidMessageError(f"at {at} is above {span.top}, the last position there is", path="at")
    return GoneError(
        f"the journal begins at {span.oldest}: what was before is not known any more", oldest=span.oldest
    )


def _field_names(types: ItemTypes, query: ItemQuery) -> FieldNames:
    return FieldNames(types, None if query.item_type is None else {query.item_type}, _used_names(query))


def _used_names(query: ItemQuery) -> Sequence[tuple[str, str]]:
    """The fields that a query names, with the key that names them."""
    grouped = [] if query.group_by is None else [("group_by", query.group_by)]
    return [
        *(("where", one.field) for one in query.where),
        *((f"sort[{index}]", field.name) for index, field in enumerate(query.order.fields)),
        *grouped,
        *((f"sum[{index}]", name) for index, name in enumerate(query.sums)),
    ]
