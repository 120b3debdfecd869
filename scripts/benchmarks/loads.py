"""Three ways to make a server work: bursts, a stream that never pauses, and one event at a time."""

import time
from collections.abc import Callable

import attrs

from scripts.benchmarks.crowd import Crowd
from scripts.benchmarks.messages import publish
from scripts.benchmarks.processes import Server

BURST = 16
SPEAKERS = 16
IN_FLIGHT_EACH = 4
LONE_PAUSE_SECONDS = 0.01
PATIENCE_SECONDS = 60.0
"""For the slowest to hear what was said; a server that takes longer has stalled."""


@attrs.frozen
class Sample:
    """What one load cost the server."""

    deliveries: int
    wall_seconds: float
    cpu_seconds: float
    bytes: int
    latencies_ms: tuple[float, ...] = ()
    """Of lone events: from the write to each client's read."""
    last_ms: tuple[float, ...] = ()
    """Of lone events: from the write to the last client's read."""

    @property
    def cpu_us_per_delivery(self) -> float:
        return self.cpu_seconds / self.deliveries * 1e6


class Stage:
    """A server and its crowd, and the number of events said so far."""

    def __init__(self, server: Server, crowd: Crowd) -> None:
        self.server = server
        self.crowd = crowd
        self.said = 0

    def messages(self, count: int) -> list[bytes]:
        first = self.said + 1
        self.said += count
        return [publish(number) for number in range(first, first + count)]

    def until_heard(self) -> None:
        self.crowd.wait_for_events(self.said * len(self.crowd), PATIENCE_SECONDS)

    def measured(self, work: Callable[[], None]) -> Sample:
        """Run `work` and count what was heard and used meanwhile."""
        before, cpu, start = self.crowd.totals(), self.server.cpu_seconds(), time.monotonic()
        work()
        wall, used, after = time.monotonic() - start, self.server.cpu_seconds() - cpu, self.crowd.totals()
        return Sample(after.events - before.events, wall, used, after.bytes - before.bytes)


def burst(stage: Stage, seconds: float) -> Sample:
    """Sixteen events in one write; the next sixteen when everyone has heard them."""

    def rounds() -> None:
        deadline = time.monotonic() + seconds
        while True:
            stage.crowd.say(0, *stage.messages(BURST))
            stage.until_heard()
            if time.monotonic() > deadline:
                return

    return stage.measured(rounds)


def steady(stage: Stage, seconds: float) -> Sample:
    """Sixteen clients that keep four events each on their way: the server never waits for work."""
    crowd = stage.crowd
    window = SPEAKERS * IN_FLIGHT_EACH
    turn = 0

    def stream() -> None:
        nonlocal turn
        heard = crowd.totals().events
        enough = heard + BURST * len(crowd)
        start = time.monotonic()
        while time.monotonic() < start + seconds or (
            heard < enough and time.monotonic() < start + PATIENCE_SECONDS
        ):
            while stage.said - heard // len(crowd) <= window - IN_FLIGHT_EACH:
                crowd.say(turn % min(SPEAKERS, len(crowd)), *stage.messages(IN_FLIGHT_EACH))
                turn += 1
            heard += crowd.pump()

    sample = stage.measured(stream)
    stage.until_heard()
    return sample


def lone(stage: Stage, seconds: float) -> Sample:
    """One event at a time, at most a hundred a second, each heard by everyone before the next is said."""
    latencies: list[float] = []
    last: list[float] = []

    def singles() -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (message,) = stage.messages(1)
            said_ns = time.monotonic_ns()
            stage.crowd.say(0, message)
            stage.until_heard()
            waits = [(heard - said_ns) / 1e6 for heard in stage.crowd.event_times_ns()]
            latencies.extend(waits)
            last.append(max(waits))
            time.sleep(max(0.0, LONE_PAUSE_SECONDS - (time.monotonic_ns() - said_ns) / 1e9))

    sample = stage.measured(singles)
    return attrs.evolve(sample, latencies_ms=tuple(latencies), last_ms=tuple(last))


LOADS: dict[str, Callable[[Stage, float], Sample]] = {"burst": burst, "steady": steady, "lone": lone}
