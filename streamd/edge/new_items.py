"""New items: giving an id to those that come without one."""

from streamd.core.change import AddItem
from streamd.core.item import ItemId
from streamd.edge.client import Client
from streamd.ids import time_ordered_id
from streamd.wire.edit_messages import NewItem


def addition(client: Client, item: NewItem) -> AddItem:
    """The change that adds an item, under its own id or a new one that begins with its type."""
    item_id = item.item_id or ItemId(
        time_ordered_id(str(item.fields.get("type") or "item"), client.engine.clock.now_ms())
    )
    return AddItem(item_id, item.fields)
