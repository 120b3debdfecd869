"""Requests given in `context` do the same without guessing, and win over the sentence."""

import json
from collections.abc import Mapping, Sequence

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import Item
from streamd.core.item_type import ItemTypes

from .harness import Outcome, outcome_of

pytestmark = pytest.mark.requirement("A7")


class TestContext:
    @pytest.fixture(autouse=True)
    def _given(self, items: Sequence[Item], types: ItemTypes) -> None:
        self.items, self.types = items, types

    def told(self, context: Mapping[str, object], say: str = "Do it") -> Outcome:
        return outcome_of(say, self.items, self.types, context)

    def test_a_count_and_a_name_number_the_names(self) -> None:
        found = self.told({"item_type": "supplier", "item_name": "Acme", "count": 2})
        assert [item["name"] for item in found.added] == ["Acme 1", "Acme 2"]

    def test_new_items_get_the_defaults_of_their_type(self) -> None:
        declared = {"crate": {"fields": {"slots": {"type": "integer", "default": 12}}}}
        found = outcome_of("Do it", (), item_types_from(declared), {"item_type": "crate", "count": 1})
        assert found.added[0]["slots"] == 12

    def test_a_new_inventory_item_claims_no_levels_that_nobody_gave(self) -> None:
        found = self.told({"item_type": "inventory", "count": 1})
        assert set(found.added[0]) == {"type", "name"}

    def test_the_context_wins_over_the_sentence(self) -> None:
        found = self.told({"action": "remove", "item_id": "inv-d"}, "Add 5 suppliers")
        assert (found.added, found.removed) == ((), ("inv-d",))

    def test_keys_it_does_not_know_leave_the_sentence_in_force(self) -> None:
        found = self.told({"context": "Q1 planning", "horizon": 3}, "Add 2 suppliers")
        assert len(found.added) == 2

    @pytest.mark.parametrize("count", [0, -1, 1.5, True, "many", 10_001, [], {}])
    def test_a_count_that_is_no_sensible_number_is_refused(self, count: object) -> None:
        assert self.told({"item_type": "supplier", "count": count}).understanding.refusal

    @pytest.mark.parametrize(
        "context",
        [
            {"action": "add", "items": [{"type": "supplier", "name": "N1"}, {"name": "N2", "type": "order"}]},
            {
                "action": "add_multiple",
                "items": [{"type": "supplier", "name": "N1"}, {"name": "N2", "type": "order"}],
            },
            {"action": "add", "items": ["N1", "N2"], "item_type": "supplier"},
        ],
    )
    def test_items_given_with_an_action_are_added_as_they_are(self, context: Mapping[str, object]) -> None:
        found = self.told(context, "Add 5 items")
        assert [item["name"] for item in found.added] == ["N1", "N2"]
        assert found.added[0]["type"] == "supplier"

    def test_one_item_given_with_an_action_is_added_as_it_is(self) -> None:
        found = self.told(
            {"action": "add", "item": {"name": "N1", "location": "Rome"}, "item_type": "supplier"}
        )
        assert [(one["type"], one["name"], one["location"]) for one in found.added] == [
            ("supplier", "N1", "Rome")
        ]

    def test_items_given_with_an_action_are_removed_or_changed(self) -> None:
        assert self.told({"action": "remove", "items": ["inv-a", {"id": "inv-b"}]}).removed == (
            "inv-a",
            "inv-b",
        )
        found = self.told({"action": "update", "items": [{"id": "inv-a", "current_stock": 1}]})
        assert found.changed == {"inv-a": {"current_stock": 1}}

    def test_a_count_beside_the_sentence_wins(self) -> None:
        assert len(self.told({"count": 2}, "Add 5 suppliers").added) == 2
        assert self.told({"count": "x"}, "Add 5 suppliers").understanding.refusal
        assert not self.told({"count": "x"}, "List the suppliers").understanding.refusal

    def test_an_unknown_action_is_refused_whatever_the_words_say(self) -> None:
        found = self.told({"action": "explode"}, "Add 5 suppliers")
        assert found.nothing
        assert "add, remove, update" in found.understanding.refusal

    def test_a_criterion_of_one_type_removes_only_items_of_that_type(self) -> None:
        found = self.told({"action": "remove", "criteria": "unreliable", "item_type": "supplier"})
        assert found.removed == ("sup-3",)

    def test_an_unknown_criterion_or_id_is_refused(self) -> None:
        assert "purple" in self.told({"action": "remove", "criteria": "purple"}).understanding.refusal
        assert "inv-zz" in self.told({"action": "remove", "item_id": "inv-zz"}).understanding.refusal

    def test_an_item_is_changed_by_its_id(self) -> None:
        found = self.told(
            {"action": "update", "item_id": "inv-a", "fields": {"current_stock": 1, "supplier": None}}
        )
        assert found.changed == {"inv-a": {"current_stock": 1, "supplier": None}}

    @pytest.mark.parametrize(
        "entries",
        [[{"id": "inv-a"}, {"item_id": "sup-3"}], ["inv-a", "sup-3"], ["Product A", "Budget Suppliers Ltd"]],
    )
    def test_bulk_removal_takes_ids_under_either_key_plain_or_as_json_text(
        self, entries: list[object]
    ) -> None:
        for given in (entries, json.dumps(entries)):
            found = self.told({"operation": "remove_multiple", "items": given})
            assert found.removed == ("inv-a", "sup-3")

    def test_item_by_item_the_good_entries_are_done_and_the_bad_ones_reported(self) -> None:
        entries = [
            {"id": "inv-a", "current_stock": -1},
            {"id": "inv-b", "current_stock": 1},
            {"id": "nope", "x": 1},
            7,
        ]
        found = self.told({"operation": "update_multiple", "items": entries})
        assert found.changed == {"inv-b": {"current_stock": 1}}
        assert [problem.index for problem in found.understanding.problems] == [0, 2, 3]

    def test_atomic_means_nothing_at_all_when_one_entry_is_wrong(self) -> None:
        entries = [{"id": "inv-b", "current_stock": 1}, {"id": "nope", "x": 1}]
        found = self.told({"operation": "update_multiple", "items": entries, "atomic": True})
        assert found.nothing
        assert "nope" in found.understanding.refusal

    def test_an_id_that_exists_is_not_added_again(self) -> None:
        found = self.told(
            {"operation": "add_multiple", "items": [{"id": "inv-a", "type": "inventory", "name": "Twin"}]}
        )
        assert found.nothing
        assert found.understanding.problems[0].item_id == "inv-a"

    @pytest.mark.parametrize("entries", [None, 5, "not json", "{}", "[" * 5000, [None, 3, [], {"type": 5}]])
    def test_bulk_items_of_the_wrong_shape_are_refused_or_reported(self, entries: object) -> None:
        found = self.told({"operation": "add_multiple", "items": entries})
        assert found.nothing
        assert found.understanding.refusal or found.understanding.problems


@pytest.mark.parametrize(
    ("context", "intent"),
    [
        ({"item_type": "inventory", "count": 0}, "inventory_management"),
        ({"item_type": "supplier", "count": "many"}, "supplier_management"),
        ({"action": "remove", "item_id": "nope"}, "inventory_management"),
        ({"action": "remove", "criteria": "nonsense"}, "inventory_management"),
        ({"action": "remove", "item_ids": []}, "inventory_management"),
        ({"operation": "remove_multiple", "items": []}, "inventory_management"),
        ({"operation": "frobnicate", "items": ["inv-a"]}, "inventory_management"),
        ({"action": "frobnicate", "item_type": "supplier"}, "supplier_management"),
    ],
)
def test_what_cannot_be_done_is_refused_and_still_about_something(
    context: dict[str, object], intent: str, items: Sequence[Item], types: ItemTypes
) -> None:
    outcome = outcome_of("", items, types, context)
    assert outcome.nothing
    assert outcome.understanding.refusal
    assert outcome.understanding.intent.primary_intent == intent
