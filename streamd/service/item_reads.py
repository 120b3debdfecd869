"""Reads items: a single one, a page of a list, or a snapshot at a position."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Final

import attrs

from streamd.core.criteria import Condition, Criterion, parse_conditions
from streamd.core.item import START, DamagedItem, Item, ItemId, Seq, Tombstone
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.values import spellings
from streamd.engine.delivery import Pages
from streamd.errors import GoneError, InvalidMessageError, NotFoundError
from streamd.ports.store import PastEvent, PastItem
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

_PAGE_ITEMS: Final = 1000
"""Items read from the store at a time for a filtered list."""


_DECODED_AT_ONCE: Final = 200


@attrs.frozen
class ItemPage:
    """One page of a list of items, in the order they were added."""

    items: Sequence[Item]
    seq: Seq
    """A position at or before the state of the page: safe as the `base` of an edit."""
    has_more: bool
    unreadable: int = 0
    """How many items (of the type) reads have left out until now, because they cannot be read."""


@use_case("read")
async def get_item(service: Service, actor: Actor, item_id: ItemId) -> Item:
    """Read one item. Raises NotFoundError, or GoneError when it was removed."""
    keys = [(actor.workspace, one) for one in spellings(item_id)]
    known = await service.engine.store.known(keys)
    match next((known[key] for key in keys if key in known), None):
        case Item() as item:
            return item
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
    after: Seq = START,
    limit: int = 100,
    at: Seq | None = None,
) -> ItemPage:
    """List the items (of a type) that meet every condition, after the item that was added at `after`.

    With `at` as they were after the event at that position.

    Raises:
        NotFoundError: there is no such criterion.
        GoneError: the journal does not go back to `at`.
        InvalidMessageError: a condition is invalid.

    """
    store, types = service.engine.store, service.engine.types
    conditions = _conditions(types, item_type, where)
    criteria = None if criterion is None else types.criterion(criterion, item_type)
    read: Callable[[Seq, int], Awaitable[Sequence[Item]]]
    if at is None:
        # Read before the items: a `base` that is too old causes a needless conflict, one too new hides a real one.
        seq = (await store.span(actor.events)).top
        read = partial(store.page, actor.workspace, item_type)
    else:
        seq, read = at, partial(_past_page, await _items_at(service, actor, at))
    # One item more than the limit tells whether there is another page.
    is_filtered = criteria is not None or conditions or (at is not None and item_type is not None)
    page_size = _PAGE_ITEMS if is_filtered else limit + 1
    items: list[Item] = []
    while len(items) <= limit:
        page = await read(after, page_size)
        items += [
            item for item in page if item_type in (None, item.type) and _matches(item, conditions, criteria)
        ]
        if len(page) < page_size:
            break
        after = page[-1].added
    unreadable = store.unreadable(actor.workspace, None if item_type is None else frozenset({item_type}))
    return ItemPage(items[:limit], seq, has_more=len(items) > limit, unreadable=unreadable)


async def _past_page(past: Sequence[PastItem], after: Seq, limit: int) -> Sequence[Item]:
    first = bisect_right(past, after, key=attrgetter("added"))
    found: list[Item] = []
    for start in range(first, min(first + limit, len(past)), _DECODED_AT_ONCE):
        found += [one.item() for one in past[start : min(start + _DECODED_AT_ONCE, first + limit)]]
        await asyncio.sleep(0)  # others have a turn
    return found


async def _items_at(service: Service, actor: Actor, at: Seq) -> Sequence[PastItem]:
    found = await service.engine.past_items.at(actor.workspace, at)
    if found is not None:
        return found
    span = await service.engine.store.span(actor.events)
    if at > span.top:
        raise InvalidMessageError(f"at {at} is above {span.top}, the last position there is", path="at")
    raise GoneError(
        f"the journal begins at {span.oldest}: what was before is not known any more", oldest=span.oldest
    )


@attrs.frozen
class HistoryPage:
    """A part of the history of an item."""

    changes: Sequence[PastEvent]
    """Newest first."""
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
    if not (found or known):
        raise NotFoundError(f"there is no item {item_id}", item_id=item_id)
    return HistoryPage(found[:limit], has_more=len(found) > limit)


@use_case("read")
async def read_snapshot(
    service: Service,
    actor: Actor,
    item_types: frozenset[str] | None,
    *,
    at_least: Seq = START,
    reason: str | None = None,
    request_id: object = None,
) -> Pages:
    """Read all items (of these types) at one position, at or above `at_least`, as encoded pages."""
    return await service.engine.snapshots.pages(
        actor.workspace, item_types, at_least=at_least, reason=reason, request_id=request_id
    )


def _conditions(types: ItemTypes, item_type: str | None, where: Sequence[object]) -> tuple[Condition, ...]:
    listed = [declared for declared in types if item_type in (None, declared.name)]
    fields = COMMON_FIELDS.union(*(declared.fields for declared in listed))
    return parse_conditions(list(where), fields=fields)


def _matches(item: Item, conditions: Sequence[Condition], criteria: Mapping[str, Criterion] | None) -> bool:
    """Whether an item meets every condition, and the criterion of its type unless `criteria` is None."""
    if criteria is not None:
        criterion = criteria.get(item.type)
        if criterion is None or not criterion.holds(item.fields):
            return False
    return all(condition.holds(item.fields) for condition in conditions)
