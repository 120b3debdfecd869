"""Tools of a language model: what they read is what there is now, what they refuse says what would be right, and all of it fits."""

import json
from typing import Any

import pytest

from streamd.core.change import ChangeItem
from streamd.core.item import ItemId
from tests.agents.model_office import ModelOffice, model_office
from tests.support.engines import done, submit
from tests.support.messages_api import Request
from tests.support.model_replies import Call, Reply, called, said

BOLT: dict[str, Any] = {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 3}
NUT: dict[str, Any] = {"id": "nut", "type": "inventory", "name": "Nut", "current_stock": 1}


def result(request: Request) -> Any:
    """The last result of a tool: JSON, or the words of an error."""
    block = request.body["messages"][-1]["content"][-1]
    return block["content"] if block["is_error"] else json.loads(block["content"])


async def results_of(place: ModelOffice, *calls: Call) -> list[Any]:
    """What the model is told of each of these calls."""
    place.model.says(*(called(call) for call in calls), said("Done."))
    await place.ask("Do it", "general")
    return [result(request) for request in place.model.asked[1:]]


async def _somebody_counts(place: ModelOffice, stock: int) -> None:
    await done(submit(place.engine, ChangeItem(ItemId("bolt"), set={"current_stock": stock})))


# ── reading is reading anew ──────────────────────────────────────────────────────────────────────────────────────────


async def test_reading_again_reads_what_others_changed_meanwhile() -> None:
    reads = called(Call("get_item", {"item_id": "bolt"}))
    async with model_office(BOLT) as place:
        held = called(Call("list_items", {"type": "inventory"}), holds=frozenset({0}))
        place.model.says(reads, held, said("Now 9."))
        asking = place.begun("How many?", "general")
        await held.reached(0)
        await _somebody_counts(place, 9)
        held.release()
        await place.end(asking)
        first, again = (result(request) for request in place.model.asked[1:])

    assert first["current_stock"] == 3
    assert again["items"][0]["current_stock"] == 9


@pytest.mark.parametrize("reads_again", [True, False])
async def test_a_change_that_rests_on_what_is_past_is_refused_with_what_is_and_then_made(
    reads_again: bool,
) -> None:
    change = Call("change_items", {"edits": [{"item_id": "bolt", "set": {"current_stock": 4}}]})
    async with model_office(BOLT) as place:
        held = called(change, holds=frozenset({0}))
        more = [called(Call("get_item", {"item_id": "bolt"}))] if reads_again else []
        place.model.says(
            called(Call("get_item", {"item_id": "bolt"})), held, *more, called(change), said("So.")
        )
        asking = place.begun("One more bolt", "general")
        await held.reached(0)
        await _somebody_counts(place, 9)
        held.release()
        last = await place.end(asking)
        refused = result(place.model.asked[2])

    assert '"current_stock":9' in refused
    assert last["data"]["changed"] == ["bolt"]
    assert "refused" not in last["data"] or last["data"]["refused"]


async def test_what_was_not_read_again_is_still_not_overwritten() -> None:
    change = Call("change_items", {"edits": [{"item_id": "bolt", "set": {"current_stock": 4}}]})
    async with model_office(BOLT, NUT) as place:
        held = called(Call("get_item", {"item_id": "nut"}), holds=frozenset({0}))
        place.model.says(called(Call("get_item", {"item_id": "bolt"})), held, called(change), said("So."))
        asking = place.begun("One more bolt", "general")
        await held.reached(0)
        await _somebody_counts(place, 9)
        held.release()
        last = await place.end(asking)

    assert last["data"]["changed"] == []


# ── the schema that is told is the schema that is checked ────────────────────────────────────────────────────────────

WRONG = {
    "a key of no tool": (Call("list_items", {"name": "Bolt"}), '{"where":[["name","=~","Bolt"]]}'),
    "a type that nothing has": (Call("list_items", {"type": "nope"}), "there are inventory"),
    "a field beside set": (
        Call("change_items", {"edits": [{"item_id": "bolt", "current_stock": 9}]}), '{"set":{"current_stock":9}}',
    ),
    "an alias beside set": (
        Call("change_items", {"edits": [{"item_id": "bolt", "stock": 9}]}), '{"set":{"current_stock":9}}',
    ),
    "a slip of the pen": (
        Call("change_items", {"edits": [{"item_id": "bolt", "set": {"curent_stock": 9}}]}), "did you mean current_stock?",
    ),
    "a field twice": (
        Call("change_items", {"edits": [{"item_id": "bolt", "set": {"stock": 1, "current_stock": 2}}]}), "twice",
    ),
    "no list": (Call("add_items", {"items": "a bolt"}), 'such as {"items":[{"type":'),
    "a name alone": (Call("add_items", {"type": "inventory", "name": "Bolt"}), "it may have items"),
    "a type that is almost one": (Call("add_items", {"items": [{"type": "inventry", "name": "X"}]}), "inventory?"),
    "a field to sort by": (Call("list_items", {"sort": ["-price_tag_of_it"]}), "no field price_tag_of_it"),
    "a text for a number": (Call("list_items", {"offset": "two"}), "offset must be a whole number"),
    "an unknown tool": (Call("remove_item", {"item_id": "bolt"}), "did you mean remove_items?"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "hint"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_answered_by_what_would_be_right(call: Call, hint: str) -> None:
    async with model_office(BOLT) as place:
        (told,) = await results_of(place, call)

    assert isinstance(told, str), told
    assert hint in told


RIGHT = {
    "an alias of a field": (Call("change_items", {"edits": [{"item_id": "bolt", "set": {"stock": 99}}]}), 99),
    "an alias to increase": (Call("change_items", {"edits": [{"item_id": "bolt", "inc": {"on hand": 2}}]}), 5),
    "a list as text": (
        Call("change_items", {"edits": '[{"item_id": "bolt", "set": {"current_stock": 7}}]'}), 7,
    ),
    "a figure as text": (Call("change_items", {"edits": [{"item_id": "bolt", "inc": {"current_stock": "1"}}]}), 4),
    "null for nothing": (
        Call("change_items", {"edits": [{"item_id": "bolt", "set": {"current_stock": 8}, "unset": None}]}), 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "stock"), RIGHT.values(), ids=RIGHT)
async def test_what_can_only_mean_one_thing_is_done(call: Call, stock: int) -> None:
    async with model_office(BOLT) as place:
        (_, read) = await results_of(place, call, Call("get_item", {"item_id": "bolt"}))

    assert read["current_stock"] == stock
    assert "stock" not in read


async def test_types_and_fields_go_by_their_aliases_everywhere() -> None:
    async with model_office(BOLT, NUT) as place:
        added, listed = await results_of(
            place,
            Call("add_items", {"items": [{"type": "product", "name": "Washer", "stock": 5}]}),
            Call("list_items", {"type": "products", "where": [["stock", ">", 2]], "sort": ["-qty"], "fields": ["stock"]}),
        )  # fmt: skip

    assert len(added["added"]) == 1
    assert [item["current_stock"] for item in listed["items"]] == [5, 3]
    assert set(listed["items"][0]) == {"id", "type", "name", "current_stock"}


async def test_a_new_field_that_is_like_no_declared_one_is_a_new_field() -> None:
    colour = Call("change_items", {"edits": [{"item_id": "bolt", "set": {"colour": "red"}}]})
    async with model_office(BOLT) as place:
        (_, read) = await results_of(place, colour, Call("get_item", {"item_id": "bolt"}))

    assert read["colour"] == "red"


# ── results have a bound ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_long_notes_come_in_pages_that_say_how_to_go_on() -> None:
    notes = [
        {"id": f"note-{number:02}", "type": "note", "name": f"Note {number}", "text": f"{number} " * 7_000}
        for number in range(60)
    ]
    async with model_office(*notes) as place:
        seen: list[str] = []
        offset = 0

        def answer(request: Request) -> Reply:
            nonlocal offset
            content = request.body["messages"][-1]["content"][-1]
            if content["type"] == "tool_result":
                page = json.loads(content["content"])
                assert len(content["content"]) < 42_000
                assert page["count"] == 60
                seen.extend(item["id"] for item in page["items"])
                if "next" not in page:
                    return said("All read.")
                offset = page["next"]["offset"]
            return called(Call("list_items", {"type": "note", "offset": offset}, f"t{offset}"))

        place.api.answer = answer
        responses = await place.ask("Read all notes", "general")

    assert responses[-1]["message"] == "All read."
    assert seen == [note["id"] for note in notes]


async def test_a_long_text_is_read_on_where_it_was_cut() -> None:
    text = "".join(f"{number:05} " for number in range(8_000))
    async with model_office({"id": "n", "type": "note", "name": "N", "text": text}) as place:
        first, second = await results_of(
            place, Call("get_item", {"item_id": "n"}), Call("get_item", {"item_id": "n", "offset": 24_000})
        )

    assert first["text"].startswith(text[:24_000])
    assert "offset 24000" in first["text"]
    assert second["text"] == text[24_000:]


async def test_a_limit_and_fields_make_a_list_small() -> None:
    async with model_office(BOLT, NUT) as place:
        (page,) = await results_of(place, Call("list_items", {"limit": 1, "fields": ["current_stock"]}))

    assert page == {
        "count": 2,
        "items": [{"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 3}],
        "next": {"offset": 1},
    }
