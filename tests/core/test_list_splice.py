"""What is recorded of lists beside an event: only what differs, and enough to have the list before."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.lists.list_splice import ListSplice, recorded_values, values_before
from tests.support.hall import as_json, values

lists = st.lists(values, max_size=8)


@given(lists, lists, lists)
def test_the_list_before_is_had_from_the_one_after_to_the_letter(
    start: list[object], before: list[object], after: list[object]
) -> None:
    old, new = [*start, *before, *start], [*start, *after, *start]
    recorded = orjson.loads(
        orjson.dumps(recorded_values({"tags": old, "note": "x"}, {"tags": new, "note": None}))
    )
    found = values_before(recorded, {"tags": orjson.loads(orjson.dumps(new)), "note": None})
    assert as_json(found) == as_json({"tags": old, "note": "x"})


def test_a_member_that_was_added_or_removed_is_all_that_is_recorded() -> None:
    members: list[object] = [f"member-{number}" for number in range(10_000)]
    assert ListSplice.of(members, [*members, "one more"]) == ListSplice(10_000, 0, [])
    assert ListSplice.of(members, [*members[:70], *members[71:]]) == ListSplice(70, 9_929, ["member-70"])


def test_what_an_older_streamd_recorded_is_as_it_is() -> None:
    assert values_before({"tags": ["a"], "note": None}, {"tags": ["a", "b"], "note": "x"}) == {
        "tags": ["a"], "note": None,
    }  # fmt: skip


def test_a_list_that_is_set_where_there_was_none_has_nothing_before_it() -> None:
    assert recorded_values({"tags": "text"}, {"tags": ["a"], "more": ["b"]}) == {"tags": "text", "more": None}
