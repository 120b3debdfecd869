"""Runs that outlive their daemon: kill -9 at any moment, and stops in good order; what was done is done once and told once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import orjson
import pytest

from tests.support.agents import WORKED_ON, installed
from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, Message, running
from tests.support.following import Follower, follow, what_holds
from tests.support.run_streams import check_stream

pytestmark = pytest.mark.requirement("C5")

PATIENT: Final = {"STREAMD_RUNS__MAX_ATTEMPTS": "100"}
WORD: Final = {"decision": "approve", "value": {"word": "yes"}}


async def begin_or_come_back(client: Client, follower: Follower, message: Message) -> None:
    """Begin the run; or attach to it, if it has begun. Whether it has may not be known after a crash."""
    if follower.told:
        attached = await follower.attach(client)
        assert attached["type"] == "attached", attached
        return
    if message["type"] == "user_request":
        found = await client.ask(type="attach", thread_id=message["thread_id"])
        if found["type"] == "attached":
            return
        assert found["code"] == "not_found", found
    # An answer that is given twice is harmless.
    await client.send(**message, request_id=follower.request_id)


async def at_work(daemon: Daemon, thread_id: str) -> None:
    """Wait until a run is at work again: after a start that takes a moment, and only once it is stored it is an attempt."""
    async with daemon.client() as client, asyncio.timeout(PATIENCE_SECONDS):
        while (await client.ask(type="attach", thread_id=thread_id))["status"] == "pending":
            pass
        await client.ask(type="publish", event_type="kept", data={})  # and with it that the run is at work


async def through(
    daemon: Daemon,
    request_id: str,
    message: Message,
    kill_at: Sequence[int],
    *,
    at_work_on: str | None = None,
) -> list[Message]:
    """What a run tells whose daemon is killed whenever so much of it was heard, and its thread (if given) is worked on."""
    follower = Follower(request_id)
    for point in (*sorted(kill_at), None):
        async with daemon.client() as client:
            await begin_or_come_back(client, follower, message)
            if point != 0:
                await follower.hear(client, point)
            if point is None or follower.has_ended:
                break
            if at_work_on is not None:
                await at_work(daemon, at_work_on)
            await daemon.kill()
            await follower.hear_rest(client)
        await daemon.start()
    return follower.told


async def one_story(
    daemon: Daemon, thread_id: str, kill_at: tuple[Sequence[int], Sequence[int]]
) -> tuple[list[Message], list[Message]]:
    """The run of `works` up to its question, and the one that goes on with the answer."""
    request = {"type": "user_request", "user_input": "work", "agent": "works", "thread_id": thread_id}
    asked = await through(daemon, f"{thread_id}/asked", request, kill_at[0])
    assert asked[-1]["type"] == "interrupt", asked[-1]
    answer = {"type": "respond", "interrupt_id": asked[-1]["interrupt"]["interrupt_id"], **WORD}
    done = await through(daemon, f"{thread_id}/done", answer, kill_at[1])
    assert done[-1]["type"] == "complete", done[-1]
    assert (done[0]["type"], done[0]["resumes_run_id"]) == ("start", asked[0]["run_id"])
    return asked, done


def likeness(told: Sequence[Message], thread_id: str) -> Counter[bytes]:
    """What holds of a run, in any order, as every run of `works` has it."""
    own = ("run_id", "thread_id", "run_seq", "timestamp", "request_id", "resumes_run_id", "interrupt")
    shown = [{key: value for key, value in one.items() if key not in own} for one in what_holds(told)]
    for message in shown:
        data = message.get("data")
        if isinstance(data, dict) and "changed" in data:
            data["changed"] = sorted(data["changed"])
    return Counter(
        orjson.dumps(message, option=orjson.OPT_SORT_KEYS).replace(thread_id.encode(), b"T")
        for message in shown
    )


def said(told: Sequence[Message]) -> dict[str, str]:
    """The text of each answer."""
    texts: dict[str, str] = {}
    for message in what_holds(told):
        if message["type"] == "content":
            texts[message["message_id"]] = texts.get(message["message_id"], "") + message["content"]
    return texts


def some_points(random: Random, told: Sequence[Message], most: int) -> list[int]:
    """Moments at which to kill: as often between steps as within an answer."""
    between = [number for number, message in enumerate(told, start=1) if message["type"] != "content"]
    count = random.randint(0, most)
    return [random.choice([random.randrange(len(told)), random.choice([0, *between])]) for _ in range(count)]


@pytest.mark.soak
async def test_however_often_it_is_killed_a_run_goes_on_and_everything_is_done_once_and_told_once(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    random = Random(20)
    rounds = soak(2, 150)
    async with running(tmp_path, **installed(tmp_path), **PATIENT) as daemon:
        whole = await one_story(daemon, "whole", ((), ()))
        attempts = 0
        for number in range(rounds):
            name = f"t{number:05}"
            kill_at = some_points(random, whole[0], 5), some_points(random, whole[1], 3)
            told = await one_story(daemon, name, kill_at)
            attempts += sum(map(len, kill_at))
            for mine, meant in zip(told, whole, strict=True):
                check_stream(daemon, mine)
                assert said(mine) == said(meant), kill_at
                assert likeness(mine, name) == likeness(meant, "whole"), kill_at
        assert attempts > rounds

        async with daemon.client() as now:
            top, epoch = now.greeting["seq"], now.greeting["epoch"]
        async with daemon.client(since=0, epoch=epoch) as late:
            await late.heard(top)
            remembered = await late.ask(type="memory", action="list", kinds=["insight"], limit=1000)
        assert [event["seq"] for event in late.events] == list(range(1, top + 1))
        happened = Counter((event["event_type"], event["item_id"]) for event in late.events)
        names = ["whole", *(f"t{number:05}" for number in range(rounds))]
        items = [f"{name}-{number}" for name in names for number in range(WORKED_ON)]
        assert happened == Counter(
            [("item_added", item_id) for item_id in items]
            + [("field_changed", item_id) for item_id in items]
            + [("item_removed", f"{name}-{number}") for name in names for number in range(0, WORKED_ON, 2)]
        )
        assert {item["count"] for item in late.items.values()} == {1}
        assert sorted(memory["text"] for memory in remembered["memories"]) == sorted(
            f"the word of {name} was yes" for name in names
        )


async def test_text_that_was_cut_off_is_declared_void_and_the_answer_comes_whole(tmp_path: Path) -> None:
    async with running(tmp_path, **installed(tmp_path)) as daemon:
        request = {"type": "user_request", "user_input": "speak", "agent": "speaks", "thread_id": "t"}
        told = await through(daemon, "r", request, [6])
        meant = (await through(daemon, "m", {**request, "thread_id": "m"}, ()))[-2]["message"]
    check_stream(daemon, told)
    (reset,) = [message for message in told if message["type"] == "attempt_reset"]
    before = [message["run_seq"] for message in told[: told.index(reset)] if message["type"] == "content"]
    assert (reset["void"], reset["attempt"]) == (before, 2)
    (text,) = said(told).values()
    assert f"{len(text)} characters" == meant
    assert what_holds(told)[-2]["message"] == meant


async def test_a_run_that_stops_its_daemon_too_often_is_given_up(tmp_path: Path) -> None:
    async with running(tmp_path, **installed(tmp_path), STREAMD_RUNS__MAX_ATTEMPTS="3") as daemon:
        request: Message = {"type": "user_request", "user_input": "go on", "agent": "waits", "thread_id": "t"}
        told = await through(daemon, "r", request, [3, 3, 3], at_work_on="t")
        assert [message["type"] for message in told] == ["start", "intent_analysis", "content", "error"]
        assert (told[-1]["code"], told[-1]["retryable"]) == ("abandoned", True)
        check_stream(daemon, told)
        await daemon.logs("run_abandoned")
        async with daemon.client() as late:
            attached = await late.ask(type="attach", thread_id="t")
            assert (attached["status"], attached["top"]) == ("failed", told[-1]["run_seq"])
            state = await late.ask(type="thread", thread_id="t")
            assert state["status"] == "idle"


async def test_a_run_that_is_given_up_says_what_it_had_done(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_RUNS__MAX_ATTEMPTS="1") as daemon:
        many: Message = {"type": "user_request", "context": {"item_type": "note", "count": 5_000}}
        told = await through(daemon, "r", {**many, "thread_id": "t"}, [30])
    check_stream(daemon, told)
    added = [message["item_id"] for message in told if message["type"] == "item_added"]
    assert told[-1]["code"] == "abandoned"
    assert told[-1]["data"] == {"added": added, "removed": [], "changed": []}


async def test_a_run_that_only_waited_for_its_turn_is_not_given_up_for_the_one_that_was_at_work(
    tmp_path: Path,
) -> None:
    limits = {"STREAMD_RUNS__MAX_ATTEMPTS": "1", "STREAMD_RUNS__MAX_CONCURRENT": "1"}
    async with running(tmp_path, **limits, **installed(tmp_path / "site")) as daemon:
        async with daemon.client() as client:
            await client.send(
                type="user_request", user_input="go", agent="waits", thread_id="1", request_id="1"
            )
            await Follower("1").hear_type(client, "content")
            await client.send(type="user_request", user_input="Add 2 notes", thread_id="2", request_id="2")
            assert (await client.ask(type="attach", thread_id="2"))["status"] == "pending"
            await client.ask(type="publish", event_type="kept", data={})  # and with it the run
            await daemon.kill()
        await daemon.start()
        async with daemon.client() as client:
            for number, last in (("1", "error"), ("2", "complete")):
                run = Follower(number)
                await client.send(type="attach", thread_id=number)
                await run.hear(client)
                assert run.last["type"] == last


async def test_a_run_whose_agent_is_not_there_any_more_is_given_up(tmp_path: Path) -> None:
    async with running(tmp_path, **installed(tmp_path / "site")) as daemon:
        follower = Follower("r")
        async with daemon.client() as client:
            await client.send(type="user_request", user_input="go", agent="waits", request_id="r")
            await follower.hear_type(client, "content")
            await daemon.kill()
        daemon.environ = {}
        await daemon.start()
        async with daemon.client() as client:
            await follower.attach(client)
            last = await follower.hear(client)
            assert (last["type"], last["code"]) == ("error", "abandoned")
            assert "installed" in last["message"]


async def test_a_run_that_takes_too_long_for_a_stop_goes_on_after_the_next_start(tmp_path: Path) -> None:
    many = {"item_type": "note", "count": 10_000}
    async with running(tmp_path, STREAMD_DRAIN__SECONDS="0") as daemon:
        follower = Follower("r")
        async with daemon.client() as client:
            await client.send(type="user_request", context=many, thread_id="t", request_id="r")
            await follower.hear(client, 50)
            daemon.ask_to_stop()
            await follower.hear_rest(client)
            assert client.socket.close_code == 1012
            assert orjson.loads(client.socket.close_reason or "")["retry_ms"]
        assert await daemon.ended() == 0
        assert await daemon.logs("run_suspended", follower.run_id)
        assert not follower.has_ended
        before = follower.top
        await daemon.start()
        async with daemon.client(snapshot=1) as client:
            attached = await follower.attach(client)
            assert attached["after"] == before
            last = await follower.hear(client)
            await client.heard(10_000)
    assert last["type"] == "complete"
    added = [message["item_id"] for message in follower.told if message["type"] == "item_added"]
    assert len(added) == len(set(added)) == len(client.items) == 10_000
    assert last["data"]["added"] == added


async def test_requests_that_wait_for_a_thread_are_done_one_after_the_other_after_a_crash_too(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon:
        followers = [Follower(f"r{number}") for number in range(3)]
        async with daemon.client() as client:
            for number, follower in enumerate(followers):
                await client.send(
                    type="user_request", context={"item_type": "note", "item_name": f"n{number}", "count": 1500},
                    thread_id="t", options={"multitask": "enqueue"}, request_id=follower.request_id,
                )  # fmt: skip
            heard = await client.until(lambda message: message.get("run_seq", 0) > 100)
            assert heard["request_id"] == "r0"
            run_ids = {heard["run_id"]}
            await daemon.kill()
        await daemon.start()
        async with daemon.client(snapshot=1) as client:
            await client.heard(4500)
        names = [str(item["name"])[:2] for item in client.items.values()]
        assert names == ["n0"] * 1500 + ["n1"] * 1500 + ["n2"] * 1500
        assert len({event["run_id"] for event in client.events} | run_ids) == 3


async def test_a_run_that_had_ended_before_the_kill_is_not_begun_again(tmp_path: Path) -> None:
    async with running(tmp_path, **installed(tmp_path)) as daemon:
        async with daemon.client() as client:
            done = await follow(client, "r", type="user_request", user_input="plan", agent="writes")
            assert done.last["type"] == "complete"
        await daemon.kill()
        await daemon.start()
        assert not any("run_recovered" in line for line in daemon.log)
        async with daemon.client() as client:
            again = Follower("r")
            await client.send(type="attach", run_id=done.run_id)
            await again.hear(client)
        assert again.told == done.told
