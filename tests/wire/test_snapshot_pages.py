import orjson
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.item import Seq
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES, MAX_PAGE_ITEMS, snapshot_pages


def body(index: int, size: int = 0) -> bytes:
    return orjson.dumps({"id": str(index), "note": "x" * size})


def test_an_empty_workspace_is_one_page() -> None:
    [page] = snapshot_pages([], seq=Seq(0), epoch="e")
    assert orjson.loads(page) == {"type": "snapshot", "items": [], "seq": 0, "epoch": "e", "more": False}


def test_a_page_holds_at_most_500_items_and_the_last_says_so() -> None:
    pages = [
        orjson.loads(page)
        for page in snapshot_pages([body(i) for i in range(2 * MAX_PAGE_ITEMS)], seq=Seq(9), epoch="e")
    ]
    assert [len(page["items"]) for page in pages] == [MAX_PAGE_ITEMS, MAX_PAGE_ITEMS]
    assert [page["more"] for page in pages] == [True, False]


def test_an_item_over_the_limit_gets_a_page_of_its_own() -> None:
    bodies = [body(0), body(1, MAX_PAGE_BYTES), body(2)]
    pages = [orjson.loads(page)["items"] for page in snapshot_pages(bodies, seq=Seq(9), epoch="e")]
    assert [[item["id"] for item in page] for page in pages] == [["0"], ["1"], ["2"]]


@given(st.lists(st.integers(0, 100_000), max_size=40))
def test_pages_together_are_all_items_in_order_and_none_is_too_large(sizes: list[int]) -> None:
    bodies = [body(index, size) for index, size in enumerate(sizes)]
    pages = list(snapshot_pages(bodies, seq=Seq(9), epoch="e", reason="no_epoch", request_id=1))
    decoded = [orjson.loads(page) for page in pages]
    assert [item for page in decoded for item in page["items"]] == [orjson.loads(each) for each in bodies]
    assert [page["more"] for page in decoded] == [True] * (len(pages) - 1) + [False]
    assert all(len(page) < MAX_PAGE_BYTES + 200 for page in pages)
    assert all((page["seq"], page["reason"], page["request_id"]) == (9, "no_epoch", 1) for page in decoded)
