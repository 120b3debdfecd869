"""A model asks to remove much, a person is asked first, and the daemon dies meanwhile."""

from typing import Final

import pytest

from tests.support.daemon import Client, Daemon, Message
from tests.support.model_replies import Call, called, said
from tests.support.scripted_model import Scripted, ask, kinds, rest, results, text, the_rest

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C5", "C6")]

VARIABLES: Final = {"STREAMD_RUNS__APPROVE_REMOVALS_OVER": "2", "STREAMD_DRAIN__SECONDS": "0.2"}


ADD: Final = Call("add_items", {"items": [{"type": "note", "name": "Note 0"}]})


async def items(daemon: Daemon, workspace: str) -> list[str]:
    async with daemon.client(workspace=workspace) as client:
        listed = await client.ask(type="list_items", limit=1000)
        return [item["name"] for item in listed["items"]]


async def asked_for_approval(client: Client, model: Scripted) -> Message:
    """The question that a removal of three items raises."""
    notes = [{"id": f"n{number}", "type": "note", "name": f"Note {number}"} for number in range(3)]
    await client.ask(type="bulk", operation="add_multiple", items=notes)
    removal = Call("remove_items", {"item_ids": ["n0", "n1", "n2"], "reason": "as asked"}, "toolu_r")
    model.says(
        called(ADD, text=("First one. ",)),
        called(removal, text=("Then they ", "go. ")),
        said("They are ", "gone."),
    )
    told = await ask(client, "Add one and remove the others", thread_id="t")
    assert told[-1]["type"] == "interrupt"
    assert kinds(told).count("item_removed") == 0
    assert len(model.asked) == 2
    return told[-1]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"decision": "approve"}, ["Note 0"]),
        ({"decision": "edit", "value": {"item_ids": ["n1"]}}, ["Note 0", "Note 2", "Note 0"]),
    ],
    ids=["approved", "in part"],
)
async def test_a_removal_waits_for_a_person_through_a_restart_and_the_model_goes_on_with_what_came_of_it(
    daemon: Daemon, workspace: str, model: Scripted, answer: dict[str, object], left: list[str]
) -> None:
    async with daemon.client(workspace=workspace) as client:
        question = await asked_for_approval(client, model)
        await daemon.kill()
    await daemon.start()
    async with daemon.client(workspace=workspace, user_id="boss") as boss:
        listed = await boss.ask(type="list_interrupts")
        (interrupt,) = listed["interrupts"]
        assert interrupt["interrupt_id"] == question["interrupt"]["interrupt_id"]
        assert set(interrupt["value"]["items"]) == {"n0", "n1", "n2"}
        await boss.send(type="respond", interrupt_id=interrupt["interrupt_id"], **answer)
        told = await rest(boss)
    assert told[-1]["type"] == "complete", told[-1]
    assert text(told) == "They are gone."
    assert len(model.asked) == 3, "neither the first turn nor the second is bought again"
    assert len(model.sorted) == 1
    (result,) = results(model.asked[2])
    assert result["tool_use_id"] == "toolu_r"
    assert not result["is_error"]
    for item_id in {"n0", "n1", "n2"} - {item["item_id"] for item in told if item["type"] == "item_removed"}:
        assert item_id not in result["content"]
    assert sorted(await items(daemon, workspace)) == sorted(left)
    assert told[-1]["data"]["usage"]["output_tokens"] == 34, (
        "of this run alone: what led to the question was told with it"
    )


async def test_a_refused_removal_removes_nothing_and_asks_no_model(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    async with daemon.client(workspace=workspace) as client:
        question = await asked_for_approval(client, model)
        interrupt_id = question["interrupt"]["interrupt_id"]
        await client.send(type="respond", interrupt_id=interrupt_id, decision="reject")
        assert (await rest(client))[-1]["type"] == "cancelled"
    assert len(model.asked) == 2
    assert len(await items(daemon, workspace)) == 4


async def test_the_question_itself_survives_that_the_daemon_dies_right_after_the_answer(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    async with daemon.client(workspace=workspace) as client:
        question = await asked_for_approval(client, model)
        last = said("They are ", "gone.", holds=frozenset({1}))
        model._replies[0] = last
        await client.send(
            type="respond", interrupt_id=question["interrupt"]["interrupt_id"], decision="approve"
        )
        before: list[Message] = []
        while not before or "They are " not in before[-1].get("content", ""):
            before.append(await client.until(lambda message: "run_seq" in message))
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert kinds(whole)[-1] == "complete"
    assert kinds(whole).count("item_removed") == 3
    assert len(model.asked) == 4, "only the turn that was cut off is asked again"
    assert await items(daemon, workspace) == ["Note 0"]
