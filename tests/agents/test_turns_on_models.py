"""Turns of a language model that end otherwise than well: cut within a call, without a word, or without an end."""

from typing import Any

import pytest

from streamd.config import RunsOptions
from tests.agents.model_office import model_office, texts
from tests.support.messages_api import Request
from tests.support.model_replies import Call, Reply, Thinking, Words, called, said

BOLT: dict[str, Any] = {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 3}
REMOVE = Call("remove_items", {"item_ids": ["bolt"], "reason": "useless"})


def adding(first: int, count: int, tool_use_id: str) -> Call:
    names = [{"type": "note", "name": f"Note {number}"} for number in range(first, first + count)]
    return Call("add_items", {"items": names}, tool_use_id)


def half(tool_use_id: str = "half") -> Call:
    """A call whose input is cut."""
    return Call("add_items", {}, tool_use_id, chunks=('{"items": [{"type": "note", "na',))


async def test_whole_calls_before_a_cut_are_done_and_the_model_goes_on_with_smaller_ones() -> None:
    async with model_office() as place:
        place.model.says(
            called(adding(0, 50, "a"), half(), stop="max_tokens"),
            *(called(adding(at, 50, f"a{at}")) for at in range(50, 500, 50)),
            said("All 500 are there."),
        )
        responses = await place.ask("Add 500 notes", "general")
        (_, told) = texts(place.model.asked[1])[-2:]

    assert responses[-1]["type"] == "complete", responses[-1]
    assert len(responses[-1]["data"]["added"]) == 500
    assert "within a call of add_items" in told


@pytest.mark.parametrize("chunks", [(), ('{"items": [',)])
async def test_a_call_that_was_only_begun_is_none(chunks: tuple[str, ...]) -> None:
    async with model_office() as place:
        place.model.says(
            Reply((Words(("I add. ",)), Call("add_items", {}, "half", chunks=chunks)), stop="max_tokens"),
            called(adding(0, 1, "a")),
            said("One."),
        )
        responses = await place.ask("Add a note", "general")

    assert len(responses[-1]["data"]["added"]) == 1


async def test_a_model_that_is_cut_again_and_again_is_given_up() -> None:
    async with model_office() as place:
        place.model.says(*(called(half(f"h{number}"), stop="max_tokens") for number in range(9)))
        responses = await place.ask("Add everything", "general")

    assert (responses[-1]["type"], responses[-1]["kind"]) == ("error", "max_tokens")
    assert len(place.model.asked) == 3


@pytest.mark.parametrize("silence", [Reply(), said("\n"), Reply((Thinking(("Hm.",)),))])
async def test_a_model_that_says_nothing_is_asked_once_more(silence: Reply) -> None:
    async with model_office() as place:
        place.model.says(silence, said("Six."))
        responses = await place.ask("How many?", "general")

    assert responses[-1]["message"] == "Six."
    assert "has no words" in texts(place.model.asked[1])[-1]


async def test_a_model_that_says_nothing_twice_is_a_failure_that_may_pass() -> None:
    async with model_office() as place:
        place.model.says(Reply(), Reply())
        responses = await place.ask("How many?", "general")

    assert (responses[-1]["type"], responses[-1]["kind"]) == ("error", "bad_answer")
    assert responses[-1]["retryable"]


async def test_a_model_that_does_something_and_says_nothing_is_told_by_what_it_did() -> None:
    async with model_office(BOLT) as place:
        place.model.says(called(REMOVE), Reply(), Reply())
        responses = await place.ask("Away with what is useless", "general")

    assert responses[-1]["type"] == "complete"
    assert responses[-1]["message"].startswith("Removed 1 item: Bolt")
    assert not [one for one in responses if "did not understand" in str(one.get("message"))]


async def test_what_a_run_changed_is_in_the_answer_of_agents_that_conclude() -> None:
    def answer(request: Request) -> Reply:
        tools = {tool["name"] for tool in request.body.get("tools") or ()}
        is_first = request.body["messages"][-1]["content"][-1]["type"] != "tool_result"
        writers.extend([request] if "remove_items" in tools and is_first else [])
        return called(REMOVE) if request in writers else said("Bolts are of no use.")

    writers: list[Request] = []
    async with model_office(BOLT) as place:
        place.api.answer = answer
        responses = await place.ask("Which items are useless?", "coordinator", primary_agent="inventory")

    assert len(writers) == 1  # those who help may only read
    assert responses[-1]["data"]["removed"] == ["bolt"]
    assert responses[-1]["message"].startswith("Removed 1 item: Bolt.")
    assert responses[-1]["message"].endswith("Bolts are of no use.")


async def test_an_empty_answer_of_an_agent_without_tools_is_asked_for_again() -> None:
    def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply() if len(asked) == 1 else said("A title.")

    asked: list[Request] = []
    async with model_office() as place:
        place.api.answer = answer
        responses = await place.ask("What is known of bolts?", "research")

    assert responses[-1]["message"] == "A title."


async def test_at_the_limit_of_turns_there_is_a_closing_answer_without_tools() -> None:
    async with model_office(BOLT, runs=RunsOptions(max_model_turns=3)) as place:
        place.model.says(
            *(called(Call("list_items", {}, f"l{number}")) for number in range(3)), said("I saw a bolt.")
        )
        responses = await place.ask("Look around", "general")
        last = place.model.asked[-1]

    assert responses[-1]["message"] == "I saw a bolt."
    assert last.body["tool_choice"] == {"type": "none"}
    assert "used all your turns" in texts(last)[-1]
    assert [request.body.get("tool_choice") for request in place.model.asked[:3]] == [None] * 3


async def test_a_lone_half_of_a_character_in_a_call_is_not_bought_again() -> None:
    call = Call("add_items", chunks=('{"items": [{"type": "note", "name": "Gr\\ud83d', 'n"}]}'))
    async with model_office() as place:
        place.model.says(called(call), said("There."))
        responses = await place.ask("Add it", "general")

    (added,) = [one for one in responses if one["type"] == "item_added"]
    assert added["data"]["name"] == "Gr\ufffdn"
    assert len(place.model.asked) == 2
