"""The benchmark's tools count and compute what they say they do. Nothing here looks at how long anything takes."""

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.benchmarks.compiler import compile_source
from scripts.benchmarks.contenders import BARE_SENDER
from scripts.benchmarks.counters import CompiledCounter, Counter, PythonCounter, Tally
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.frames import PING, PONG, TEXT, Frame, client_frame, server_frame, whole_frames
from scripts.benchmarks.loads import Stage, burst, lone, steady
from scripts.benchmarks.messages import publish
from scripts.benchmarks.plan import interleaved
from scripts.benchmarks.results import Results, percentile, spread
from scripts.benchmarks.tables import Column, Table, markdown


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(params=["compiled", "python"])
def counter(request: pytest.FixtureRequest, build: Path) -> Iterator[Counter]:
    made: Counter = PythonCounter()
    if request.param == "compiled":
        library = compile_source("counter.c", build / "counter.so", "-shared", "-fPIC")
        if library is None:
            pytest.skip("there is no C compiler here")
        made.close()
        made = CompiledCounter(library)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


def event(number: int, padding: int = 100) -> bytes:
    return f'{{"seq":{number},"event_type":"bench","data":{{"n":"bench-{number:08}","x":"{"x" * padding}"}}}}'.encode()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
@pytest.mark.parametrize("framed", [server_frame, client_frame])
def test_a_frame_of_any_size_is_read_back_whole(size: int, framed: object) -> None:
    payload = random.Random(size).randbytes(size)
    frame = server_frame(payload) if framed is server_frame else client_frame(payload)
    assert list(whole_frames(frame)) == [Frame(TEXT, payload, len(frame))]


def test_a_frame_whose_end_is_missing_is_left_for_later() -> None:
    whole = server_frame(b"first")
    for cut in range(len(server_frame(event(1)))):
        buffer = whole + server_frame(event(1))[:cut]
        assert [frame.payload for frame in whole_frames(buffer)] == [b"first"]


def test_messages_are_told_apart(counter: Counter, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    counter.add(ours, server_frame(b'{"type":"connected"}'))
    theirs.sendall(
        server_frame(event(1))
        + server_frame(b'{"type":"ack","seq":1}')
        + server_frame(b'{"type":"error","code":"busy"}')
        + server_frame(event(2))
    )
    assert counter.pump(5) == 2
    totals = counter.totals()
    assert (totals.events, totals.acks, totals.errors, totals.others) == (2, 1, 1, 1)
    assert counter.complaint() == '{"type":"error","code":"busy"}'
    assert counter.tallies()[0].events == 2


def test_counting_does_not_depend_on_where_the_stream_is_cut(
    counter: Counter, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    dice = random.Random(7)
    stream = b"".join(server_frame(event(n, dice.choice([0, 30, 60, 70_000]))) for n in range(1, 60))
    counter.add(ours, b"")
    heard, at = 0, 0
    while at < len(stream):
        size = dice.choice([1, 2, 3, 5, 200, 30_000])
        theirs.sendall(stream[at : at + size])
        at += size
        heard += counter.pump(5)
    assert heard == 59
    assert counter.totals().bytes == len(stream)
    assert counter.tallies()[0].digest == digest(range(1, 60))


def digest(numbers: range | list[int]) -> int:
    result = 0
    for number in numbers:
        result = (result * 1000003 + number) % 2**64
    return result


def test_events_of_a_stream_over_http_are_counted_by_their_lines(
    counter: Counter, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    counter.add(ours, b'retry: 2000\n\n\r\n2a\r\nid: 0@e\ndata: {"type":"connected"}\n\n\r\n', has_lines=True)
    theirs.sendall(b"2f\r\nid: 1@e\ndata: " + event(1) + b"\n\n\r\n:\n\nid: 2@e\ndata: " + event(2)[:30])
    assert counter.pump(5) == 1
    theirs.sendall(event(2)[30:] + b"\n\n\r\n")
    assert counter.pump(5) == 1
    assert counter.totals().others == 1
    assert counter.tallies()[0].digest == digest([1, 2])


def test_the_digest_tells_orders_apart(counter: Counter) -> None:
    orders = [[1, 2, 3], [1, 2, 3], [1, 3, 2]]
    pairs = [socket.socketpair() for _ in orders]
    for (ours, _), numbers in zip(pairs, orders, strict=True):
        counter.add(ours, b"".join(server_frame(event(number)) for number in numbers))
    first, same, other = (tally.digest for tally in counter.tallies())
    assert first == same == digest([1, 2, 3])
    assert other == digest([1, 3, 2])
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


def test_a_ping_is_answered_with_what_it_carried(
    counter: Counter, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    counter.add(ours, b"")
    theirs.sendall(server_frame(b"are you there", PING))
    assert counter.pump(5) == 0
    (pong,) = whole_frames(theirs.recv(1000))
    assert (pong.opcode, pong.payload) == (PONG, b"are you there")


def test_a_connection_that_ends_is_counted_once(
    counter: Counter, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    counter.add(ours, b"")
    theirs.close()
    counter.pump(5)
    counter.pump(0)
    assert counter.totals() == Tally(closed=1)


@pytest.mark.alone
def test_every_load_ends_with_every_client_having_heard_every_event(build: Path, tmp_path: Path) -> None:
    with BARE_SENDER.start(build, tmp_path) as server, Crowd(BARE_SENDER, server.port, build) as crowd:
        crowd.join(20)
        stage = Stage(server, crowd)
        for load in (burst, steady, lone):
            sample = load(stage, 0.0 if load is burst else 0.05)
            assert sample.deliveries > 0
            assert crowd.totals().events == stage.said * 20
        assert crowd.fault(stage.said) is None
        assert crowd.fault(stage.said + 1) == f"20 clients did not hear exactly {stage.said + 1} events"


@pytest.mark.alone
def test_a_crowd_says_so_when_its_server_is_gone(build: Path, tmp_path: Path) -> None:
    with BARE_SENDER.start(build, tmp_path) as server, Crowd(BARE_SENDER, server.port, build) as crowd:
        crowd.join(2)
        server.stop()
        with pytest.raises(StalledError, match="closed"):
            crowd.wait_for("events", 1)


def test_published_events_are_of_one_size() -> None:
    assert len({len(publish(number)) for number in (1, 99, 12_345_678)}) == 1


def test_repetitions_begin_with_another_contender_each_time() -> None:
    assert list(interleaved("abc", 2)) == [(0, "a"), (0, "b"), (0, "c"), (1, "b"), (1, "c"), (1, "a")]


def test_spread_and_percentiles_come_from_measured_values() -> None:
    assert spread([2.0, 4.0, 5.0]) == 0.75
    assert spread([3.0]) == 0.0
    assert percentile(range(1, 101), 50) == 51
    assert percentile(range(1, 101), 99) == 100
    assert percentile([7.0], 99) == 7.0


def test_a_table_sets_medians_in_relation_and_leaves_out_what_was_not_measured() -> None:
    results = Results()
    for value in (1.0, 2.0, 3.0):
        results.record("b", "c", "one", cost=value)
        results.record("b", "c", "two", cost=value * 4)
    table = Table("Costs", "b", (Column("cost", "c", "cost", ("one", "absent")), Column("rate", "c", "rate")))
    assert markdown(results, table).splitlines() == [
        "### Costs",
        "",
        "|  | cost | x one | x absent |",
        "| --- | ---: | ---: | ---: |",
        "| one | 2.00 ±100% | 1.00 | - |",
        "| two | 8.00 ±100% | 4.00 | - |",
    ]
    assert markdown(results, Table("Nothing", "other", table.columns)) == ""
