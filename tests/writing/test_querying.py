from hypothesis import given
from hypothesis import strategies as st

from streamd.core.tasks import Critique, Draft, Plan, Queries
from streamd.writing._critique import critique_of
from streamd.writing._drafting import draft_of
from streamd.writing._key_phrases import key_phrases
from streamd.writing._planning import plan_of
from streamd.writing._querying import queries_of

from .materials import LISBON, TEXTS, TRIP


def test_phrases_are_the_texts_own_words_without_those_that_say_nothing() -> None:
    assert key_phrases("What are the benefits and the risks of remote work for small teams?", 3) == (
        "remote work",
        "small teams",
        "benefits",
    )


def test_for_a_plan_its_sections_are_looked_up_at_the_destination() -> None:
    found = queries_of(Queries(TRIP, plan_of(Plan(TRIP, "trip", ["I love food"])), 6))

    assert "Lisbon food" in found
    assert "Lisbon children" in found
    assert all(query.startswith("Lisbon ") for query in found)


def test_for_a_critique_what_is_missing_is_looked_up_first() -> None:
    draft = draft_of(Draft(TRIP, "trip", "", LISBON))

    found = queries_of(Queries(TRIP, critique_of(Critique(TRIP, "trip", draft)), 3))

    assert found[0] == "Lisbon lodging"


def test_a_persons_critique_is_looked_up_by_its_own_words() -> None:
    assert queries_of(Queries(TRIP, "I miss vegetarian restaurants", 1)) == ("Lisbon vegetarian restaurants",)


@given(TEXTS, TEXTS, st.integers(1, 5))
def test_there_is_always_something_to_look_up_and_nothing_twice(topic: str, about: str, at_most: int) -> None:
    found = queries_of(Queries(topic, about, at_most))

    assert len(found) <= at_most
    assert len({query.casefold() for query in found}) == len(found)
    assert all(query.strip() for query in found)
    assert found or not topic.strip("#*`_ \t") or "[" in topic or "`" in topic
