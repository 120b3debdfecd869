"""The event loop looks after some of the ready sockets in one turn, and after all of them in the end."""

import asyncio
import selectors
import socket
from itertools import chain

import pytest

from streamd import event_selector
from streamd.event_selector import EventSelector, new_event_loop


def test_many_ready_sockets_are_reported_some_at_a_time_and_none_waits_for_those_that_are_always_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_selector, "MOST_EVENTS", 4)
    pairs = [socket.socketpair() for _ in range(20)]
    try:
        with EventSelector() as selector:
            for number, (here, there) in enumerate(pairs):
                selector.register(here, selectors.EVENT_READ, number)
                there.send(b"x")  # never read: it stays ready
            told = [[key.data for key, events in selector.select(0)] for _ in range(5)]
            assert [len(turn) for turn in told] == [4] * 5
            assert sorted(chain(*told)) == list(range(20))
            for here, _ in pairs:
                here.recv(1)
            assert selector.select(0) == []
            selector.modify(pairs[3][0], selectors.EVENT_READ | selectors.EVENT_WRITE, "both")
            ((key, events),) = selector.select()
            assert (key.data, events) == ("both", selectors.EVENT_WRITE)
            pairs[3][1].close()
            ((_, events),) = selector.select()
            assert events == selectors.EVENT_READ | selectors.EVENT_WRITE
    finally:
        for here, there in pairs:
            here.close()
            there.close()


def test_the_loop_is_closed_without_a_trace() -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert runner.run(asyncio.sleep(0, "slept")) == "slept"
