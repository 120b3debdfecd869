"""The daemon dies while a model answers. What was answered is not bought twice, what was done not done twice."""

import asyncio
from typing import Final

import pytest

from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon
from tests.support.model_replies import Call, Fault, called, failed, said
from tests.support.scripted_model import Scripted, ask, ask_until, kinds, results, text, the_rest

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C5")]

VARIABLES: Final = {"STREAMD_RUNS__APPROVE_REMOVALS_OVER": "2", "STREAMD_DRAIN__SECONDS": "0.2"}
MANY: Final = 900


def adds(count: int) -> Call:
    items = [{"type": "note", "name": f"Note {number}"} for number in range(count)]
    return Call("add_items", {"items": items}, chunks=None)


async def kept(client: Client) -> None:
    """Everything that was to be written until now is on the disk: commits keep their order."""
    assert (await client.ask(type="add_item", item={"type": "mark", "name": "Mark"}))["type"] == "ack"


async def items(daemon: Daemon, workspace: str) -> list[str]:
    async with daemon.client(workspace=workspace) as client:
        listed = await client.ask(type="list_items", limit=1000)
        return [item["name"] for item in listed["items"] if item["type"] != "mark"]


async def test_the_answer_that_was_being_given_begins_again_and_says_which_text_is_void(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(said("It was ", "a dark ", "night.", holds=frozenset({2})), said("It is ", "day."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "a dark ", "What is it?")
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert kinds(whole)[-1] == "complete"
    (reset,) = [message for message in whole if message["type"] == "attempt_reset"]
    assert reset["attempt"] == 2
    assert reset["void"] == [message["run_seq"] for message in before if message["type"] == "content"]
    assert text(whole) == whole[-1]["message"] == "It is day."
    assert len(model.sorted) == 1, "what the request is about was known"
    assert len(model.asked) == 2
    assert model.asked[1].body == model.asked[0].body


async def test_a_finished_turn_is_not_bought_again_and_its_tools_have_done_their_work_once(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(
        called(adds(3), text=("I add ", "three. ")),
        said("They are ", "there.", holds=frozenset({1})),
        said("All three ", "are there."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "They are ", "Add three notes", thread_id="t")
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert len(model.asked) == 3
    assert model.asked[2].body == model.asked[1].body, "the second turn is asked once more, as before"
    assert len(results(model.asked[2])) == 1
    assert len(model.sorted) == 1
    assert text(whole) == "I add three. All three are there."
    assert kinds(whole).count("item_added") == 3
    assert len(whole[-1]["data"]["added"]) == 3
    assert await items(daemon, workspace) == ["Note 0", "Note 1", "Note 2"]
    # Each finished turn is paid once; the one that was cut off by the kill never said what it cost.
    assert whole[-1]["data"]["usage"]["output_tokens"] == 34 * 3


async def test_what_was_said_before_the_kill_belongs_to_the_conversation_as_well(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(
        called(adds(1), text=("I add ", "one. ")),
        said("It is", holds=frozenset({0})),
        said("It is there."),
        said("You are welcome."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "one. ", "Add a note", thread_id="t")
        await model.was_asked(2)
        await daemon.kill()
    await daemon.start()
    assert text(await the_rest(daemon, workspace, before)) == "I add one. It is there."
    async with daemon.client(workspace=workspace) as client:
        await ask(client, "Thanks", thread_id="t")
    conversation = model.asked[3].body["messages"]
    assert conversation[1]["content"][0]["text"] == "I add one. It is there."


async def test_killed_in_the_middle_of_a_tools_work_it_goes_on_with_what_is_left(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(called(adds(MANY), text=("Many. ",)), said("Done."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "Many. ", "Add many notes")
        while kinds(before).count("item_added") < 100:
            before.append(await client.until(lambda message: "run_seq" in message))
        await daemon.kill()
    assert kinds(before).count("item_added") < MANY
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    added = [message["item_id"] for message in whole if message["type"] == "item_added"]
    assert len(added) == len(set(added)) == MANY
    assert whole[-1]["data"]["added"] == added
    assert len(set(await items(daemon, workspace))) == MANY
    assert len(model.asked) == 2
    assert "attempt_reset" not in kinds(whole)
    assert text(whole) == "Many. Done."


async def test_killed_while_it_waits_for_the_next_attempt_it_goes_on_behind_the_shown_text(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(
        said("In the mid", "x", fault=Fault(1, "cut")),
        failed(529, "overloaded_error", headers={"retry-after": "60"}),
        said("dle of ", "a word."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "In the mid", "Tell me")
        await daemon.logs("model_stream_failed", before[0]["run_id"], "overloaded")
        await kept(client)
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert "attempt_reset" not in kinds(whole)
    assert text(whole) == whole[-1]["message"] == "In the middle of a word."
    assert "\nIn the mid\n---" in model.asked[2].words
    assert len(model.asked) == 3


async def test_killed_after_an_answer_was_gone_on_with_all_of_it_is_void(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(
        said("In the mid", "x", fault=Fault(1, "cut")),
        said("dle of ", "something.", holds=frozenset({1})),
        said("At the end."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "dle of ", "Tell me")
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert kinds(whole).count("attempt_reset") == 1
    assert text(whole) == whole[-1]["message"] == "At the end."
    assert len(model.asked) == 3


async def test_a_stop_in_good_order_closes_the_stream_and_the_run_goes_on_after_the_next_start(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(said("One, ", "two", holds=frozenset({1})), said("One, two, three."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "One, ", "Count")
        assert await daemon.stop() == 0
    assert model.asked[0].cut.is_set()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert text(whole) == "One, two, three."
    assert len(model.asked) == 2


async def test_a_run_that_dies_with_the_daemon_in_its_opening_is_sorted_once_more(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    model.says(said("Hello."))
    slow = said("{", holds=frozenset({1}))
    model.api.script(slow)
    async with daemon.client(workspace=workspace) as client:
        await client.send(type="user_request", user_input="Hello")
        start = await client.until(lambda message: message.get("type") == "start")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await slow.reached(1)
        await kept(client)
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, [start])
    assert kinds(whole).count("start") == kinds(whole).count("intent_analysis") == 1
    assert "attempt_reset" not in kinds(whole), "JSON is shown to nobody"
    assert text(whole) == "Hello."
    assert len(model.sorted) == 1
