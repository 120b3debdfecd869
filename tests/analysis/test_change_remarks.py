"""What is said about a change before it is done."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.analysis.change_effects import effects_of_changes
from streamd.core.item import Item, ItemId, item_of
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.language.findings import EnglishFindingWording

ENGLISH: Final = EnglishFindingWording()


def remarks(calls: Sequence[ToolCall]) -> list[str]:
    return ENGLISH.remarks_on_changes(effects_of_changes(calls, ITEMS))


def item(**fields: Value) -> Item:
    return item_of({"type": "inventory", "name": str(fields["id"]).title(), **fields})


BOLT = item(id="bolt", current_stock=5, reorder_point=10, max_stock=50, supplier="Acme")
NUT = item(id="nut", current_stock=40, reorder_point=10, max_stock=50, supplier="Acme")
ACME = item_of({"id": "acme", "type": "supplier", "name": "Acme"})
ITEMS = [BOLT, NUT, ACME]


def edited(
    item_id: str, *, to: Mapping[str, Value] | None = None, inc: Mapping[str, float] | None = None
) -> list[str]:
    return remarks([ChangeItems((ItemEdit(ItemId(item_id), to or {}, inc=inc or {}),))])


def test_a_change_that_ends_a_shortage_says_so() -> None:
    assert edited("bolt", to={"current_stock": 30}) == ["Bolt (5 left, reorder point 10) was low until now."]


def test_a_change_that_makes_an_item_low_or_too_many_says_so() -> None:
    assert edited("nut", inc={"current_stock": -35}) == ["That makes Nut (5 left, reorder point 10) low."]
    assert edited("nut", to={"current_stock": 90}) == [
        "That makes Nut (90 against a maximum of 50) overstocked."
    ]


def test_a_change_that_makes_no_difference_to_the_stock_is_not_remarked_on() -> None:
    assert edited("bolt", to={"name": "Big Bolt"}) == []
    assert edited("gone", to={"current_stock": 1}) == []
    assert remarks([AddItems(({"type": "inventory", "name": "Cog"},))]) == []


def test_stock_that_is_removed_is_mentioned_and_who_depends_on_a_supplier() -> None:
    assert remarks([RemoveItems((BOLT.id,), "old")]) == [
        "There is still stock of what is removed: 5 units of Bolt."
    ]
    assert remarks([RemoveItems((ACME.id,), "old")]) == ["Bolt and Nut name Acme as supplier."]
    assert remarks([RemoveItems((BOLT.id, NUT.id, ACME.id), "old")]) == [
        "There is still stock of what is removed: 5 units of Bolt and 40 units of Nut."
    ]
