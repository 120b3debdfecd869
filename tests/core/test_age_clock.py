"""The clock by which ages are measured, while the time of day jumps."""

from hypothesis import given
from hypothesis import strategies as st

from streamd.core.age_clock import AgeClock

DAY = 86_400_000
PERIOD = 7 * DAY


def ticking(clock: AgeClock, *ahead_ms: int, every_ms: int = DAY) -> AgeClock:
    """The clock after ticks at which the time of day is so much ahead of the time that has passed."""
    start = clock.reached_ms
    for number, ahead in enumerate(ahead_ms, start=1):
        clock = clock.after(every_ms, start + number * every_ms + ahead, PERIOD)
    return clock


def test_without_jumps_it_shows_the_time_of_day() -> None:
    clock = ticking(AgeClock.started_at(0), *[0] * 30)
    assert clock.reached_ms == 30 * DAY


def test_a_jump_ahead_for_a_while_is_not_followed() -> None:
    clock = ticking(AgeClock.started_at(0), 0, 30 * DAY, 30 * DAY, 0, 0, 0, 0, 0, 0, 0)
    assert clock.reached_ms == 10 * DAY


def test_a_jump_back_for_a_while_is_not_followed() -> None:
    clock = ticking(AgeClock.started_at(0), 0, -30 * DAY, -30 * DAY, 0, 0, 0, 0, 0, 0, 0)
    assert clock.reached_ms == 10 * DAY


def test_the_time_of_a_stop_is_made_up_for_after_a_whole_period() -> None:
    stopped = AgeClock.started_at(0)
    clock = ticking(stopped, *[3 * DAY] * 7)
    assert clock.reached_ms == 7 * DAY
    clock = ticking(stopped, *[3 * DAY] * 15)
    assert clock.reached_ms == 18 * DAY


def test_a_jump_at_the_end_of_the_period_counts_as_far_as_it_lasted() -> None:
    clock = ticking(AgeClock(0, 0, 3 * DAY, 3 * DAY), *[3 * DAY] * 6, 300 * DAY)
    assert clock.reached_ms == 10 * DAY


def test_a_time_of_day_that_was_wrong_at_first_is_followed_back() -> None:
    clock = ticking(AgeClock.started_at(0), *[-365 * DAY] * 15)
    assert clock.reached_ms == (15 - 365) * DAY


@given(st.lists(st.integers(-60 * DAY, 60 * DAY), max_size=60))
def test_it_never_gains_more_in_a_period_than_the_time_of_day_was_ahead_all_along(ahead: list[int]) -> None:
    clock = AgeClock.started_at(0)
    least = 0
    for number, offset in enumerate(ahead, start=1):
        before = clock
        clock = clock.after(DAY, number * DAY + offset, PERIOD)
        least = max(least, offset)
        assert clock.reached_ms <= number * DAY + max(least, 0)
        if clock.since_ms == before.since_ms:
            assert clock.reached_ms == before.reached_ms + DAY
