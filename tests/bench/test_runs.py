"""The part of the benchmark that is about runs: what it counts, and that every contender passes its checks."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from scripts.benchmarks.loop_lag import FILE, LoopLag, read_lags
from scripts.benchmarks.model_contenders import contenders, lag_file, model_service, probed
from scripts.benchmarks.pings import latencies_ms
from scripts.benchmarks.plan import Plan, quick
from scripts.benchmarks.servers.model_service import Wish, wish, wished
from scripts.benchmarks.watchers import Told, Watchers

NAMES = ("bare", "send", "streamd")
TOKENS = 6


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return quick(tmp_path, tmp_path / "scratch", 1)


@pytest.fixture
def url(plan: Plan) -> Iterator[str]:
    with model_service(plan, "tests") as url:
        yield url


def content(position: int, *written_ns: int) -> dict[str, Any]:
    return {
        "type": "content",
        "run_seq": position,
        "content": "".join(f" @{written}" for written in written_ns),
    }


def told(*messages: dict[str, Any]) -> Told:
    run = Told()
    for message in messages:
        run.take(message, read_ns=5_000_000)
    return run


def test_what_a_request_wishes_is_found_in_its_words() -> None:
    wanted = Wish(tokens=60, pause_ms=100, calls=1, stalls=1)
    assert wished(f'{{"content":"Request: {wish(**attrs.asdict(wanted))}"}}'.encode()) == wanted
    assert wished(b"{}") == Wish()


def test_each_chunk_of_a_run_counts_also_where_several_are_told_together() -> None:
    run = told(content(1, 1_000_000), content(2, 2_000_000, 3_000_000), {"type": "complete", "run_seq": 3})
    assert run.latencies_ms == [4.0, 3.0, 2.0]
    assert run.fault(3) is None


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ((content(2, 1), content(2, 2), {"type": "complete", "run_seq": 4}), "1 positions repeated"),
        ((content(1, 2), content(2, 1), {"type": "complete", "run_seq": 3}), "1 chunks out of order"),
        ((content(1, 1), {"type": "complete", "run_seq": 2}), "1 chunks of 2"),
        ((content(1, 1), content(2, 2), {"type": "error", "run_seq": 3}), "did not complete"),
        ((content(1, 1), content(2, 2)), "did not complete"),
    ],
)
def test_a_run_that_is_not_told_whole_is_at_fault(messages: tuple[dict[str, Any], ...], fault: str) -> None:
    assert fault in (told(*messages).fault(2) or "")


@pytest.mark.alone
@pytest.mark.parametrize("which", range(len(NAMES)), ids=NAMES)
def test_every_contender_tells_whole_runs_with_and_without_tools_and_begins_those_that_stall(
    plan: Plan, url: str, which: int
) -> None:
    contender = contenders(url)[which]
    folder = plan.folder("contender")
    with contender.start(plan.build, folder) as server, Watchers(server.port, 2) as watchers:
        for calls in (0, 1, 1):
            watchers.ask(wish(TOKENS, calls=calls), agent="general")
        watchers.until_ended()
        assert watchers.fault(TOKENS) is None
        stalled = watchers.ask(wish(TOKENS, stalls=1), agent="general")
        watchers.until_begun()
        assert stalled.last is None
        assert len(stalled.latencies_ms) == 1


@pytest.mark.alone
@pytest.mark.parametrize("which", range(len(NAMES)), ids=NAMES)
def test_every_probed_contender_answers_pings_and_says_how_long_its_loop_was_held_up(
    plan: Plan, url: str, which: int
) -> None:
    contender = probed(url)[which]
    folder = plan.folder("contender")
    with contender.start(plan.build, folder) as server:
        found: list[float] = []
        for _ in range(20):
            assert len(latencies_ms(server.port, 0.2)) > 0
            found = read_lags(lag_file(folder))
            if found:
                break
    assert found
    assert min(found) >= 0


async def test_nothing_is_measured_where_nobody_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FILE, raising=False)
    before = len(asyncio.all_tasks())
    async with LoopLag():
        assert len(asyncio.all_tasks()) == before
    assert read_lags(tmp_path / "missing") == []


def test_lags_are_read_from_where_the_file_ended(tmp_path: Path) -> None:
    file = tmp_path / "lag.txt"
    file.write_text("[1.0, 2.0]\n")
    end = file.stat().st_size
    with file.open("a") as lines:
        lines.write("[3.0]\n")
    assert read_lags(file) == [1.0, 2.0, 3.0]
    assert read_lags(file, end) == [3.0]
