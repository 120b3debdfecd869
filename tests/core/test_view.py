"""Views: which items are in one, and what an event is to somebody who follows them."""

import attrs
import pytest

from streamd.core.criteria import Criterion, CriterionByType, Where, parse_conditions
from streamd.core.lists.view import Fields, View, counts_in, item_states, journal_epoch, marked_epoch

LOW = Criterion("low", parse_conditions([["stock", "<", 5]]))
ITEM: Fields = {"id": "a", "type": "note", "stock": 3}


def named(item_type: str, criterion: Criterion) -> Where:
    return Where((CriterionByType(criterion.name, {item_type: criterion}),))


def where(*triples: object) -> View:
    return View(where=parse_conditions(list(triples)))


def test_an_item_is_in_a_view_by_its_type_its_criterion_and_its_conditions() -> None:
    assert View().holds(ITEM)
    assert View(frozenset({"note"})).holds(ITEM)
    assert not View(frozenset({"task"})).holds(ITEM)
    assert View(where=named("note", LOW)).holds(ITEM)
    assert not View(where=named("task", LOW)).holds(ITEM)
    assert not View(frozenset({"task"}), where=named("note", LOW)).holds(ITEM)
    assert where(["stock", ">", 2], ["stock", "<", 4]).holds(ITEM)
    assert not where(["stock", ">", 2], ["stock", "<", 3]).holds(ITEM)


@pytest.mark.parametrize(
    ("before", "after", "crossing"),
    [
        (3, 4, "stays"),
        (3, 9, "leaves"),
        (9, 3, "enters"),
        (9, 8, None),
        (None, 3, "enters"),
        (3, None, "leaves"),
        (None, 9, None),
        (9, None, None),
    ],
)
def test_what_an_event_does_follows_from_the_item_before_and_after(
    before: int | None, after: int | None, crossing: str | None
) -> None:
    states: list[Fields | None] = [
        None if stock is None else {**ITEM, "stock": stock} for stock in (before, after)
    ]
    assert View(where=named("note", LOW)).crossing(*states) == crossing


def test_views_are_equal_when_they_are_defined_alike() -> None:
    assert where(["tags", "in", ["a", {"b": [1]}]]) == where(["tags", "in", ["a", {"b": [1]}]])
    assert len({where(["a", "==", 1]), where(["a", "==", 1]), where(["a", "==", True]), View()}) == 3
    assert View(where=named("note", LOW)) != View(where=named("note", Criterion("low", Where())))
    assert View(frozenset({"b", "a"})) == View(frozenset({"a", "b"}))


def test_the_epoch_names_what_the_configuration_can_change() -> None:
    marked = marked_epoch("e-1", View(where=named("note", LOW)))
    assert marked != "e-1"
    assert journal_epoch(marked) == journal_epoch("e-1") == "e-1"
    assert marked == marked_epoch("e-1", View(where=named("note", LOW)))
    assert marked != marked_epoch("e-1", View(where=named("note", Criterion("low", Where()))))
    assert marked_epoch("e-1", None) == "e-1"


def test_the_epoch_names_a_filter_by_types_and_one_without_a_mark_is_believed_of_it() -> None:
    notes, tasks = View(frozenset({"note"})), View(frozenset({"task"}))
    marked = marked_epoch("e-1", notes)
    assert counts_in("e-1", marked, notes)
    assert not counts_in("e-1", marked, tasks)
    assert not counts_in("e-1", marked, None)
    assert counts_in("e-1", "e-1", notes)
    assert counts_in("e-1", "e-1", None)
    assert not counts_in("e-1", "e-1", where(["stock", ">", 2]))


def test_another_name_of_a_criterion_is_no_other_view() -> None:
    renamed = attrs.evolve(LOW, aliases=("short of",))
    assert View(where=named("note", LOW)) == View(where=named("note", renamed))
    both = (CriterionByType("low", {"a": LOW, "b": LOW}), CriterionByType("low", {"b": renamed, "a": LOW}))
    assert View(where=Where((both[0],))) == View(where=Where((both[1],)))


def test_states_follow_from_an_event_and_the_item_before_it() -> None:
    changed = item_states("field_changed", "note", {"stock": 9, "text": None}, {**ITEM, "text": "x"})
    assert changed is not None
    assert (changed.before, changed.after) == ({**ITEM, "text": "x"}, {**ITEM, "stock": 9})
    added = item_states("item_added", "note", ITEM, None)
    assert added is not None
    assert (added.before, added.after) == (None, ITEM)
    removed = item_states("item_removed", "note", {"reason": "sold"}, {"item": ITEM, "added": 1})
    assert removed is not None
    assert (removed.before, removed.after, removed.is_whole) == (ITEM, None, True)
    told = item_states("told", "note", {}, ITEM)
    assert told is not None
    assert (told.before, told.after) == (ITEM, ITEM)
    assert item_states("told", "", {}, None) is None


def test_of_an_older_event_the_type_is_known_and_no_more() -> None:
    changed = item_states("item_updated", "task", {"type": "task"}, {"type": "note"})
    assert changed is not None
    assert not changed.is_whole
    assert (changed.before, changed.after) == ({"type": "note"}, {"type": "task"})
    other = item_states("field_changed", "task", {"stock": 1}, {"stock": None})
    assert other is not None
    assert not other.is_whole
    assert View(frozenset({"task"})).crossing(other.before, other.after) == "stays"
    whole = item_states("item_removed", "note", {}, ITEM)  # as streamd 0.1 recorded it
    assert whole is not None
    assert (whole.before, whole.is_whole) == (ITEM, True)
