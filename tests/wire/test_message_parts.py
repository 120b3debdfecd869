"""Long messages: what is too long for one comes in parts, which clients join."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.lists.item_groups import ItemGroup
from streamd.core.run import RunId
from streamd.core.thread import Interrupt, InterruptId
from streamd.wire.item_replies import groups_in_parts
from streamd.wire.message_parts import MAX_MESSAGE_BYTES, in_parts, joined, names_beside, names_in_parts
from streamd.wire.thread_replies import interrupt_in_parts

RESULTS = [{"index": index, "item_id": f"item-{index}", "seq": index} for index in range(10_000)]


def parts_of(**message: object) -> Sequence[dict[str, Any]]:
    parts = in_parts(orjson.dumps(message))
    assert all(len(part) <= MAX_MESSAGE_BYTES for part in parts)
    return [orjson.loads(part) for part in parts]


def test_a_short_message_is_left_as_it_is() -> None:
    message = orjson.dumps({"type": "ack", "results": RESULTS[:100]})
    assert in_parts(message) == (message,)


def test_a_long_list_is_parted_and_what_is_short_comes_in_every_part() -> None:
    parts = parts_of(type="ack", request_id=7, done=10_000, refused=0, results=RESULTS)
    assert 2 <= len(parts) <= 4
    assert [part["more"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert all(part["request_id"] == 7 and part["done"] == 10_000 for part in parts)
    assert [result for part in parts for result in part["results"]] == RESULTS


def test_long_objects_are_parted_by_their_keys_in_depth() -> None:
    data = {f"item-{index}": {"methods": [index] * 100} for index in range(5_000)}
    parts = parts_of(
        type="forecast_results", run_id="r", data={"forecasts": data, "counts": {"forecasts": 5_000}}
    )
    assert len(parts) > 2
    whole = joined(parts)
    assert whole["data"] == {"forecasts": data, "counts": {"forecasts": 5_000}}
    assert list(whole["data"]["forecasts"]) == list(data)


def test_a_part_of_a_list_that_goes_on_in_further_messages_says_so() -> None:
    assert [part["more"] for part in parts_of(type="memory", memories=RESULTS, more=True)][-1] is True


def test_pages_of_items_are_not_taken_apart() -> None:
    message = orjson.dumps({"type": "item", "item": {"text": "x" * 300_000}})
    assert in_parts(message) == (message,)


leaves = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=300))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6), st.dictionaries(st.text(max_size=9), inner, max_size=6)
    ),
    max_leaves=60,
)


@given(st.dictionaries(st.sampled_from("abcdef"), values), st.integers(600, 2_000))
def test_parts_joined_are_the_message(keys: dict[str, object], most: int) -> None:
    message = {"type": "ack", **keys}
    parts = [orjson.loads(part) for part in in_parts(orjson.dumps(message), most)]
    assert {name: value for name, value in joined(parts).items() if name != "more"} == message


def test_names_that_a_message_has_no_room_for_are_left_out() -> None:
    names = {f"supplier-{number}": "x" * 10_000 for number in range(100)}
    assert names_beside({"a": "b"}, MAX_MESSAGE_BYTES) in ({}, {"a": "b"})
    beside = names_beside(names, 100_000)
    assert 10 < len(beside) < 20
    parts = names_in_parts(names, 100_000)
    assert [pair for part in parts for pair in part.items()] == list(names.items())
    assert all(len(orjson.dumps(part)) <= 100_000 for part in parts)


def test_many_groups_of_a_list_come_in_parts() -> None:
    groups = [ItemGroup("é" * 500 + str(number), number) for number in range(1_000)]
    parts = groups_in_parts(groups)
    assert all(part is not None and len(part) < 140_000 for part in parts)
    told = [group for part in parts for group in orjson.loads(part or b"")]
    assert [group["count"] for group in told] == list(range(1_000))
    assert groups_in_parts([]) == [b"[]"]
    assert groups_in_parts(None) == (None,)


def test_a_long_question_has_several_entries_in_a_list() -> None:
    value = {"items": {f"item-{number}": "x" * 50 for number in range(9_000)}}
    question = Interrupt(
        InterruptId("q"), "w", "t", RunId("r"), "inventory", "work", "confirmation", "Remove?", 0, value=value
    )
    entries = interrupt_in_parts(question, str)
    assert len(entries) > 1
    assert all(len(orjson.dumps(entry)) < MAX_MESSAGE_BYTES for entry in entries)
    assert {entry["interrupt_id"] for entry in entries} == {"q"}
    assert joined([dict(entry) for entry in entries])["value"] == value
