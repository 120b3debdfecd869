"""Questions to people over the wire: asked once, kept through a crash, answered from anywhere, once and for all."""

from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Final

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import Follower, follow

pytestmark = pytest.mark.requirement("C6")

ASKS: Final = {"STREAMD_RUNS__APPROVE_REMOVALS_OVER": "3"}
LOW: Final = {"type": "inventory", "current_stock": 1, "reorder_point": 10}


async def low_items(client: Client, count: int = 5) -> list[str]:
    """Items whose stock is low, and one whose stock is not."""
    items = [{**LOW, "id": f"low-{number}", "name": f"Low {number}"} for number in range(count)]
    full = {**LOW, "id": "full", "name": "Full", "current_stock": 50}
    assert (await client.ask(type="bulk", operation="add_multiple", items=[*items, full]))["refused"] == 0
    return [str(item["id"]) for item in items]


async def removal(client: Client, thread_id: str = "t") -> Message:
    """Ask for the removal; the question that comes of it."""
    asked = await follow(
        client, "asked", type="user_request", user_input="Remove all low stock items", thread_id=thread_id
    )
    assert asked.last["type"] == "interrupt", asked.last
    interrupt: Message = asked.last["interrupt"]
    return interrupt


async def left(client: Client) -> list[str]:
    return [item["id"] for item in (await client.ask(type="list_items"))["items"]]


@pytest.mark.parametrize(
    ("answer", "removed", "last"),
    [
        ({"decision": "approve"}, 5, "complete"),
        ({"decision": "edit", "value": {"item_ids": ["low-1", "low-3"]}}, 2, "complete"),
        ({"decision": "reject"}, 0, "cancelled"),
        ({"approved": True}, 5, "complete"),
        ({"approved": True, "modified_args": {"item_ids": ["low-1"]}}, 1, "complete"),
        ({"approved": False}, 0, "cancelled"),
    ],
)
async def test_a_removal_of_many_asks_first_outlives_a_kill_and_does_what_was_allowed(
    tmp_path: Path, answer: Mapping[str, object], removed: int, last: str
) -> None:
    async with running(tmp_path, **ASKS) as daemon:
        async with daemon.client(user_id="ann") as client:
            low = await low_items(client)
            interrupt = await removal(client)
            assert (interrupt["reason"], interrupt["status"]) == ("confirmation", "pending")
            assert list(interrupt["value"]["items"]) == low
            assert (await client.ask(type="list_interrupts"))["interrupts"] == [interrupt]
            state = await client.ask(type="thread", thread_id="t")
            assert (state["status"], state["interrupts"]) == ("interrupted", [interrupt])
            assert await left(client) == [*low, "full"]
            await daemon.kill()
        await daemon.start()
        async with daemon.client(user_id="bob") as other:
            assert (await other.ask(type="list_interrupts", thread_id="t"))["interrupts"] == [interrupt]
            assert (await other.ask(type="list_interrupts", thread_id="another"))["interrupts"] == []
            done = await follow(
                other, "answer", type="respond", interrupt_id=interrupt["interrupt_id"], **answer
            )
            assert done.last["type"] == last
            assert len(done.last["data"]["removed"]) == removed
            assert {response["request_id"] for response in done.told} == {"answer"}
            assert done.run_id != interrupt["run_id"]
            if last == "complete":
                assert done.told[0]["resumes_run_id"] == interrupt["run_id"]
                assert not any("replayed" in response for response in other.responses)
            kept = set(low) - set(done.last["data"]["removed"])
            assert set(await left(other)) == kept | {"full"}
            assert (await other.ask(type="list_interrupts"))["interrupts"] == []
            await other.heard(6 + removed if removed else 0)
            assert [event["event_type"] for event in other.events] == ["item_removed"] * removed
            assert {event["user_id"] for event in other.events} <= {"ann"}


async def test_few_removals_ask_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, **ASKS) as daemon, daemon.client() as client:
        await low_items(client, 3)
        assert (await client.request("Remove all low stock items"))[-1]["type"] == "complete"
        assert await left(client) == ["full"]


async def test_the_same_answer_again_tells_of_the_same_run_and_another_is_refused(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **ASKS) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
        daemon.client(workspace="elsewhere") as stranger,
    ):
        await low_items(ann)
        interrupt_id = (await removal(ann))["interrupt_id"]
        answer = {"type": "respond", "interrupt_id": interrupt_id, "decision": "approve"}
        assert (await stranger.ask(**answer))["code"] == "not_found"
        assert (await bob.ask(**{**answer, "interrupt_id": "interrupt-none"}))["code"] == "not_found"
        first = await follow(bob, "first", **answer)
        for client, request_id in ((ann, "again"), (bob, "again"), (ann, 7), (ann, True)):
            again = await follow(client, request_id, **answer)
            assert again.told == [{**response, "request_id": request_id} for response in first.told]
        refused = await ann.ask(type="respond", interrupt_id=interrupt_id, decision="reject")
        assert (refused["code"], refused["decision"], refused["by"]) == ("answered", "approve", "bob")
        assert refused["run_id"] == first.run_id
        assert await left(ann) == ["full"]
        await ann.heard(11)
        assert [event["event_type"] for event in ann.events[6:]] == ["item_removed"] * 5


async def test_two_who_answer_at_the_same_time_begin_one_run(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **ASKS) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        await low_items(ann)
        answer = {
            "type": "respond",
            "interrupt_id": (await removal(ann))["interrupt_id"],
            "decision": "approve",
        }
        await ann.send(**answer, request_id="r")
        await bob.send(**answer, request_id="r")
        await bob.send(**answer, request_id="repeated")
        one, other, repeated = Follower("r"), Follower("r"), Follower("repeated")
        await one.hear(ann)
        while not (other.has_ended and repeated.has_ended):
            heard = await bob.next()
            other.take(heard)
            repeated.take(heard)
        assert one.told == other.told
        assert repeated.told == [{**response, "request_id": "repeated"} for response in one.told]


GIVEN: Final[Mapping[str, Mapping[str, object]]] = {
    "approve": {"decision": "approve"},
    "reject": {"decision": "reject"},
    "edit": {"decision": "edit", "value": {"item_ids": ["low-1", "low-3"]}},
}
LEFT: Final = {"approve": 1, "edit": 4, "reject": 6}


async def decision_on(client: Client, interrupt_id: str) -> str:
    """What was decided, as whoever comes with yet another answer is told."""
    refused = await client.ask(
        type="respond", interrupt_id=interrupt_id, decision="edit", value={"item_ids": ["full"]}
    )
    assert refused["code"] == "answered", refused
    return str(refused["decision"])


async def accepted(client: Client) -> bool:
    """Whether the answer that a client gave was taken, as far as it could hear before its daemon was gone."""
    with suppress(ConnectionClosed):
        while True:
            message = await client.next()
            if "run_seq" in message:
                return True
            if message.get("type") == "error":
                assert message["code"] == "answered", message
                return False
    return False


@pytest.mark.parametrize("kill", ["at once", "after a ping", "after a response", "not"])
async def test_of_many_answers_from_many_screens_one_is_accepted_whatever_is_killed(
    tmp_path: Path, kill: str
) -> None:
    async with running(tmp_path, **ASKS) as daemon:
        async with daemon.client(user_id="ann") as client:
            await low_items(client)
            interrupt_id = (await removal(client))["interrupt_id"]
        numbers = Random(kill)
        async with AsyncExitStack() as stack:
            names = list(GIVEN) * 3
            numbers.shuffle(names)
            screens = [
                (name, await stack.enter_async_context(daemon.client(user_id=f"{name}-{index}")))
                for index, name in enumerate(names)
            ]
            for name, screen in screens:
                await screen.send(type="respond", interrupt_id=interrupt_id, **GIVEN[name], request_id=name)
            if kill == "after a ping":
                await screens[0][1].send(type="ping")
                await screens[0][1].until(lambda heard: heard.get("type") == "pong" or "run_seq" in heard)
            taken: set[str] = set()
            if kill == "after a response":
                taken |= {name for name, screen in screens[:1] if await accepted(screen)}
            if kill != "not":
                await daemon.kill()
            taken |= {name for name, screen in screens if await accepted(screen)}
            assert len(taken) <= 1, taken
        if kill != "not":
            await daemon.start()
        async with daemon.client(user_id="bob") as other:
            if (await other.ask(type="list_interrupts"))["interrupts"]:
                assert not taken
                assert len(await left(other)) == 6
                return
            decision = await decision_on(other, interrupt_id)
            assert taken <= {decision}
            await follow(other, "again", type="respond", interrupt_id=interrupt_id, **GIVEN[decision])
            assert len(await left(other)) == LEFT[decision]


async def test_a_value_that_the_question_does_not_ask_for_is_refused_and_the_question_stays(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, **ASKS, **installed(tmp_path / "site")) as daemon, daemon.client() as client:
        await low_items(client)
        interrupt_id = (await removal(client))["interrupt_id"]
        for value, path in (
            ({"item_ids": "all"}, "value.item_ids"), ({"ids": []}, "value"), ([], "value"),
            ({"item_ids": ["low-1", "full"]}, "value.item_ids[1]"),
        ):  # fmt: skip
            refused = await client.ask(
                type="respond", interrupt_id=interrupt_id, decision="edit", value=value
            )
            assert (refused["code"], refused["path"]) == ("invalid_message", path), refused
        refused = await client.ask(type="respond", interrupt_id=interrupt_id, decision="edit")
        assert (refused["code"], refused["path"]) == ("invalid_message", "value")
        assert len((await client.ask(type="list_interrupts"))["interrupts"]) == 1

        asked = await follow(
            client, "word", type="user_request", user_input="work", agent="works", thread_id="w"
        )
        question = asked.last["interrupt"]
        assert (question["reason"], question["node"]) == ("input_required", "decide")
        wrong: list[object] = [{"word": 7}, {}, "word", None]
        for word in wrong:
            refused = await client.ask(
                type="respond", interrupt_id=question["interrupt_id"], decision="approve", value=word
            )
            assert refused["code"] == "invalid_message"
        done = await follow(
            client, "w", type="respond", interrupt_id=question["interrupt_id"], decision="approve",
            value={"word": "moss"},
        )  # fmt: skip
        for number in range(2):  # it removes one by one, and many small removals are one large one
            assert done.last["interrupt"]["value"]["tool"] == "remove_items"
            done = await follow(
                client, f"w{number}", type="respond",
                interrupt_id=done.last["interrupt"]["interrupt_id"], decision="approve",
            )  # fmt: skip
        assert (done.last["message"], done.last["words"]) == ("The word is moss.", ["moss"])


async def expired(client: Client) -> None:
    """Until nothing waits any more."""
    while (await client.ask(type="list_interrupts"))["interrupts"]:
        pass


async def test_a_question_that_nobody_answered_in_time_is_closed_and_its_run_with_it(tmp_path: Path) -> None:
    soon = {"STREAMD_RUNS__INTERRUPT_EXPIRES_SECONDS": "0.5", "STREAMD_JOURNAL__TRIM_SECONDS": "0.05"}
    async with running(tmp_path, **ASKS, **soon) as daemon, daemon.client() as client:
        low = await low_items(client)
        interrupt = await removal(client)
        assert interrupt["expires_at"] > interrupt["timestamp"]
        await expired(client)
        refused = await client.ask(type="respond", interrupt_id=interrupt["interrupt_id"], decision="approve")
        assert refused["code"] == "expired"
        assert await left(client) == [*low, "full"]
        await daemon.logs("interrupt_expired", interrupt["interrupt_id"])
        state = await client.ask(type="thread", thread_id="t")
        assert (state["status"], state["interrupts"]) == ("idle", [])
        assert (await removal(client))["interrupt_id"] != interrupt["interrupt_id"]


async def test_another_request_on_the_thread_withdraws_the_question(tmp_path: Path) -> None:
    async with running(tmp_path, **ASKS) as daemon, daemon.client() as client:
        low = await low_items(client)
        interrupt = await removal(client)
        other = await follow(client, "other", type="user_request", user_input="Add 1 supplier", thread_id="t")
        assert other.last["type"] == "complete"
        assert len(other.last["data"]["added"]) == 1
        refused = await client.ask(type="respond", interrupt_id=interrupt["interrupt_id"], decision="approve")
        assert refused["code"] == "gone"
        assert len(await left(client)) == len(low) + 2


async def test_an_answer_that_comes_when_its_thread_has_become_busy_begins_nothing_beside_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, **ASKS, **installed(tmp_path / "site")) as daemon, daemon.client() as client:
        low = await low_items(client)
        interrupt_id = (await removal(client))["interrupt_id"]
        await client.send(type="user_request", user_input="go", agent="waits", thread_id="t", request_id="w")
        refused = await client.ask(type="respond", interrupt_id=interrupt_id, decision="approve")
        assert refused["code"] in ("busy", "gone")
        assert await left(client) == [*low, "full"]


@pytest.fixture
async def pausing(tmp_path: Path) -> Daemon:
    """A daemon with the agents of the tests, to be started."""
    return Daemon(tmp_path, installed(tmp_path / "site"))


async def test_a_graph_that_pauses_goes_on_by_approval_by_an_edit_of_its_state_or_by_asking_again(
    pausing: Daemon,
) -> None:
    await pausing.start()
    try:
        async with pausing.client() as client:
            asked: dict[str, object] = {
                "type": "user_request", "user_input": "a trip", "agent": "writes", "options": {"use_hitl": True}
            }  # fmt: skip
            paused = {}
            for thread_id in ("approve", "edit", "reject", "again"):
                follower = await follow(client, thread_id, **asked, thread_id=thread_id)
                assert (follower.last["type"], follower.last["next"]) == ("interrupt", ["publish"])
                assert follower.last["interrupt"]["reason"] == "breakpoint"
                paused[thread_id] = follower.last["interrupt"]["interrupt_id"]
            said = {}
            for decision, value in (("approve", None), ("edit", {"draft": "mine"}), ("reject", None)):
                given = {} if value is None else {"value": value}
                done = await follow(
                    client, f"{decision}!", type="respond", interrupt_id=paused[decision], decision=decision,
                    **given,
                )  # fmt: skip
                said[decision] = done.last["message"]
            done = await follow(client, "again!", **asked, thread_id="again")
            assert said == {
                "approve": "draft 2 after plan of a trip", "edit": "mine", "reject": "dropped"
            }  # fmt: skip
            assert done.last["message"] == said["approve"]
            assert (await client.ask(type="list_interrupts"))["interrupts"] == []
    finally:
        await pausing.kill()


@pytest.mark.parametrize(
    ("words", "decision", "ends"),
    [
        ("Yes", "approve", "complete"),
        ("ok, go ahead!", "approve", "complete"),
        ("No, thanks.", "reject", "cancelled"),
    ],
)
async def test_yes_and_no_in_words_answer_the_only_question_of_their_thread_and_say_so(
    tmp_path: Path, words: str, decision: str, ends: str
) -> None:
    async with running(tmp_path, **ASKS) as daemon, daemon.client(user_id="ann") as client:
        await low_items(client)
        interrupt = await removal(client)
        await client.send(type="user_request", user_input=words, thread_id="t", request_id="said")
        told = await client.until(lambda heard: heard.get("request_id") == "said")
        assert (told["type"], told["answered"], told["decision"]) == (
            "ack",
            interrupt["interrupt_id"],
            decision,
        )
        assert interrupt["message"] in told["message"]
        run = Follower("said")
        await run.hear(client)
        assert (run.run_id, run.last["type"]) == (told["run_id"], ends)
        assert len(await left(client)) == (1 if decision == "approve" else 6)


@pytest.mark.parametrize("words", ["Yes, but only Low 1", "What is low?", "Yes"])
async def test_other_words_withdraw_the_questions_of_their_thread_and_say_so(
    tmp_path: Path, words: str
) -> None:
    """A yes says nothing where a value is asked for, either."""
    asking = installed(tmp_path / "site")
    async with running(tmp_path, **ASKS, **asking) as daemon, daemon.client() as client:
        await low_items(client)
        if words == "Yes":
            ask = {"user_input": "work", "agent": "works"}
            run = await follow(client, "asked", type="user_request", thread_id="t", **ask)
            interrupt = run.last["interrupt"]
        else:
            interrupt = await removal(client)
        done = await follow(client, "said", type="user_request", user_input=words, thread_id="t")
        assert done.told[0]["withdrawn"] == [interrupt["interrupt_id"]]
        assert interrupt["message"] in done.told[0]["message"]
        gone = await client.ask(type="respond", interrupt_id=interrupt["interrupt_id"], decision="approve")
        assert gone["code"] == "gone"
