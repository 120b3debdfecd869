from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.core.document_passage import Passage
from streamd.core.tasks import Critique, Draft, Plan
from streamd.writing._critique import critique_of
from streamd.writing._drafting import draft_of
from streamd.writing._planning import plan_of
from streamd.writing._remarks import NOTHING_LEFT, missing_in
from streamd.writing.citations import cited_in, split_sources

from .materials import LISBON, PASSAGES, STAY, TEXTS, TRIP

PLAN: Final = plan_of(Plan(TRIP, "trip", ["I love food"]))
ESSAY: Final = "Write an essay about remote work"
REMOTE: Final = Passage(
    "remote.md",
    "Remote work",
    "Remote work means doing a job away from the employer's office. Employees report better focus at home. "
    "Loneliness is a risk. 28% of employees worked remotely in 2023.",
)


def section(draft: str, title: str) -> str:
    return draft.split(f"## {title}", 1)[1].split("\n## ", maxsplit=1)[0]


def missing(draft: str, plan: str = PLAN) -> list[str]:
    return [str(remark) for remark in missing_in(critique_of(Critique(TRIP, "trip", draft, plan)))]


def test_a_plan_has_every_day_the_interests_and_what_every_traveller_needs() -> None:
    for line in (
        "# Lisbon: five days with kids, 1,500 EUR",
        "- Day 5:",
        ": food",
        ": places for children",
        "- Budget",
    ):
        assert line in PLAN
    assert "Good to know as well: the season." in PLAN


@pytest.mark.parametrize("days", [1, 2, 3, 12])
def test_a_plan_of_any_length_has_each_day_once(days: int) -> None:
    lines = plan_of(Plan(f"{days} days in Rome", "trip")).splitlines()

    assert sum(line.startswith("- Day ") for line in lines) == days


def test_what_the_sources_say_stands_under_what_it_is_about() -> None:
    draft = draft_of(Draft(TRIP, "trip", PLAN, LISBON))

    assert "Oceanário" in section(draft, "Day 3: places for children")
    assert "It opens at 10:00" in section(draft, "Day 3: places for children")
    assert "Time Out Market" in section(draft, "Day 2: food")
    assert "3.10 EUR" in section(draft, "Getting around")


def test_a_section_that_nothing_is_known_about_says_so() -> None:
    draft = draft_of(Draft(TRIP, "trip", PLAN, LISBON))

    assert "No notes on where to stay in Lisbon." in section(draft, "Where to stay")
    assert "this day is left open" in section(draft, "Day 5: last walks and departure")


def test_notes_about_another_place_are_not_used() -> None:
    assert "Oslo" not in draft_of(Draft(TRIP, "trip", PLAN, LISBON))


def test_the_budget_is_reckoned_by_the_day() -> None:
    assert "comes to 300 EUR a day over five days" in draft_of(Draft(TRIP, "trip", PLAN, LISBON))


def test_without_notes_the_draft_holds_only_what_was_given_and_says_what_to_do() -> None:
    draft = draft_of(Draft(TRIP, "trip", PLAN))

    assert "There are no notes about “Lisbon” to write from." in draft
    assert "knowledge folder" in draft
    assert "Sources:" not in draft


def test_what_fits_no_section_makes_a_day_that_is_free() -> None:
    porto = Passage("porto.md", "Porto", "Livraria Lello is a bookshop from 1906.")

    draft = draft_of(Draft("a weekend in Porto", "trip", "", [porto]))

    assert "Livraria Lello" in section(draft, "Day 1: arrival and a first walk")


def test_a_trip_of_one_day_needs_no_bed() -> None:
    assert "Where to stay" not in plan_of(Plan("1 day in Sintra", "trip"))
    assert "Lodging" not in critique_of(
        Critique("1 day in Sintra", "trip", "## Day 1\n\nThe castle is high.")
    )


def test_a_plan_that_a_person_edited_is_followed() -> None:
    draft = draft_of(Draft(TRIP, "trip", "Day 1: tiles\nDay 2 - trams\n\n## Where to stay", [*LISBON, STAY]))

    assert [line for line in draft.splitlines() if line.startswith("## ")] == [
        "## Day 1: tiles",
        "## Day 2: trams",
        "## Where to stay",
    ]
    assert "Tile Museum" in section(draft, "Day 1: tiles")


def test_a_critique_names_what_the_checks_miss() -> None:
    draft = "# Lisbon\n\n## Day 1: trams\n\nTram 28 is slow. Tram 28 is slow."

    for wanted in (
        "Days: day 2, 3, 4 and 5 of 5 are not covered",
        "Budget:",
        "Lodging:",
        "Children:",
        "Sources:",
        "Repetition:",
    ):
        assert any(remark.startswith(wanted) for remark in missing(draft)), wanted


def test_a_revision_mends_what_new_notes_can_mend_and_keeps_the_rest() -> None:
    first = draft_of(Draft(TRIP, "trip", PLAN, LISBON))
    critique = critique_of(Critique(TRIP, "trip", first, PLAN))

    second = draft_of(Draft(TRIP, "trip", PLAN, [*LISBON, STAY], first, critique))

    assert any(remark.startswith("Lodging:") for remark in missing(first))
    assert "Alfama Guesthouse cost 90 EUR a night" in section(second, "Where to stay")
    assert not any(remark.startswith("Lodging:") for remark in missing(second))
    assert len(missing(second)) < len(missing(first))
    assert "Oceanário" in section(second, "Day 3: places for children")


def test_a_revision_without_anything_new_changes_nothing() -> None:
    first = draft_of(Draft(TRIP, "trip", PLAN, [*LISBON, STAY]))
    second = draft_of(
        Draft(TRIP, "trip", PLAN, [*LISBON, STAY], first, critique_of(Critique(TRIP, "trip", first, PLAN)))
    )

    assert draft_of(Draft(TRIP, "trip", PLAN, [*LISBON, STAY], second, "")) == second


def test_a_revision_keeps_what_a_person_wrote_into_the_draft() -> None:
    edited = draft_of(Draft(TRIP, "trip", PLAN, LISBON)).replace(
        "## Day 4: sights\n", "## Day 4: sights\n\nWe meet Ana at noon.\n"
    )

    assert "We meet Ana at noon." in section(
        draft_of(Draft(TRIP, "trip", PLAN, LISBON, edited, "")), "Day 4: sights"
    )


def test_what_a_person_asks_for_is_put_into_the_day_it_is_asked_for() -> None:
    first = draft_of(Draft(TRIP, "trip", PLAN, LISBON))
    surf = Passage(
        "surf.md", "Surfing near Lisbon", "The surf school in Carcavelos takes children from six years on."
    )

    second = draft_of(
        Draft(TRIP, "trip", PLAN, [*LISBON, surf], first, "Please put a surf school into day 4.")
    )

    assert "Carcavelos" in section(second, "Day 4: sights")
    assert "Still open" not in second


def test_what_a_person_asks_for_and_nothing_is_known_about_is_left_open_by_name() -> None:
    first = draft_of(Draft(TRIP, "trip", PLAN, LISBON))

    second = draft_of(Draft(TRIP, "trip", PLAN, LISBON, first, "- Add a balloon flight"))

    assert "Add a balloon flight." in section(second, "Still open")


def test_a_good_draft_leaves_nothing_to_improve() -> None:
    topic, plan = "1 day in Lisbon", "Day 1: trams and hotels"
    draft = (
        "## Day 1: trams and hotels\n\nTram 28 runs through Alfama and takes forty minutes from end to end [1]. A room at the "
        "hotel beside the cathedral has a view over the river [1].\n\nSources: [1] Notes (n.md)"
    )

    assert NOTHING_LEFT in critique_of(Critique(topic, "trip", draft, plan))


def test_an_empty_draft_is_criticised_and_not_praised() -> None:
    assert critique_of(Critique(TRIP, "trip", " ")) == "What is missing:\n- Length: there is no text yet"


def test_any_other_text_has_both_sides_figures_and_a_counted_conclusion() -> None:
    plan = plan_of(Plan(ESSAY, "essay"))
    draft = draft_of(Draft(ESSAY, "essay", plan, [REMOTE]))

    assert draft.startswith("# Remote work")
    assert "better focus" in section(draft, "What speaks for it")
    assert "Loneliness" in section(draft, "What speaks against it")
    assert "28%" in section(draft, "Figures")
    assert "one point for it and one point against it" in section(draft, "Conclusion")


@given(TEXTS, st.sampled_from(["trip", "essay"]), TEXTS, PASSAGES, TEXTS, TEXTS)
@settings(max_examples=150)
def test_a_draft_is_never_empty_and_cites_only_what_it_lists(
    topic: str, kind: str, plan: str, passages: list[Passage], previous: str, critique: str
) -> None:
    draft = draft_of(Draft(topic, kind, plan, passages, previous, critique))

    body, sources = split_sources(draft)
    assert draft.strip()
    if "[" not in topic + plan + previous + critique:
        assert set(cited_in(body)) == set(sources)
    assert critique_of(Critique(topic, kind, draft, plan)).strip()
    assert plan_of(Plan(topic, kind)).strip()
