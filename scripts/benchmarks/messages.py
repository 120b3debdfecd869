"""What the clients say. Every event carries `bench-<number>` so that counters can tell one from another."""

import orjson

_TEXT = "Forty-two crates of copper fittings, checked at the gate and moved to aisle seven. "


def publish(number: int) -> bytes:
    """A custom event of the usual size: about 240 bytes by the time it reaches a subscriber."""
    data = {"n": f"bench-{number:08}", "text": _TEXT}
    return orjson.dumps({"type": "publish", "event_type": "bench", "data": data})


def add_item(number: int) -> bytes:
    item = {"type": "inventory", "name": f"bench-{number:08}", "current_stock": 0}
    return orjson.dumps({"type": "add_item", "item": item, "id": f"bench{number}"})


def change_item(number: int, item: int) -> bytes:
    """A change that really changes something, as long as no number is used twice for an item."""
    return orjson.dumps(
        {"type": "change_item", "item_id": f"bench{item}", "set": {"current_stock": number + 1}}
    )
