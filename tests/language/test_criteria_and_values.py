"""A criterion's own name means the criterion, also where some item's field says the same words."""

from streamd.core.item import item_of
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import RemoveItems
from streamd.language import understand


def test_low_stock_is_what_the_numbers_say_and_not_only_what_a_status_says(types: ItemTypes) -> None:
    items = [
        item_of({"id": "a", "type": "inventory", "name": "Bolt", "current_stock": 5, "reorder_point": 9}),
        item_of(
            {
                "id": "b", "type": "inventory", "name": "Nut", "current_stock": 1, "reorder_point": 9,
                "status": "low stock",
            }
        ),
        item_of({"id": "c", "type": "inventory", "name": "Washer", "current_stock": 50, "reorder_point": 9}),
    ]  # fmt: skip

    for text in (
        "Remove all low stock items",
        "remove the low-stock items",
        "delete every low stock product",
    ):
        understanding = understand(text, {}, items, types)
        assert [call.item_ids for call in understanding.calls if isinstance(call, RemoveItems)] == [
            ("a", "b")
        ]
