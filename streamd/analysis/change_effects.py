"""Finds the consequences of changes for the stock, before they are made."""

from collections.abc import Sequence

import attrs

from streamd.analysis._market import SUPPLIER_TYPE, market_of
from streamd.analysis.stock import analyze_stock
from streamd.analysis.stock_findings import LowStock, Overstock
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import Item, ItemId
from streamd.core.tool_calls import ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.facts import frozen


@frozen
class ChangeEffects:
    """The effect of tool calls on the stock, and the loss that goes with removals."""

    newly_low: tuple[LowStock, ...]
    newly_over: tuple[Overstock, ...]
    no_longer_low: tuple[LowStock, ...]
    """As they were before."""
    removed_stock: tuple[StockedItem, ...]
    """Removed items that are in stock."""
    left_without_supplier: tuple[tuple[str, tuple[str, ...]], ...]
    """Removed suppliers, and the names of items that name them and stay."""


def effects_of_changes(calls: Sequence[ToolCall], items: Sequence[Item]) -> ChangeEffects:
    """Compare the stock before and after tool calls."""
    by_id = {item.id: item for item in items}
    edits: dict[ItemId, Item] = {}
    removed: list[Item] = []
    for call in calls:
        match call:
            case ChangeItems():
                for edit in call.edits:
                    before = edits.get(edit.item_id) or by_id.get(edit.item_id)
                    if before is not None:
                        edits[edit.item_id] = _changed(before, edit)
            case RemoveItems():
                removed += [by_id[item_id] for item_id in call.item_ids if item_id in by_id]
            case _:
                pass
    was, becomes = analyze_stock([by_id[item_id] for item_id in edits]), analyze_stock(edits.values())
    was_low = {one.item_id for one in was.low_stock_items}
    low = {one.item_id for one in becomes.low_stock_items}
    was_over = {one.item.item_id for one in was.overstocked_items}
    return ChangeEffects(
        newly_low=tuple(one for one in becomes.low_stock_items if one.item_id not in was_low),
        newly_over=tuple(one for one in becomes.overstocked_items if one.item.item_id not in was_over),
        no_longer_low=tuple(one for one in was.low_stock_items if one.item_id not in low),
        removed_stock=tuple(one for one in analyze_stock(removed).items.values() if one.stock > 0),
        left_without_supplier=_left_without_supplier(removed, items),
    )


def _changed(item: Item, edit: ItemEdit) -> Item:
    fields: dict[str, Value] = {**item.fields, **edit.set}
    for name, by in edit.inc.items():
        now = fields.get(name, 0)
        if isinstance(now, int | float) and not isinstance(now, bool):
            fields[name] = now + by
    for name in edit.unset:
        fields.pop(name, None)
    return attrs.evolve(item, fields=fields)


def _left_without_supplier(
    removed: Sequence[Item], items: Sequence[Item]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    suppliers = [item for item in removed if item.type == SUPPLIER_TYPE]
    if not suppliers:
        return ()
    gone, market = {item.id for item in removed}, market_of(items)
    left = (
        (supplier.name, tuple(item.name for item in market.dependents_of(supplier) if item.id not in gone))
        for supplier in suppliers
    )
    return tuple((supplier, names) for supplier, names in left if names)
