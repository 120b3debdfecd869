import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.writing.trip import Trip, trip_of

from .materials import TEXTS


@pytest.mark.parametrize(
    ("topic", "destination", "days", "budget", "company"),
    [
        ("5 days in Lisbon with kids under 1500 EUR", "Lisbon", 5, "1,500 EUR", "kids"),
        ("plan a trip to new york for 4 days", "New York", 4, "None", ""),
        (
            "A weekend in Paris and Rome in May for two, budget $2,000",
            "Paris and Rome",
            2,
            "2,000 USD",
            "a couple",
        ),
        ("Two weeks through New Zealand, hiking", "New Zealand", 14, "None", ""),
        ("Japan trip in spring, 10 days, we love temples on 3k euros", "Japan", 10, "3,000 EUR", ""),
        ("trip to the Isle of Skye for 3 nights with my dog", "Isle of Skye", 4, "None", "dog"),
        ("I want to go to Rio de Janeiro in a fortnight", "Rio de Janeiro", 14, "None", ""),
        ("10-day itinerary for Costa Rica under £2500", "Costa Rica", 10, "2,500 GBP", ""),
        ("Plan a five-day trip to San Sebastián alone", "San Sebastián", 5, "None", "alone"),
    ],
)
def test_a_request_is_read_for_where_how_long_how_much_and_with_whom(
    topic: str, destination: str, days: int, budget: str, company: str
) -> None:
    trip = trip_of(topic, {})

    assert (trip.destination, trip.days, str(trip.budget), trip.company) == (
        destination,
        days,
        budget,
        company,
    )
    assert trip.days_are_known


def test_interests_come_from_the_words_and_from_preferences() -> None:
    trip = trip_of("3 days in Rome, interested in old churches and gelato, and museums", {}, ["I love wine"])

    assert trip.interests == ("old churches", "gelato", "museums", "wine")


def test_the_brief_wins_over_the_words() -> None:
    brief = {
        "destination": "Oslo",
        "days": 4,
        "Budget": 1200,
        "currency": "EUR",
        "interests": ["fjords"],
        "travellers": "friends",
    }

    trip = trip_of("a week in Bergen", brief)

    assert (trip.destination, trip.days, str(trip.budget)) == ("Oslo", 4, "1,200 EUR")
    assert (trip.interests, trip.company) == (("fjords",), "friends")


def test_a_length_that_nobody_gave_is_known_to_be_assumed() -> None:
    assert not trip_of("Berlin", {}).days_are_known


@given(
    st.one_of(TEXTS, st.text(max_size=80)),
    st.dictionaries(st.sampled_from(["days", "budget", "destination"]), st.text(max_size=8)),
)
def test_any_text_can_be_read(topic: str, brief: dict[str, str]) -> None:
    trip = trip_of(topic, brief)

    assert isinstance(trip, Trip)
    assert 1 <= trip.days <= 30
