import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.core.document_passage import Passage
from streamd.core.item import ItemId
from streamd.core.item_tools import parse_tool_call
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import Message, Prompt, Text, ToolResult, ToolUse
from streamd.core.tasks import (
    Answer,
    Critique,
    Draft,
    Explain,
    Operate,
    Plan,
    Queries,
    Synthesize,
    Task,
)
from streamd.core.tool_calls import AddItems, ChangeItems, Intent, ItemEdit, RemoveItems, Understanding
from streamd.core.usage import NOTHING_USED
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.ports.model import Model, ModelStreamEvent, TextDelta, ToolUseStarted, Turn

pytestmark = pytest.mark.requirement("C1")

MODEL: Final[Model] = OfflineModel(English())
INTENT: Final = Intent("inventory_management", 0.95, ("change",), ("inventory",))
CALLS: Final = (
    AddItems(({"type": "inventory", "name": "Copper Wire", "current_stock": 5},)),
    ChangeItems((ItemEdit(ItemId("inv-a"), set={"name": "A"}, unset=("note",), inc={"current_stock": -2}),)),
    RemoveItems((ItemId("inv-b"), ItemId("inv-c")), "low stock"),
)
PASSAGE: Final = Passage(
    "returns.md", "Returns", "Goods may be returned within 30 days. A photo of the damage is needed."
)
TASKS: Final[Sequence[Task]] = (
    Explain(("Three items are low on stock.", "Reorder Copper Wire first.")),
    Answer("When may goods be returned?", [PASSAGE]),
    Answer("Who won the chess championship?"),
    Synthesize("When may goods be returned?", [("research", "Goods may be returned within 30 days.")]),
    Queries("5 days in Lisbon"),
    Plan("5 days in Lisbon", "trip"),
    Draft("5 days in Lisbon", "trip", passages=[PASSAGE]),
    Draft("Copper wire", "headline"),
    Critique("5 days in Lisbon", "trip", "## Day 1\n\nTram 28 is slow."),
)


def asked(task: Task | None, *messages: Message, shown: str = "") -> Prompt:
    return Prompt("general", "", messages, task=task, shown=shown)


async def pieces(prompt: Prompt) -> list[ModelStreamEvent]:
    async with aclosing(MODEL.stream(prompt)) as told:
        return [piece async for piece in told]


async def text(prompt: Prompt) -> str:
    return "".join(piece.text for piece in await pieces(prompt) if isinstance(piece, TextDelta))


async def test_it_says_that_it_is_offline_and_uses_nothing() -> None:
    last = (await pieces(asked(TASKS[0])))[-1]

    assert MODEL.is_offline
    assert MODEL.name("anybody") == "offline"
    assert isinstance(last, Turn)
    assert (last.model, last.usage, last.stop) == ("offline", NOTHING_USED, "end_turn")


@pytest.mark.parametrize("task", TASKS)
async def test_a_text_comes_in_pieces_and_the_turn_holds_all_of_it(task: Task) -> None:
    *said, turn = await pieces(asked(task))

    assert all(isinstance(piece, TextDelta) for piece in said)
    assert isinstance(turn, Turn)
    assert turn.blocks == (Text("".join(piece.text for piece in said if isinstance(piece, TextDelta))),)


@pytest.mark.parametrize("task", TASKS)
async def test_a_stream_that_broke_off_goes_on_behind_every_cut(task: Task) -> None:
    whole = await text(asked(task))

    for cut in range(len(whole) + 1):
        assert whole[:cut] + await text(asked(task, shown=whole[:cut])) == whole


async def test_findings_are_told_sentence_by_sentence() -> None:
    assert await text(asked(TASKS[0])) == "Three items are low on stock. Reorder Copper Wire first."


async def test_item_operations_are_asked_for_as_tools_in_order(types: ItemTypes) -> None:
    told = await pieces(asked(Operate(Understanding(INTENT, CALLS))))

    turn = told[-1]
    assert isinstance(turn, Turn)
    assert turn.stop == "tool_use"
    uses = [block for block in turn.blocks if isinstance(block, ToolUse)]
    assert [piece.name for piece in told if isinstance(piece, ToolUseStarted)] == [use.name for use in uses]
    assert tuple(parse_tool_call(use.name, use.input, types) for use in uses)[1:] == CALLS[1:]
    assert uses[0].input == {"items": [{"type": "inventory", "name": "Copper Wire", "current_stock": 5}]}
    assert len({use.tool_use_id for use in uses}) == len(uses)


async def test_once_the_tools_have_been_used_it_says_the_reply() -> None:
    understanding = Understanding(INTENT, CALLS, reply="I took «several» to mean 3.")
    results = Message("user", (ToolResult("offline_1", "{}"),))

    *said, turn = await pieces(asked(Operate(understanding), results))

    assert (
        "".join(piece.text for piece in said if isinstance(piece, TextDelta)) == "I took «several» to mean 3."
    )
    assert isinstance(turn, Turn)
    assert turn.stop == "end_turn"


async def test_with_nothing_to_say_the_turn_is_empty_and_ends() -> None:
    results = Message("user", (ToolResult("offline_1", "{}"),))

    assert await pieces(asked(Operate(Understanding(INTENT, CALLS)), results)) == [
        Turn((), "end_turn", "offline")
    ]


async def test_a_refusal_is_said_and_no_tool_is_asked_for() -> None:
    understanding = Understanding(INTENT, refusal="There are two items named Wire.")

    assert await text(asked(Operate(understanding))) == "There are two items named Wire."


async def test_queries_are_json() -> None:
    assert json.loads(await text(asked(Queries("5 days in Lisbon", at_most=2))))["queries"] == [
        "Lisbon sights",
        "Lisbon transport",
    ]


async def test_a_prompt_without_a_task_is_answered_from_what_it_holds() -> None:
    question = Message("user", (Text("Our shop opens at 9 on weekdays.\n\nWhen does the shop open?"),))

    assert (await text(asked(None, question))).startswith("Our shop opens at 9 on weekdays [1].")


async def test_a_prompt_that_holds_nothing_gets_an_honest_answer() -> None:
    assert "Nothing that answers “Write a haiku” was found" in await text(
        asked(None, Message("user", (Text("Write a haiku"),)))
    )
    assert await text(asked(None))


async def test_much_text_is_read_off_the_loop() -> None:
    long = attrs.evolve(
        PASSAGE, text=" ".join(f"Parcel {number} took {number} days to return." for number in range(4000))
    )
    asking = asyncio.create_task(text(asked(Answer("How many days did parcel 7 take?", [long]))))
    turns = 0
    while not asking.done():
        await asyncio.sleep(0)
        turns += 1

    assert "Parcel 7 took 7 days" in asking.result()
    # On the loop it would be done after a few turns, whatever the machine.
    assert turns > 20


@pytest.mark.parametrize(
    "text_given", ["[" * 20_000, " " * 20_000, "|a|b|\n" * 4_000, "to " * 7_000, "![**`" * 4_000]
)
async def test_hostile_text_costs_no_more_than_other_text(text_given: str) -> None:
    passage = attrs.evolve(PASSAGE, text=text_given)
    tasks: Sequence[Task] = (
        Answer(text_given, [passage], [text_given], [text_given]),
        Synthesize(text_given, [("research", text_given)]),
        Draft(text_given, "trip", text_given, [passage], text_given, text_given),
        Critique(text_given, "essay", text_given),
    )

    # What took time by the square of the length took minutes here.
    async with asyncio.timeout(60):
        for task in tasks:
            await text(asked(task))


async def test_many_streams_at_once_do_not_mix() -> None:
    prompts = [asked(task) for task in TASKS] * 5

    assert await asyncio.gather(*map(text, prompts)) == [await text(prompt) for prompt in prompts]


@given(st.text(max_size=60), st.text(max_size=200), st.integers(0, 300))
@settings(max_examples=60)
def test_any_question_gets_an_answer_that_goes_on_at_any_cut(question: str, known: str, cut: int) -> None:
    async def both() -> None:
        task = Answer(question, [attrs.evolve(PASSAGE, text=known)])
        whole = await text(asked(task))
        assert whole
        assert whole[:cut] + await text(asked(task, shown=whole[:cut])) == whole

    asyncio.run(both())


FOUND: Final = ("Product B is low", "Product C is out of stock.")


async def test_what_was_found_out_is_told_before_the_tools_are_asked_for() -> None:
    told = await pieces(asked(Operate(Understanding(INTENT, CALLS, reply="Done."), FOUND)))

    kinds = [type(piece) for piece in told]
    assert kinds.index(ToolUseStarted) > max(at for at, kind in enumerate(kinds) if kind is TextDelta)
    turn = told[-1]
    assert isinstance(turn, Turn)
    assert turn.blocks[0] == Text("Product B is low. Product C is out of stock.")
    assert turn.stop == "tool_use"


async def test_an_answer_comes_first_and_what_was_found_out_besides_behind_it() -> None:
    said = await text(asked(Operate(Understanding(INTENT, reply="2 items match."), FOUND)))

    assert said == "2 items match.\n\nProduct B is low. Product C is out of stock."


async def test_many_findings_stand_on_a_line_each() -> None:
    said = await text(asked(Operate(Understanding(INTENT), (*FOUND, "Order 5.", "Wait."))))

    assert said.splitlines() == ["Product B is low.", "Product C is out of stock.", "Order 5.", "Wait."]
