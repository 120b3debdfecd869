"""The generic cell rate algorithm: never more than at once, evenly after that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.access.rates import Rate

pytestmark = pytest.mark.requirement("E2")


@given(
    per_minute=st.floats(0.5, 10_000),
    at_once=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=80),
)
def test_never_more_than_at_once_and_evenly_after_that(
    per_minute: float, at_once: int, pauses: list[float]
) -> None:
    rate, now = Rate(per_minute, at_once), 1_000.0
    start = now
    for taken, pause in enumerate(pauses, start=1):
        now += pause
        if wait := rate.wait("ann", now):
            assert rate.wait("ann", now) == wait, "what is refused counts nothing"
            assert rate.wait("bob", now) == 0 or taken > 1
            now += wait
            assert rate.wait("ann", now) == 0, "after the wait that was told one more may come"
        assert taken <= at_once + (now - start) * per_minute / 60 + 1e-6


def test_whoever_is_done_is_forgotten() -> None:
    rate = Rate(60, 1)
    for number in range(10_000):
        assert rate.wait(number, now=float(number * 2)) == 0
    assert len(rate._due) <= 4_096
    assert Rate(0, 1).wait("ann", 1.0) == 0
