"""Facts are values: equal by what they hold, and never changed."""

from typing import TYPE_CHECKING

from streamd.core.change import RemoveItem
from streamd.core.item import ItemId

BOX = RemoveItem(ItemId("box"), "sold")

if TYPE_CHECKING:
    # The type checker refuses this: else it would say that nothing is to be ignored here.
    BOX.reason = "lost"  # type: ignore[misc]


def test_facts_with_the_same_attributes_are_equal_and_one_member_of_a_set() -> None:
    assert len({BOX, RemoveItem(ItemId("box"), "sold"), RemoveItem(ItemId("box"), "lost")}) == 2
