"""The account of what waits in memory: nobody beyond its own limit, and beyond that of all nobody more than its share."""

from streamd.engine.delivery.waiting_bytes import WaitingBytes


def test_a_user_may_hold_so_much_whatever_connection_asks() -> None:
    waiting = WaitingBytes(1_000, limit_per_user=100)
    first, second = waiting.of("ann"), waiting.of("ann")
    first.add(60)
    assert second.admits(40)
    assert not second.admits(41)
    assert waiting.of("ben").admits(100)


def test_what_is_larger_than_the_limit_is_admitted_alone() -> None:
    waiting = WaitingBytes(1_000, limit_per_user=100)
    ann = waiting.of("ann")
    assert ann.admits(500)
    ann.add(500)
    assert not ann.admits(1)
    ann.remove(500)
    assert ann.admits(1)


def test_while_all_hold_too_much_whoever_holds_little_goes_on() -> None:
    waiting = WaitingBytes(1_000, limit_per_user=600)
    greedy, other = waiting.of("greedy"), waiting.of("other")
    greedy.add(600)
    other.add(401)
    assert [one.is_over for one in (greedy, other)] == [True, True]
    modest = waiting.of("modest")
    assert modest.admits(300)
    assert not modest.admits(400)
    greedy.remove(600)
    assert (waiting.held, waiting.holders) == (401, 1)


def test_what_arrives_is_counted_with_what_waits() -> None:
    waiting = WaitingBytes(1_000, limit_per_user=600)
    ann, ben = waiting.of("ann"), waiting.of("ben")
    ann.add(300)
    ann.arrive(300)
    assert ann.may_arrive(300)
    ann.arrive(1)
    assert not ann.may_arrive(301)
    ben.arrive(400)
    assert not ben.may_arrive(400)
    ann.remove(300)
    assert ben.may_arrive(400)
    ann.arrive(-301)
    ben.arrive(-400)
    assert (waiting.held, waiting.holders) == (0, 0)


def test_a_message_that_is_larger_than_the_limit_may_arrive_alone() -> None:
    waiting = WaitingBytes(1_000, limit_per_user=100)
    ann = waiting.of("ann")
    ann.arrive(500)
    assert ann.may_arrive(500)
    ann.arrive(100)
    assert not ann.may_arrive(500)
