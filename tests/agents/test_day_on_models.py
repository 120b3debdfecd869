"""The day: models are told which it is, and where, behind what is the same from day to day."""

import pytest

from streamd.config import RunsOptions
from streamd.engine.steps._node_model import today_in_words
from tests.agents.model_office import model_office
from tests.support.model_replies import said


async def test_a_model_is_told_the_day_behind_the_cached_part() -> None:
    async with model_office(runs=RunsOptions(time_zone="Asia/Tokyo")) as place:
        place.model.says(said("Tomorrow."))
        await place.ask("When is it due?", "general")
        prompt, day = place.model.asked[0].body["system"]

    assert prompt["cache_control"] == {"type": "ephemeral"}
    assert "Today" not in prompt["text"]
    assert day == {
        "type": "text",
        "text": "Today is Wednesday, 2026-11-18, in the time zone Asia/Tokyo (UTC+09:00).",
    }


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", "Today is Thursday, 2026-12-31, in the time zone UTC (UTC+00:00)."),
        ("Pacific/Auckland", "Today is Friday, 2027-01-01, in the time zone Pacific/Auckland (UTC+13:00)."),
        ("America/St_Johns", "Today is Thursday, 2026-12-31, in the time zone America/St_Johns (UTC-03:30)."),
    ],
)
def test_a_day_is_that_of_its_zone(zone: str, day: str) -> None:
    assert today_in_words(1_798_716_600_000, zone) == day
