"""Threads on a language model: what the next request knows, however the run before it ended."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from streamd.config import RunsOptions
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.core.values import Value
from tests.agents.model_office import ModelOffice, model_office, texts
from tests.support.engines import StillClock
from tests.support.model_replies import Call, Fault, called, failed, said
from tests.support.runs import begin, ended, respond

ADD = Call("add_items", {"items": [{"type": "inventory", "name": "Bolt", "current_stock": 3}]})
BOLT: Final[Mapping[str, Value]] = {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 3}
NUT: Final[Mapping[str, Value]] = {"id": "nut", "type": "inventory", "name": "Nut", "current_stock": 1}
ASKS = RunsOptions(approve_removals_over=1)
REMOVE = called(Call("remove_items", {"item_ids": ["bolt", "nut"], "reason": "useless"}), text=("Two go. ",))


async def next_request(place: ModelOffice, thread: str = "t") -> str:
    """What the model is told of the thread by the next request."""
    place.model.says(said("Well."))
    responses = await place.ask("And now?", "general", thread_id=thread)
    assert responses[-1]["type"] == "complete", responses[-1]
    *before, newest = texts(place.model.asked[0])
    assert "And now?" in newest
    return "\n".join(before)


async def test_an_answer_of_white_space_does_not_end_its_thread() -> None:
    async with model_office() as place:
        place.model.says(called(Call("list_items"), text=("\n\n",)), said("\n"), said("Nothing."))
        await place.ask("What is there?", "general", thread_id="t")

        assert "user: What is there?" in await next_request(place)


async def test_a_cancelled_run_leaves_its_question_its_words_and_its_changes() -> None:
    async with model_office() as place:
        place.model.says(called(ADD, text=("I add it. ",)), said("Now.", holds=frozenset({0})))
        run = begin(place.engine, "general", "Add a bolt and tell me", thread_id="t")
        await place.model.was_asked(2)
        place.engine.runs.cancel(run.record.run_id, "ann")
        await ended(run)

        known = await next_request(place)

    assert "user: Add a bolt and tell me" in known
    assert "assistant: I add it. " in known
    assert "cancelled" in known
    assert '"added":{"count":1,"items":[{"id":"inventory-' in known
    assert '"name":"Bolt"' in known


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        ([called(ADD), failed(401, "authentication_error")], "key for the language model was refused"),
        ([called(ADD), said("It ", fault=Fault(1, "error", "invalid_request_error"))], "does not accept"),
    ],
)
async def test_a_failed_run_leaves_what_it_did_and_why_it_failed(replies: list[Any], why: str) -> None:
    async with model_office() as place:
        place.model.says(*replies)
        responses = await place.ask("Add a bolt", "general", thread_id="t")
        assert responses[-1]["type"] == "error"

        known = await next_request(place)

    assert "user: Add a bolt" in known
    assert "cut off by an error" in known
    assert why in known
    assert '"name":"Bolt"' in known


async def test_a_run_that_took_too_long_leaves_its_question() -> None:
    async with model_office(runs=RunsOptions(request_timeout_seconds=0.5)) as place:
        place.model.says(said("So ", "it is.", holds=frozenset({1})))
        responses = await place.ask("Think hard", "general", thread_id="t")
        assert responses[-1]["code"] == "timed_out"

        known = await next_request(place)

    assert "user: Think hard" in known
    assert "assistant: So " in known
    assert "took too long" in known


async def test_a_rejected_proposal_is_known_as_rejected() -> None:
    async with model_office(BOLT, NUT, runs=ASKS) as place:
        place.model.says(REMOVE)
        (*_, asked) = await place.ask("Remove what is useless", "general", thread_id="t")
        question = InterruptId(asked["interrupt"]["interrupt_id"])
        await respond(place.engine, question, InterruptAnswer("reject"))

        known = await next_request(place)

    assert "user: Remove what is useless" in known
    assert "assistant: Two go. " in known
    assert "rejected" in known
    assert "changed nothing" in known


@pytest.mark.parametrize(
    ("late", "how"),
    [
        ("", "asked for something else"),
        ("late", "did not answer in time"),
        ("closed", "did not answer in time"),
    ],
)
async def test_a_question_that_nobody_answered_is_known_as_such(late: str, how: str) -> None:
    runs = RunsOptions(approve_removals_over=1, interrupt_expires_seconds=60)
    async with model_office(BOLT, NUT, runs=runs) as place:
        place.model.says(REMOVE)
        await place.ask("Remove what is useless", "general", thread_id="t")
        clock = place.engine.clock
        assert isinstance(clock, StillClock)
        clock.ms += 61_000 if late else 0
        if late == "closed":
            await place.engine.interrupts.expire()

        known = await next_request(place)

    assert "user: Remove what is useless" in known
    assert how in known


async def test_what_a_finished_run_did_is_known_with_ids() -> None:
    async with model_office() as place:
        place.model.says(called(ADD), said("It is there."))
        await place.ask("Add a bolt", "general", thread_id="t")

        known = await next_request(place)

    assert "assistant: It is there." in known
    assert '{"id":"inventory-' in known
