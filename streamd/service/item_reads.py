"""Reads items: a single one, a page of a list, or a snapshot at a position."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from streamd.core.criteria import NO_ITEM, Criterion, CriterionByType, Where, parse_conditions
from streamd.core.item import START, DamagedItem, Item, ItemId, Seq, Tombstone
from streamd.core.item_type import ItemTypes
from streamd.core.lists.item_listing import ItemPage, ItemQuery
from streamd.core.lists.item_order import ItemOrder, parse_sort
from streamd.core.lists.item_words import MAX_WORDS, search_words
from streamd.core.lists.view import View
from streamd.core.values import spellings
from streamd.engine.delivery import Pages
from streamd.errors import GoneError, InvalidMessageError, NotFoundError
from streamd.facts import frozen
from streamd.long_work import REQUESTS, json_size
from streamd.ports.store import DamagedEvent, PastEvent, page_length
from streamd.service._field_names import declared_fields
from streamd.service._item_lists import listed, referred_names
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@frozen
class ItemRead:
    """One item."""

    item: Item
    names: Mapping[str, str]
    """Names of the items that it refers to."""


@use_case("read")
async def get_item(service: Service, actor: Actor, item_id: ItemId) -> ItemRead:
    """Read one item. Raises NotFoundError, or GoneError when it was removed."""
    keys = [(actor.workspace, one) for one in spellings(item_id)]
    known = await service.engine.store.known(keys)
    match next((known[key] for key in keys if key in known), None):
        case Item() as item:
            return ItemRead(item, await referred_names(service.engine, actor, [item]))
        case DamagedItem() as item:
            raise item.refusal()
        case Tombstone() as gone:
            raise GoneError(f"item {gone.id} was removed", item_id=gone.id, version=gone.version)
        case None:
            raise NotFoundError(f"there is no item {item_id}", item_id=item_id)


@use_case("read")
async def list_items(
    service: Service,
    actor: Actor,
    *,
    item_type: str | None = None,
    where: Sequence[object] = (),
    criterion: str | None = None,
    search: str | None = None,
    sort: Sequence[str] = (),
    after: Seq | str = START,
    limit: int = 100,
    total: bool = False,
    group_by: str | None = None,
    sums: Sequence[str] = (),
    at: Seq | None = None,
) -> ItemPage:
    """List the items (of a type) that meet every condition and have every word, sorted, after where the last page ended.

    With `at` as they were after the event at that position.

    Raises:
        NotFoundError: there is no such criterion.
        GoneError: the journal does not go back to `at`.
        InvalidMessageError: a condition or a field is invalid, or there are too many groups.

    """
    order, words = ItemOrder(parse_sort(sort)), _words(search or "")
    item_types = None if item_type is None else {item_type}
    conditions = await REQUESTS.compute(
        json_size(where), conditions_for, service.engine.types, item_types, where, criterion
    )
    # Signs alone are in no word: they find nothing.
    is_of_signs = not words and bool((search or "").strip())
    query = ItemQuery(
        item_type,
        NO_ITEM if is_of_signs else conditions,
        words,
        order,
        order.parse_cursor(after),
        limit,
        total or is_of_signs,
        group_by,
        tuple(sums),
    )
    page = await listed(service.engine, actor, query, at)
    return attrs.evolve(page, names=await referred_names(service.engine, actor, page.items))


@frozen
class HistoryPage:
    """A part of the history of an item."""

    changes: Sequence[PastEvent | DamagedEvent]
    """Newest first. Damaged ones are of this item, or of one that cannot be told."""
    has_more: bool


@use_case("read")
async def item_history(
    service: Service, actor: Actor, item_id: ItemId, *, before: Seq | None = None, limit: int = 100
) -> HistoryPage:
    """Read the changes of an item that the journal still has (below a position), also of a removed one.

    Raises NotFoundError where there never was such an item, or nothing is known of it any more.
    """
    store = service.engine.store
    known = await store.known((actor.workspace, one) for one in spellings(item_id))
    spelled = next((one for _, one in known), item_id)
    found = await store.history(actor.workspace, spelled, before, limit + 1)
    if not (known or any(isinstance(one, PastEvent) for one in found)):
        raise NotFoundError(f"there is no item {item_id}", item_id=item_id)
    shown = page_length(found, limit)
    return HistoryPage(found[:shown], has_more=len(found) > shown)


@use_case("read")
async def read_snapshot(
    service: Service,
    actor: Actor,
    view: View | None,
    *,
    at_least: Seq = START,
    reason: str | None = None,
    request_id: object = None,
) -> Pages:
    """Read all items (of a view) at one position, at or above `at_least`, as encoded pages."""
    return await service.engine.snapshots.pages(
        actor.workspace, view, at_least=at_least, reason=reason, request_id=request_id
    )


def conditions_for(
    types: ItemTypes,
    item_types: Collection[str] | None,
    where: Sequence[object],
    criterion: str | None = None,
) -> Where:
    """Parse conditions on items of these types, or of all, and add a criterion by its name.

    Raises NotFoundError where no such criterion is declared, or for none of these types; InvalidMessageError.
    """

    def named(name: str) -> Mapping[str, Criterion]:
        return types.criterion(name, item_types)

    found = parse_conditions(
        list(where),
        fields=declared_fields(types, item_types),
        numbers=types.numeric_fields(item_types),
        literals=types.literals(item_types),
        criteria=named,
    )
    if criterion is None:
        return found
    return Where((*found.parts, CriterionByType(criterion, named(criterion))))


def _words(search: str) -> tuple[str, ...]:
    words = search_words(search)
    if len(words) > MAX_WORDS:
        raise InvalidMessageError(f"search may have {MAX_WORDS} words", path="search")
    return words
