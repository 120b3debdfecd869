"""Remarks on the consequences of a change, for the user to read before it is made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.analysis._market import SUPPLIER_TYPE, market_of
from streamd.analysis.stock import StockAnalysis, analyze_stock
from streamd.core.item import Item, ItemId
from streamd.core.tool_calls import ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.text.figures import words
from streamd.text.lists import listing

_AT_MOST: Final = 2
"""Sentences at most, as a change is no request for an analysis."""


def remarks_on_changes(calls: Sequence[ToolCall], items: Sequence[Item]) -> list[str]:
    """Word the effect of tool calls on the stock, and the loss that goes with removals."""
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
    sentences = [
        *_stock([by_id[item_id] for item_id in edits], list(edits.values())),
        *_removed(removed, items),
    ]
    return sentences[:_AT_MOST]


def _changed(item: Item, edit: ItemEdit) -> Item:
    fields: dict[str, Value] = {**item.fields, **edit.set}
    for name, by in edit.inc.items():
        now = fields.get(name, 0)
        if isinstance(now, int | float) and not isinstance(now, bool):
            fields[name] = now + by
    for name in edit.unset:
        fields.pop(name, None)
    return attrs.evolve(item, fields=fields)


def _stock(before: Sequence[Item], after: Sequence[Item]) -> Iterator[str]:
    if not before:
        return
    was, becomes = analyze_stock(before), analyze_stock(after)
    was_low, low = _low(was), _low(becomes)
    over = {one.item_id: f"{one.name} ({words(one.current_stock)} against a maximum of {words(one.max_stock)})"
            for one in becomes.overstocked_items}  # fmt: skip
    was_over = {one.item_id for one in was.overstocked_items}
    newly_low = [worded for item_id, worded in low.items() if item_id not in was_low]
    newly_over = [worded for item_id, worded in over.items() if item_id not in was_over]
    relieved = [worded for item_id, worded in was_low.items() if item_id not in low]
    if newly_low:
        yield f"That makes {listing(newly_low)} low."
    if newly_over:
        yield f"That makes {listing(newly_over)} overstocked."
    if relieved:
        yield f"{listing(relieved)} {'was' if len(relieved) == 1 else 'were'} low until now."


def _low(analysis: StockAnalysis) -> Mapping[ItemId, str]:
    return {
        one.item_id: f"{one.name} ({words(one.current_stock)} left, reorder point {words(one.reorder_point)})"
        for one in analysis.low_stock_items
    }


def _removed(removed: Sequence[Item], items: Sequence[Item]) -> Iterator[str]:
    gone = {item.id for item in removed}
    left = [one for one in analyze_stock(removed).items.values() if one.stock > 0]
    if left:
        worded = [f"{words(one.stock)} {one.unit} of {one.name}" for one in left]
        yield f"There is still stock of what is removed: {listing(worded)}."
    suppliers = [item for item in removed if item.type == SUPPLIER_TYPE]
    if suppliers:
        market = market_of(items)
        for supplier in suppliers:
            names = [item.name for item in market.dependents_of(supplier) if item.id not in gone]
            if names:
                yield f"{listing(names)} {'names' if len(names) == 1 else 'name'} {supplier.name} as supplier."
