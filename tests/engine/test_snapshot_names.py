"""The names of the items that those of a snapshot refer to: beside them, or where they are many on pages of their own."""

import orjson

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import ItemId
from streamd.engine.delivery.spool import SpoolRoom
from streamd.engine.delivery.spooled_snapshot import SpooledSnapshot
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES

REFERENCE = {"type": "reference", "refers_to": "supplier"}
TYPES = item_types_from({"inventory": {"fields": {"supplier": REFERENCE}}, "supplier": {}})


def snapshot(names: dict[ItemId, str]) -> SpooledSnapshot:
    found = SpooledSnapshot(SpoolRoom(None, memory_bytes=10**9, file_bytes=10**9).spool("ann"), None, TYPES)
    items = [{"id": f"a-{one}", "type": "inventory", "name": "n", "supplier": one} for one in names]
    found.visit([orjson.dumps(item) for item in items])
    assert set(found.end()) == set(names)
    found.finish(names)
    return found


def test_few_names_are_on_the_page_of_the_items_that_refer_to_them() -> None:
    names = {ItemId(f"s-{number}"): f"Supplier {number}" for number in range(100)}
    found = snapshot(names)
    assert len(found) == 1
    assert found.names(0) == names


def test_many_names_have_pages_of_their_own_after_that_of_the_items() -> None:
    names = {ItemId(f"s-{number}"): "x" * 3_000 for number in range(700)}
    found = snapshot(names)
    pages = [
        (orjson.loads(b"[%b]" % found.items(number)), found.names(number)) for number in range(len(found))
    ]
    assert [len(items) for items, _ in pages if items] == [500, 200]
    assert not any(items and told for items, told in pages)
    assert {one: name for _, told in pages for one, name in told.items()} == names
    assert all(len(orjson.dumps(told)) <= MAX_PAGE_BYTES for _, told in pages)
    first = next(number for number, (items, _) in enumerate(pages) if len(items) == 200)
    assert {one for _, told in pages[:first] for one in told} == set(list(names)[:500])
