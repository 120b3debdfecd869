from collections.abc import Sequence

import orjson
from hypothesis import given
from hypothesis import strategies as st

from streamd.wire.snapshot_pages import MAX_PAGE_BYTES, MAX_PAGE_ITEMS, PageCutter


def body(index: int, size: int = 0) -> bytes:
    return orjson.dumps({"id": str(index), "note": "x" * size})


def pages_of(*blocks: Sequence[bytes]) -> list[Sequence[bytes]]:
    cutter = PageCutter()
    return [*(page for block in blocks for page in cutter.add(block)), cutter.rest()]


def test_an_empty_workspace_is_one_page() -> None:
    assert pages_of() == [[]]


def test_a_page_holds_at_most_500_items() -> None:
    bodies = [body(i) for i in range(2 * MAX_PAGE_ITEMS)]
    assert [len(page) for page in pages_of(bodies)] == [MAX_PAGE_ITEMS, MAX_PAGE_ITEMS]


def test_an_item_over_the_limit_gets_a_page_of_its_own() -> None:
    bodies = [body(0), body(1, MAX_PAGE_BYTES), body(2)]
    assert pages_of(bodies) == [[one] for one in bodies]


@given(st.lists(st.lists(st.integers(0, 100_000), max_size=20), max_size=4))
def test_pages_together_are_all_items_in_order_and_none_is_too_large(sizes: list[list[int]]) -> None:
    blocks = [[body(index, size) for index, size in enumerate(block)] for block in sizes]
    pages = pages_of(*blocks)
    assert [one for page in pages for one in page] == [one for block in blocks for one in block]
    assert all(len(b",".join(page)) < MAX_PAGE_BYTES for page in pages)
    assert all(pages) or pages == [[]]
