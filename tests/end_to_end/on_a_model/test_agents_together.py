"""On a model: agents that help side by side, what becomes of one that fails, and all of them stopped at once."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.support.daemon import PATIENCE_SECONDS, Client, Message
from tests.support.model_replies import Call, Fault, called, failed, said
from tests.support.scripted_model import Scripted, kinds, rest

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("B4")]


async def consult(client: Client, query: str = "What shall we do about rust?", **keys: object) -> Message:
    """Ask a question that two agents help with."""
    request = {
        "query": query,
        "primary_agent": "general",
        "supporting_agents": ["research", "analysis"],
        **keys,
    }
    await client.send(type="multi_agent_request", request=request)
    return await client.until(lambda message: message.get("type") == "start")


def answers(told: Sequence[Message]) -> dict[str, Message]:
    return {message["agent"]: message for message in told if message["type"] == "agent_complete"}


async def test_those_who_help_speak_at_the_same_time_and_one_answers_from_what_they_said(
    client: Client, model: Scripted
) -> None:
    helping = [
        said(f"{word} of the one, ", f"{word} more.", holds=frozenset({1})) for word in ("Oil", "Paint")
    ]
    model.says(*helping, said("Oil and ", "paint."))
    await consult(client)
    heard: list[Message] = []
    while sum(message["type"] == "agent_chunk" for message in heard) < 2:
        heard.append(await client.until(lambda message: "run_seq" in message))
    # Neither has come to its end, and both are heard: they overlap.
    for reply in helping:
        reply.release()
    told = heard + await rest(client)
    found = answers(told)
    assert {found[name]["response"] for name in ("research", "analysis")} == {
        "Oil of the one, Oil more.", "Paint of the one, Paint more.",
    }  # fmt: skip
    for message in told:
        if message["type"] == "agent_chunk" and message["agent"] in ("research", "analysis"):
            assert message["internal"] is True
    assert len(model.asked) == 3
    for name in ("research", "analysis"):
        assert found[name]["response"] in str(model.asked[2].body["messages"])
    assert told[-1]["type"] == "complete"
    assert told[-1]["response"] == "Oil and paint."
    assert told[-1]["data"]["usage"]["output_tokens"] == 34 * 3


async def test_one_that_fails_is_told_and_the_others_go_on(client: Client, model: Scripted) -> None:
    model.says(failed(400, "invalid_request_error"), said("Paint it."), said("So paint it."))
    await consult(client)
    told = await rest(client)
    statuses = sorted(answers(told)[name]["metadata"]["status"] for name in ("research", "analysis"))
    assert statuses == ["completed", "failed"]
    assert told[-1]["type"] == "complete"
    assert told[-1]["response"] == "So paint it."


async def test_what_is_void_is_no_part_of_what_somebody_helped_with(client: Client, model: Scripted) -> None:
    call = Call("list_items", {"type": "inventory"})
    model.says(
        called(call, text=("Let me look. ",), fault=Fault(2, "cut")), said("Oil it."), said("So oil it.")
    )
    await consult(client, supporting_agents=["inventory"])
    told = await rest(client)
    assert kinds(told).count("attempt_reset") == 1
    assert answers(told)["inventory"]["response"] == "Oil it."
    assert "Let me look." not in str(model.asked[2].body["messages"])


async def test_cancel_closes_the_streams_of_all_of_them(client: Client, model: Scripted) -> None:
    model.says(*(said("One, ", "two", holds=frozenset({1})) for _ in range(2)))
    start = await consult(client)
    await model.was_asked(2)
    await client.send(type="cancel", run_id=start["run_id"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        for asked in model.asked:
            await asked.cut.wait()
    assert (await rest(client))[-1]["type"] == "cancelled"
    assert len(model.asked) == 2
