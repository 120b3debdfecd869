"""The trip planner on the offline model: its nodes, pauses, edits of the state, and the ways back."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from tests.agents.conversation import LISBON, Json, Talk, daemon_with, talking
from tests.support.daemon import Message

pytestmark = pytest.mark.requirement("B5", "B6")

ASKED = "Plan two days in Lisbon, we love food"
ROUND = ["reflect", "travel_critique", "generate"]


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with daemon_with(tmp_path, {"lisbon.md": LISBON}) as daemon, talking(daemon) as talk:
        yield talk


async def plan(
    talk: Talk, user_input: str = ASKED, thread_id: str = "lisbon", **options: object
) -> list[Message]:
    return await talk.request("trip_planner", user_input, thread_id=thread_id, options=options)


async def thread(talk: Talk, thread_id: str = "lisbon", **message: object) -> Message:
    reply = await talk.ask(type="thread", thread_id=thread_id, **message)
    assert reply["type"] == "thread", reply
    return reply


def nodes(told: Iterable[Message]) -> list[str]:
    return [message["node"] for message in told if message["type"] == "node"]


async def until(talk: Talk, node: str, max_revisions: int = 1) -> list[Message]:
    """Go on until the graph pauses before a node."""
    for _ in range(10):
        told = await plan(talk, use_hitl=True, max_revisions=max_revisions)
        if told[-1].get("next") == [node]:
            return told
    raise AssertionError(f"it never paused before {node}")


@pytest.mark.parametrize("revisions", [0, 1, 2])
async def test_it_writes_once_and_again_after_each_critique_as_often_as_it_may(
    talk: Talk, revisions: int
) -> None:
    told = await plan(talk, max_revisions=revisions)
    assert nodes(told) == ["planner", "travel_plan", "generate", *ROUND * revisions]
    values = (await thread(talk))["values"]
    assert (values["revision_number"], values["max_revisions"]) == (revisions + 1, revisions)
    assert told[-1]["message"] == values["draft"]


async def test_each_node_tells_what_it_made_and_a_message_for_the_chat(talk: Talk) -> None:
    told = await plan(talk, max_revisions=1)
    by_node: dict[str, Json] = {
        message["node"]: message["data"] for message in told if message["type"] == "node"
    }
    made = {
        "planner": "plan", "travel_plan": "queries", "generate": "draft", "reflect": "critique",
        "travel_critique": "queries",
    }  # fmt: skip
    for node, name in made.items():
        data = by_node[node]
        assert data[name]
        assert data["message"]["type"] == "AIMessage"
        said = data["message"]["content"]
        assert said == data[name] if isinstance(data[name], str) else data[name][0] in said
    assert "Alfama" in by_node["generate"]["draft"]
    assert "lisbon.md" in by_node["travel_plan"]["message"]["content"]
    assert {passage["source"] for passage in by_node["travel_plan"]["content"]} == {"lisbon.md"}
    messages = (await thread(talk))["values"]["messages"]
    assert [one["type"] for one in messages] == ["HumanMessage", *["AIMessage"] * 6]
    assert messages[0]["content"] == ASKED
    spoken = [(message["node"], message["content"]) for message in told if message["type"] == "content"]
    for node in ("planner", "reflect"):
        assert "".join(words for at, words in spoken if at == node) == by_node[node]["message"]["content"]


async def test_with_a_human_in_the_loop_it_pauses_before_each_node_but_the_first(talk: Talk) -> None:
    seen = []
    for _ in range(6):
        told = await plan(talk, use_hitl=True, max_revisions=1)
        seen.append((*nodes(told), told[-1].get("next", told[-1]["type"])))
    assert seen == [
        ("planner", ["travel_plan"]), ("travel_plan", ["generate"]), ("generate", ["reflect"]),
        ("reflect", ["travel_critique"]), ("travel_critique", ["generate"]), ("generate", "complete"),
    ]  # fmt: skip


async def test_an_edited_plan_is_what_the_draft_follows(talk: Talk) -> None:
    await until(talk, "generate")
    edited = "# Lisbon\n\n- Day 1: trams and tickets\n- Day 2: pastries in Belem"
    assert (await thread(talk, action="update", values={"plan": edited}))["values"]["plan"] == edited
    told = await plan(talk, use_hitl=True)
    (draft,) = [message["data"]["draft"] for message in told if message["type"] == "node"]
    assert "## Day 1: trams and tickets" in draft
    assert "## Day 2: pastries in Belem" in draft
    assert "Getting around" not in draft


async def test_an_answer_may_edit_the_state_and_notes_of_ones_own_are_used(talk: Talk) -> None:
    paused = await until(talk, "generate")
    await talk.client.send(
        type="respond", interrupt_id=paused[-1]["interrupt"]["interrupt_id"], decision="edit",
        value={"content": ["The ferry to Cacilhas takes ten minutes."], "plan": "# Lisbon\n\n- Day 1: ferry"},
    )  # fmt: skip
    told = await talk.rest()
    (draft,) = [message["data"]["draft"] for message in told if message["type"] == "node"]
    assert "The ferry to Cacilhas takes ten minutes [1]." in draft
    assert "Alfama" not in draft


async def test_going_back_to_a_checkpoint_goes_on_from_there(talk: Talk) -> None:
    await plan(talk, max_revisions=0)
    history = (await thread(talk, action="history"))["checkpoints"]
    steps = [(point["source"], point.get("node", ""), point.get("next", [])) for point in reversed(history)]
    assert steps == [
        ("input", "", ["planner"]), ("node", "planner", ["travel_plan"]), ("node", "travel_plan", ["generate"]),
        ("node", "generate", []), ("end", "", []),
    ]  # fmt: skip
    (planned,) = [point["checkpoint_id"] for point in history if point.get("node", "") == "planner"]
    back = await thread(talk, action="rewind", checkpoint_id=planned)
    assert (back["next"], back["values"]["draft"]) == (["travel_plan"], "")
    await thread(talk, action="update", values={"plan": "# Lisbon\n\n- Day 1: only the castle"})
    told = await plan(talk, "Go on")
    assert nodes(told) == ["travel_plan", "generate"]
    assert "## Day 1: only the castle" in told[-1]["message"]


async def test_a_fork_goes_its_own_way_and_leaves_the_first_as_it_is(talk: Talk) -> None:
    told = await plan(talk, max_revisions=0)
    history = (await thread(talk, action="history"))["checkpoints"]
    (planned,) = [point["checkpoint_id"] for point in history if point.get("node", "") == "planner"]
    await thread(talk, action="fork", checkpoint_id=planned, to_thread_id="other")
    await thread(talk, "other", action="update", values={"plan": "# Lisbon\n\n- Day 1: only the castle"})
    other = await plan(talk, "Go on", thread_id="other")
    assert nodes(other) == ["travel_plan", "generate"]
    assert "only the castle" in other[-1]["message"]
    assert (await thread(talk))["values"]["draft"] == told[-1]["message"]


async def test_as_if_a_node_had_been_done_what_follows_it_comes_next(talk: Talk) -> None:
    await plan(talk, max_revisions=1)
    critique = "What is missing:\n- Getting around: say what a ticket costs."
    values = {"critique": critique, "revision_number": 1}
    assert (await thread(talk, action="update", values=values, as_node="reflect"))["next"] == [
        "travel_critique"
    ]
    assert nodes(await plan(talk, "Go on")) == ["travel_critique", "generate"]


async def test_a_new_request_on_a_thread_that_is_done_begins_anew(talk: Talk) -> None:
    await plan(talk, max_revisions=0)
    told = await plan(talk, "Plan one day in Porto", max_revisions=0)
    assert nodes(told) == ["planner", "travel_plan", "generate"]
    assert "Porto" in told[-1]["message"]
    messages = (await thread(talk))["values"]["messages"]
    assert [one["content"] for one in messages if one["type"] == "HumanMessage"] == [
        ASKED,
        "Plan one day in Porto",
    ]


async def test_facts_in_the_context_count(talk: Talk) -> None:
    told = await talk.request(
        "trip_planner", "Plan a trip", context={"destination": "Lisbon", "days": 2, "budget": "400 EUR"},
        options={"max_revisions": 0},
    )  # fmt: skip
    assert "Lisbon: two days, 400 EUR" in told[-1]["message"]
    assert "200 EUR a day" in told[-1]["message"]


async def test_what_is_no_journey_is_written_as_a_text(talk: Talk) -> None:
    told = await plan(talk, "Write about remote work", max_revisions=0)
    assert "Conclusion" in told[-1]["message"]
    assert "Day 1" not in told[-1]["message"]


@pytest.mark.parametrize(
    ("prompts", "says"),
    [
        ({"writer": "x"}, "there is no node writer"),
        ({"planner": 3}, "must be a text"),
        ("x", "must be an object"),
    ],
)
async def test_prompts_that_cannot_be_are_refused(talk: Talk, prompts: object, says: str) -> None:
    told = await talk.request("trip_planner", ASKED, context={"prompts": prompts})
    assert (told[-1]["type"], told[-1]["code"]) == ("error", "invalid_message")
    assert says in told[-1]["message"]


@pytest.mark.parametrize("values", [{"plan": 3}, {"content": 3}, {"revision_number": "two"}])
async def test_values_of_another_kind_are_refused_where_people_set_them(talk: Talk, values: Json) -> None:
    told = await until(talk, "generate", max_revisions=0)
    (name,) = values
    question = told[-1]["interrupt"]["interrupt_id"]
    for where, message in (
        ("values", {"type": "thread", "thread_id": "lisbon", "action": "update", "values": values}),
        ("value", {"type": "respond", "interrupt_id": question, "decision": "edit", "value": values}),
    ):
        refused = await talk.ask(**message)
        assert (refused["code"], refused["path"]) == ("invalid_message", f"{where}.{name}")
    assert len((await thread(talk))["interrupts"]) == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"content": [{"source": "x"}]}, "source, title and text"),
        ({"revision_number": 1000}, "revision_number must be a whole number"),
    ],
)
async def test_a_state_that_makes_no_sense_is_told_and_can_be_corrected(
    talk: Talk, values: Json, says: str
) -> None:
    await until(talk, "generate", max_revisions=0)
    before = (await thread(talk))["values"]
    await thread(talk, action="update", values=values)
    told = await plan(talk)
    assert (told[-1]["type"], told[-1]["code"]) == ("error", "invalid_message")
    assert says in told[-1]["message"]
    await thread(talk, action="update", values={name: before[name] for name in values})
    assert (await plan(talk, max_revisions=0))[-1]["type"] == "complete"
