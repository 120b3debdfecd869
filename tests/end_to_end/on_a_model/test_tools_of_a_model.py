"""A model at work with tools. What it is told, what it may look at, and what becomes of its mistakes."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.support.daemon import Client
from tests.support.model_replies import Call, Fault, called, said
from tests.support.scripted_model import Scripted, ask, kinds, results, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C1")]

CONFIG: Final = """
[agents.general]
model = "claude-opus-5-5"
effort = "high"
max_output_tokens = 555
instructions = "Call everybody captain."

[agents.supplier]
thinking = false
"""
DOCUMENT: Final = "# Returns\n\nGoods that rust are taken back within forty days, with the purple form.\n"
BOLT: Final[Mapping[str, Any]] = {
    "id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 5, "reorder_point": 10, "min_stock": 10,
    "max_stock": 50,
}  # fmt: skip
NUT: Final[Mapping[str, Any]] = {**BOLT, "id": "nut", "name": "Nut", "current_stock": 40}
MAX_TURNS: Final = 4
FILES: Final = {"config.toml": CONFIG, "documents/returns.md": DOCUMENT}
VARIABLES: Final = {
    "STREAMD_KNOWLEDGE__FOLDER": "documents",
    "STREAMD_RUNS__MAX_MODEL_TURNS": str(MAX_TURNS),
}


@pytest_asyncio.fixture(loop_scope="module")
async def client(client: Client) -> Client:
    """In a workspace with two items."""
    await client.ask(type="bulk", operation="add_multiple", items=[BOLT, NUT])
    return client


def found(result: Mapping[str, Any]) -> Any:
    assert not result["is_error"], result
    return json.loads(result["content"])


async def test_what_a_model_reads_about_items_is_what_there_is(client: Client, model: Scripted) -> None:
    model.says(
        called(
            Call("list_items", {"criterion": "low_stock"}, "t1"),
            Call("list_items", {"where": [["current_stock", ">", 10]]}, "t2"),
            Call("get_item", {"item_id": "nut"}, "t3"),
            Call("list_items", {"type": "supplier"}, "t4"),
            Call("list_items", {"offset": 1}, "t5"),
        ),
        said("Bolt is low."),
    )
    told = await ask(client, "What is low?", agent="general")
    assert text(told) == "Bolt is low."
    low, many, nut, none, second = map(found, results(model.asked[1]))
    assert low == {"count": 1, "items": [dict(BOLT)]}
    assert many == {"count": 1, "items": [dict(NUT)]}
    assert nut == dict(NUT)
    assert none == {"count": 0, "items": []}
    assert second == {"count": 2, "items": [dict(NUT)]}
    assert kinds(told)[-1] == "complete"


async def test_a_model_sees_what_it_has_just_changed(client: Client, model: Scripted) -> None:
    def edit(number: int, **fields: object) -> Call:
        return Call("change_items", {"edits": [{"item_id": "bolt", "set": fields}]}, f"t{number}")

    model.says(
        called(edit(0, current_stock=7), Call("get_item", {"item_id": "bolt"}, "g")),
        called(edit(1, location="Shelf 1")),
        called(
            edit(2, location="Shelf 1"), Call("remove_items", {"item_ids": ["nut"], "reason": "why"}, "r")
        ),
        said("Done."),
    )
    told = await ask(client, "RunChanges", agent="inventory")
    changed, seen = map(found, results(model.asked[1]))
    assert changed == {"changed": ["bolt"]}
    assert seen == {**BOLT, "current_stock": 7}
    (again,) = map(found, results(model.asked[2]))
    assert again == {"changed": ["bolt"]}, "the second change of an item is told as the first"
    same, removed = map(found, results(model.asked[3]))
    assert same == {"unchanged": ["bolt"]}
    assert removed == {"removed": ["nut"]}
    assert told[-1]["data"]["changed"] == ["bolt"]
    assert told[-1]["data"]["removed"] == ["nut"]


async def test_documents_and_memories_can_be_searched(client: Client, model: Scripted) -> None:
    model.says(said("I do."), intent="general")
    await ask(client, "I prefer suppliers from Europe", agent="general", user_id="ann")
    model.says(
        called(
            Call("search_knowledge", {"query": "rust form"}, "k"),
            Call("search_memory", {"query": "suppliers from Europe"}, "m"),
        ),
        said("With the purple form [1]."),
    )
    told = await ask(client, "How do I give back what rusts?", agent="general", user_id="ann")
    passages, memories = map(found, results(model.asked[1]))
    assert "purple form" in passages[0]["text"]
    assert passages[0]["source"].startswith("returns.md")
    assert any("Europe" in memory["text"] for memory in memories)
    assert "purple form" in model.asked[0].words, "what bears on the request is there from the beginning"
    assert "returns.md" in model.asked[0].words
    assert text(told) == "With the purple form [1]."


async def test_a_prompt_has_what_the_agent_the_operator_and_the_user_want(
    client: Client, model: Scripted
) -> None:
    model.says(said("I will."), intent="general")
    await ask(client, "I prefer suppliers from Europe", user_id="bob")
    assert model.sorted[0].body["model"] == "claude-haiku-5-5"
    model.says(said("Acme."), intent="general")
    told = await ask(client, "Whom shall I call about bolts?", user_id="bob")
    (asked,) = model.asked
    assert (asked.body["model"], asked.body["max_tokens"]) == ("claude-opus-5-5", 555)
    assert told[-1]["model"] == "claude-opus-5-5"
    assert asked.body["output_config"] == {"effort": "high"}
    assert asked.body["thinking"] == {"type": "adaptive", "display": "summarized"}
    system = asked.body["system"][0]["text"]
    assert "Call everybody captain." in system
    assert "- inventory: name, " in system
    assert "current_stock (number in units)" in system
    assert "low_stock (current_stock <= reorder_point)" in system
    assert "Europe" in asked.words
    model.says(said("Nobody."), intent="supplier_management")
    await ask(client, "Who is best?", user_id="bob")
    (asked,) = model.asked
    assert asked.body["model"] == "claude-sonnet-5-5"
    assert "thinking" not in asked.body
    assert "captain" not in str(asked.body)


async def test_the_second_request_of_a_thread_carries_the_first_exchange(
    client: Client, model: Scripted
) -> None:
    model.says(
        called(Call("list_items"), text=("Let me look. ",)),
        said("There are two: Bolt and Nut."), said("Nut."),
    )  # fmt: skip
    await ask(client, "What is there?", agent="general", thread_id="talk")
    await ask(client, "And the second?", agent="general", thread_id="talk")
    messages = model.asked[2].body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[0]["content"][0]["text"] == "What is there?"
    assert messages[1]["content"][0]["text"].endswith("There are two: Bolt and Nut.")
    assert "And the second?" in messages[2]["content"][0]["text"]
    model.says(said("What do you mean?"))
    await ask(client, "And the third?", agent="general", thread_id="another talk")
    assert len(model.asked[0].body["messages"]) == 1


WRONG: Final = {
    "no such tool": (Call("paint_items", {"colour": "red"}), "add_items"),
    "no list": (Call("add_items", {"items": "a bolt"}), "items must be a list"),
    "no name": (Call("add_items", {"items": [{"type": "inventory"}]}), "items[0].name is required"),
    "no such item": (Call("get_item", {"item_id": "screw"}), "list_items"),
    "no such item to change": (
        Call("change_items", {"edits": [{"item_id": "screw", "set": {"current_stock": 1}}]}), "screw",
    ),
    "no such criterion": (Call("list_items", {"criterion": "rusty"}), "low_stock"),
    "no number": (
        Call("change_items", {"edits": [{"item_id": "bolt", "inc": {"current_stock": "two"}}]}), "must be a number",
    ),
    "no condition": (Call("list_items", {"where": [["current_stock", "~", 3]]}), "=="),
    "no query": (Call("search_memory", {}), "query is required"),
    "no places": (Call("list_items", {"offset": -1}), "offset"),
    "a rule": (
        Call("change_items", {"edits": [{"item_id": "bolt", "set": {"current_stock": -5}}]}), "current_stock",
    ),
    "a value of no kind": (Call("add_items", {"items": [{"type": "inventory", "name": "X", "max_stock": "lots"}]}), "max_stock"),
    "a type of no kind": (Call("list_items", {"type": ["inventory"], "criterion": 5}), ""),
}  # fmt: skip


@pytest.mark.parametrize(("call", "hint"), WRONG.values(), ids=WRONG)
async def test_a_wrong_call_of_a_tool_comes_back_as_an_error_and_is_put_right(
    client: Client, model: Scripted, call: Call, hint: str
) -> None:
    right = Call("change_items", {"edits": [{"item_id": "bolt", "inc": {"current_stock": 2}}]}, "right")
    model.says(called(call), called(call), called(right), said("Now it is."))
    told = await ask(client, "Do it", agent="general")
    assert told[-1]["type"] == "complete", told[-1]
    for asked in model.asked[1:3]:
        (wrong,) = results(asked)
        assert wrong["is_error"], wrong
        assert hint in wrong["content"]
    assert not results(model.asked[3])[0]["is_error"]
    assert text(told) == "Now it is."
    assert told[-1]["data"]["changed"] == ["bolt"]
    item = await client.ask(type="get_item", item_id="bolt")
    assert item["item"]["current_stock"] == 7


async def test_what_of_a_call_was_refused_is_told_beside_what_was_done(
    client: Client, model: Scripted
) -> None:
    edits = [
        {"item_id": "bolt", "set": {"current_stock": -5}},
        {"item_id": "nut", "set": {"current_stock": 8}},
    ]
    model.says(called(Call("change_items", {"edits": edits})), said("One of two."))
    told = await ask(client, "Do it", agent="general")
    (result,) = results(model.asked[1])
    assert json.loads(result["content"])["changed"] == ["nut"]
    assert "current_stock" in json.loads(result["content"])["refused"][0]
    assert told[-1]["data"]["changed"] == ["nut"]
    assert told[-1]["data"]["refused"]


async def test_a_model_that_never_comes_to_an_end_is_told_to_say_what_it_did(
    client: Client, model: Scripted
) -> None:
    call = Call("change_items", {"edits": [{"item_id": "bolt", "inc": {"current_stock": 1}}]})
    model.says(*(called(call) for _ in range(MAX_TURNS)), said("I count and count."))
    told = await ask(client, "Count", agent="general")
    assert text(told) == "I count and count."
    assert told[-1]["data"]["changed"] == ["bolt"]
    assert len(model.asked) == MAX_TURNS + 1
    item = await client.ask(type="get_item", item_id="bolt")
    assert item["item"]["current_stock"] == 5 + MAX_TURNS


async def test_thoughts_go_back_with_the_tools_they_led_to_unchanged(client: Client, model: Scripted) -> None:
    first = called(Call("list_items"), text=("I look. ",))
    thoughtful = said("x", thought=("Hm", ", well")).parts[0]
    model.says(
        said("x", fault=Fault(0, "cut")),  # an attempt that nobody noticed changes nothing about it
        type(first)((thoughtful, *first.parts), "tool_use"),
        said("Two."),
    )
    told = await ask(client, "How many?", agent="general")
    assert text(told) == "I look. Two."
    blocks = model.asked[2].body["messages"][-2]["content"]
    assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use"]
    assert (blocks[0]["thinking"], blocks[0]["signature"]) == ("Hm, well", "c2lnbmVk")


async def test_a_request_for_several_analyses_goes_through_all_their_agents(
    client: Client, model: Scripted
) -> None:
    model.says(
        said("Bolt is low."), said("Demand grows."), said("Ask Acme."), said("Order 45 bolts from Acme."),
        intent="inventory_management", steps=["inventory_management", "forecasting", "supplier_management"],
    )  # fmt: skip
    told = await ask(
        client, "Check stock, forecast demand for what is low and recommend suppliers", user_id="eve"
    )
    assert told[1]["intent"]["steps"] == ["inventory_management", "forecasting", "supplier_management"]
    starts = [response["agent"] for response in told if response["type"] == "agent_start"]
    assert starts == ["inventory", "forecasting", "supplier"]
    assert len(model.asked) == 4
    for finding in ("Bolt is low.", "Demand grows.", "Ask Acme."):
        assert finding in model.asked[3].words
    assert told[-1]["type"] == "complete"
    assert told[-1]["message"] == "Order 45 bolts from Acme."
