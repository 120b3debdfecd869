"""What becomes of a wish, whoever else changed the item meanwhile."""

from collections.abc import Mapping, Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.change import AddItem, Change, ChangeItem, Publish, RemoveItem
from streamd.core.decide import Decision, decide
from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value
from streamd.errors import RefusedError
from tests.support.hall import Hall, accepted, add, as_json, code, histories, leaves, new_values

pytestmark = [pytest.mark.soak, pytest.mark.requirement("A9")]

A = ItemId("a")
History = tuple[Hall, Sequence[tuple[Change, object]]]


def field_versions(hall: Hall, item_id: str) -> dict[str, int]:
    """By the events alone: where each field of an item changed last."""
    versions: dict[str, int] = {}
    for seq, event in enumerate(hall.told, 1):
        if event.item_id == item_id and event.event_type in ITEM_EVENT_TYPES:
            if event.event_type == "item_added":
                versions = {"id": seq} if versions else {}  # the id of another item is used again
            if event.event_type != "item_removed":
                versions |= {name: seq for name in event.data if name != "id"}
    return versions


@given(histories())
def test_versions_are_the_positions_of_the_events_that_changed_last(history: History) -> None:
    hall, _ = history
    for item_id, known in hall.known.items():
        about = [
            seq
            for seq, event in enumerate(hall.told, 1)
            if event.item_id == item_id and event.event_type in ITEM_EVENT_TYPES
        ]
        if known is not None:
            assert known.version == about[-1]
        if isinstance(known, Item):
            assert dict(known.versions) == field_versions(hall, item_id)
            assert hall.told[known.added - 1].event_type == "item_added"


@given(histories())
def test_a_refused_wish_changes_nothing_and_an_accepted_one_leaves_what_it_says(history: History) -> None:
    hall, done = history
    replayed = Hall()
    for change, outcome in done:
        if isinstance(outcome, Decision):
            assert accepted(replayed.wish(change)).events == outcome.events
    assert as_json(replayed.items()) == as_json(hall.items())


@given(histories(), new_values, st.integers(0, 8), st.sampled_from(["overwrite", "merge", "reject"]))
def test_only_fields_that_moved_after_the_base_conflict(
    history: History, wanted: Mapping[str, object], lag: int, on_conflict: str
) -> None:
    hall, _ = history
    hall.wish(add())
    base = Seq(max(0, hall.top - lag))
    before = hall.item("a")
    versions = field_versions(hall, "a")
    moved = {name for name in wanted if versions.get(name, 0) > base}

    decision = hall.wish(ChangeItem(A, wanted, base=base, on_conflict=on_conflict))  # type: ignore[arg-type]

    if base < before.born:
        assert code(decision) == "conflict"
        assert hall.item("a") == before
        return
    told = {name: {"value": before.fields.get(name), "version": versions[name]} for name in moved}
    after = hall.item("a").fields
    if on_conflict == "reject" and moved:
        assert code(decision) == "conflict"
        assert isinstance(decision, RefusedError)
        assert decision.details["fields"] == told
        assert hall.item("a") == before
        return
    assert accepted(decision).overwrote == (told if on_conflict == "overwrite" else {})
    assert accepted(decision).conflicts == (told if on_conflict == "merge" else {})
    for name, value in wanted.items():
        left_alone = on_conflict == "merge" and name in moved
        assert as_json(after.get(name)) == as_json(before.fields.get(name) if left_alone else value)


@given(histories(), new_values)
def test_the_same_wish_again_makes_no_event(history: History, wanted: Mapping[str, object]) -> None:
    hall, _ = history
    hall.wish(add())
    wish = ChangeItem(A, wanted)  # type: ignore[arg-type]
    accepted(hall.wish(wish))
    settled = hall.item("a")

    assert accepted(hall.wish(wish)).events == ()
    assert hall.item("a") == settled


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(0, 9)), max_size=20), st.randoms())
def test_counting_never_conflicts_and_adds_up_in_any_order(
    steps: list[tuple[int, int]],
    random: object,
) -> None:
    hall = Hall()
    hall.wish(add())
    shuffled = list(steps)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    for by, lag in shuffled:
        base = Seq(max(0, hall.top - lag))
        accepted(hall.wish(ChangeItem(A, inc={"stock": by}, base=base, on_conflict="reject")))

    assert hall.item("a").fields.get("stock", 0) == sum(by for by, _ in steps)


@given(st.lists(st.lists(leaves, max_size=4), max_size=8))
def test_a_set_holds_each_member_once_as_json_tells_them_apart(groups: list[list[object]]) -> None:
    hall = Hall()
    hall.wish(add())

    for group in groups:
        accepted(
            hall.wish(ChangeItem(A, add_to_set={"tags": tuple(group)}, base=Seq(0), on_conflict="reject"))
        )

    tags = hall.item("a").fields.get("tags", [])
    assert isinstance(tags, list)
    spelt = [as_json(member) for member in tags]
    assert len(spelt) == len(set(spelt))
    assert set(spelt) == {as_json(member) for group in groups for member in group}


def test_edits_of_different_fields_by_writers_who_did_not_see_each_other_all_stay() -> None:
    hall = Hall()
    hall.wish(add())
    seen = hall.top
    for name in ("stock", "note", "supplier"):
        accepted(hall.wish(ChangeItem(A, {name: name}, base=seen, on_conflict="reject")))

    assert {"stock", "note", "supplier"} <= hall.item("a").fields.keys()


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (True, 1), ([1], [True]), ({"x": 0}, {"x": False}), ([{"x": [0]}], [{"x": [False]}])],
)
def test_true_and_one_are_different_values(before: object, after: object) -> None:
    hall = Hall()
    hall.wish(add(on=before))

    decision = accepted(hall.wish(ChangeItem(A, {"on": after})))  # type: ignore[dict-item]

    assert [as_json(event.data) for event in decision.events] == [as_json({"on": after})]


def test_names_and_other_fields_changed_together_make_two_events_in_this_order() -> None:
    hall = Hall()
    hall.wish(add(stock=1))

    decision = accepted(hall.wish(ChangeItem(A, {"stock": 2, "name": "Nut", "subtitle": None}, ("gone",))))

    assert [(event.event_type, dict(event.data)) for event in decision.events] == [
        ("item_updated", {"name": "Nut"}),
        ("field_changed", {"stock": 2}),
    ]
    assert hall.item("a").versions["name"] == 2
    assert hall.item("a").versions["stock"] == hall.item("a").version == 3


def test_a_removed_field_is_told_as_null_and_not_stored() -> None:
    hall = Hall()
    hall.wish(add(stock=1, subtitle="small"))

    decision = accepted(hall.wish(ChangeItem(A, {"stock": None}, ("subtitle",))))

    assert [dict(event.data) for event in decision.events] == [{"subtitle": None}, {"stock": None}]
    assert hall.item("a").fields.keys() == {"type", "name"}


def test_what_was_never_there_is_not_found_and_what_was_removed_is_gone() -> None:
    hall = Hall()
    wish = ChangeItem(A, {"stock": 1})
    assert code(hall.wish(wish)) == "not_found"
    assert code(hall.wish(RemoveItem(A))) == "not_found"

    hall.wish(add())
    hall.wish(RemoveItem(A))

    for gone in (hall.wish(wish), hall.wish(RemoveItem(A))):
        assert code(gone) == "gone"
        assert isinstance(gone, RefusedError)
        assert gone.details["version"] == 2
    assert hall.known[A] == Tombstone(A, Seq(2))


def test_a_taken_id_exists_and_a_freed_one_can_be_added_again() -> None:
    hall = Hall()
    hall.wish(add(stock=1))

    assert code(hall.wish(add())) == "exists"
    hall.wish(RemoveItem(A))
    accepted(hall.wish(add(note="new")))

    item = hall.item("a")
    assert "stock" not in item.fields
    assert item.added == item.version == 3


def test_a_removal_with_a_base_is_refused_when_the_item_changed_since() -> None:
    hall = Hall()
    hall.wish(add())
    hall.wish(ChangeItem(A, {"stock": 1}))

    refused = hall.wish(RemoveItem(A, base=Seq(1)))

    assert code(refused) == "conflict"
    accepted(hall.wish(RemoveItem(A, base=Seq(2))))


def test_rejecting_needs_a_base_unless_it_only_counts() -> None:
    hall = Hall()
    hall.wish(add())

    assert code(hall.wish(ChangeItem(A, {"stock": 1}, on_conflict="reject"))) == "invalid_message"
    accepted(hall.wish(ChangeItem(A, inc={"stock": 1}, on_conflict="reject")))


def test_the_four_item_events_cannot_be_published() -> None:
    for event_type in ITEM_EVENT_TYPES:
        assert code(Hall().wish(Publish(event_type, {}))) == "invalid_message"


def test_an_item_that_had_an_empty_name_is_restored_with_it_and_no_new_one_is_made() -> None:
    fields: dict[str, Value | None] = {"type": "note", "name": ""}
    restored = decide(AddItem(ItemId("a"), fields, restores=True), None, ItemTypes(), Seq(1))
    assert isinstance(restored.after, Item)
    assert restored.after.name == ""
    with pytest.raises(RefusedError, match="needs a name"):
        decide(AddItem(ItemId("a"), fields), None, ItemTypes(), Seq(1))


def test_deciding_does_not_touch_what_it_was_given() -> None:
    hall = Hall()
    hall.wish(add(tags=["x"], stock=1))
    item = hall.item("a")
    before = attrs.evolve(item, fields=dict(item.fields), versions=dict(item.versions))

    decide(
        ChangeItem(A, {"name": "Nut"}, inc={"stock": 1}, add_to_set={"tags": ("y",)}),
        item,
        hall.types,
        Seq(2),
    )

    assert item == before
    assert item.fields["tags"] == ["x"]
