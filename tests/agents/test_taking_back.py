"""What was done last is taken back in words, and words refer to what a thread's last request was about."""

from collections.abc import Mapping
from typing import Any

import pytest

from streamd.core.item import Item
from streamd.core.position import workspace_stream
from streamd.core.prompt import ToolUse
from streamd.core.thread import InterruptAnswer
from streamd.core.values import Value
from streamd.testing import Harness, call, killed_everywhere, open_harness
from tests.agents.office import office
from tests.support.runs import begin, ended, told
from tests.support.streams import all_entries

pytestmark = pytest.mark.requirement("A6")

ITEMS: list[dict[str, Value]] = [
    {"type": "inventory", "id": "bolt", "name": "Bolt", "current_stock": 3, "reorder_point": 5, "unit_cost": 1},
    {"type": "inventory", "id": "nut", "name": "Nut", "current_stock": 30, "reorder_point": 5, "unit_cost": 2},
    {"type": "inventory", "id": "cog", "name": "Cog", "current_stock": 2, "reorder_point": 5, "unit_cost": 3},
]  # fmt: skip


async def flat(harness: Harness) -> Mapping[str, Mapping[str, Any]]:
    return {item.id: item.flat() for item in await harness.items()}


async def undo_events(harness: Harness) -> list[Mapping[str, Any]]:
    return [one for one in await harness.events() if one.get("undoes")]


async def test_the_last_request_of_the_thread_that_changed_something_is_taken_back_as_a_whole() -> None:
    async def scenario(harness: Harness) -> None:
        before = await flat(harness)
        done = await harness.request(
            "Set the stock of Bolt to 10, remove Nut and add 2 suppliers", thread_id="t"
        )
        await harness.request("Set the stock of Cog to 7", thread_id="other")
        await harness.request("How many items are there?", thread_id="t")
        run = await harness.request("Oops, please undo that.", thread_id="t")
        assert run.message == (
            "I took back what was asked before: «Set the stock of Bolt to 10, remove Nut and add 2 suppliers». "
            "Added 1 item: Nut. Changed 1 item: Bolt. Removed 2 items: Supplier 2, Supplier 1."
        )
        assert len(run.of_type("item_removed")) == 2
        now = await flat(harness)
        assert now == {**before, "cog": {**before["cog"], "current_stock": 7}}
        assert list(now) == list(before)
        events = await undo_events(harness)
        assert len(events) == 4
        assert all(one["run_id"] == run.run_id != done.run_id for one in events)

    assert await killed_everywhere(scenario, items=ITEMS) > 3


@pytest.mark.parametrize(
    "say", ["undo that", "undo the last change", "undo it", "take that back", "revert that", "Undo!"]
)
async def test_each_way_to_say_it_takes_back(say: str) -> None:
    async with open_harness(items=ITEMS) as harness:
        await harness.request("remove Nut")
        await harness.request("remove Cog", user_id="somebody else")
        await harness.request(say)
        assert set(await flat(harness)) == {"bolt", "nut"}


@pytest.mark.parametrize(
    "say",
    ["undo the change of Nut", "undo the last two changes", "undo that and remove Cog", "don't undo that"],
)
async def test_what_is_not_the_last_request_as_a_whole_is_refused(say: str) -> None:
    async with open_harness(items=ITEMS) as harness:
        await harness.request("remove Nut", thread_id="t")
        run = await harness.request(say, thread_id="t")
        assert "id not understand" in run.message or "othing was changed" in run.message
        assert set(await flat(harness)) == {"bolt", "cog"}


async def test_nothing_to_undo_undone_already_and_edited_since_are_told_and_change_nothing() -> None:
    async with open_harness(items=ITEMS) as harness:
        run = await harness.request("undo that", thread_id="t")
        assert run.message == (
            "Nothing was taken back: there is nothing to undo: no earlier request in this thread changed any items."
        )
        await harness.request("Set the stock of Bolt to 10 and remove Nut", thread_id="t")
        await harness.request("undo that", thread_id="t")
        run = await harness.request("undo that", thread_id="t")
        assert "«Set the stock of Bolt to 10 and remove Nut» is undone already" in run.message
        await harness.request("Set the stock of Bolt to 11 and of Cog to 12", thread_id="t")
        await harness.edit(type="change_item", item_id="cog", set={"current_stock": 99})
        before = await flat(harness)
        run = await harness.request("undo that", thread_id="t")
        assert "tester edited item cog later" in run.message
        assert await flat(harness) == before
        assert before["bolt"]["current_stock"] == 11


async def test_what_was_done_after_an_approval_belongs_to_the_same_request(tmp_path: Any) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[runs]\napprove_removals_over = 1\n")
    async with open_harness(items=ITEMS, config=config) as harness:
        run = await harness.request("Set the stock of Cog to 4, then remove Bolt and Nut", thread_id="t")
        assert run.question is not None
        await harness.respond(run.question["interrupt_id"], InterruptAnswer("approve"))
        assert set(await flat(harness)) == {"cog"}
        await harness.request("undo that", thread_id="t")
        assert {key: one["current_stock"] for key, one in (await flat(harness)).items()} == {
            "bolt": 3, "nut": 30, "cog": 2,
        }  # fmt: skip


async def test_who_may_not_edit_may_not_undo() -> None:
    async with office(*ITEMS) as place:
        await ended(begin(place.engine, "", "remove Nut", thread_id="t"))
        run = await ended(begin(place.engine, "", "undo that", thread_id="t", rights=["read", "request"]))
        last = (await told(place.engine.store, run.record.run_id))[-1]
        assert (last["type"], last["code"]) == ("error", "forbidden")
        entries = await all_entries(place.engine.store, workspace_stream("hall"))
        assert not any(b'"undoes"' in one.body for one in entries)


async def test_a_language_model_takes_back_with_a_tool() -> None:
    script: list[str | list[ToolUse]] = [
        [call("remove_items", item_ids=["nut"], reason="asked")], "Removed.",
        [call("undo")], "It is back.",
        [call("undo")], "It was back already.",
    ]  # fmt: skip
    async with open_harness(items=ITEMS, model=script) as harness:
        for say in ("remove Nut", "hm, take that back", "undo that"):
            await harness.request(say, agent="inventory", thread_id="t")
            assert ("nut" in await flat(harness)) is (say != "remove Nut")
        results = [
            block.content
            for message in harness.prompts[-1].messages
            for block in message.blocks
            if hasattr(block, "content")
        ]
        assert "is undone already" in results[-1]


async def test_words_refer_to_what_the_last_request_was_about() -> None:
    async with open_harness(items=ITEMS) as harness:

        async def stocks(*say: str, thread: str) -> Mapping[str, object]:
            for one in say:
                await harness.request(one, thread_id=thread)
            found: list[Item] = list(await harness.items("inventory"))
            return {item.id: item.fields["current_stock"] for item in found}

        assert await stocks("Which items are low on stock?", "set their stock to 8", thread="a") == {
            "bolt": 8, "nut": 30, "cog": 8,
        }  # fmt: skip
        assert await stocks("set the stock of the first one to 9", thread="a") == {
            "bolt": 9, "nut": 30, "cog": 8,
        }  # fmt: skip
        assert await stocks("Which items cost more than 1?", "remove those two", thread="b") == {"bolt": 9}
        assert await stocks("Show Bolt", "set its stock to 1", "remove it", thread="c") == {}


@pytest.mark.parametrize(
    ("asked", "then", "why"),
    [
        ("Which items cost more than 1?", "remove it", "which of them «it» is: Nut, Cog?"),
        ("Which items cost more than 1?", "remove those three", "«those three» are 3, and there were 2"),
        ("Which items cost more than 1?", "remove all other items", "I do not know what «all other items» leaves out"),
        ("Which items cost more than 100?", "remove them", "I do not know what «them» refers to"),
        ("Show the price of the Foo", "remove it", "I do not know what «it» refers to"),
        ("remove Nut", "set its stock to 5", "I do not know what"),
        ("Show Nut", "Show the items that cost more than 100. Remove them", "I do not know what «them» refers to"),
    ],
)  # fmt: skip
async def test_what_cannot_be_told_is_asked_back(asked: str, then: str, why: str) -> None:
    async with open_harness(items=ITEMS) as harness:
        await harness.request(asked, thread_id="t")
        before = await flat(harness)
        run = await harness.request(then, thread_id="t")
        assert why in run.message
        assert await flat(harness) == before


async def test_words_do_not_refer_to_other_threads_or_to_what_was_asked_before_the_last_request() -> None:
    async with open_harness(items=ITEMS) as harness:
        await harness.request("Show Nut", thread_id="t")
        assert "refers to" in (await harness.request("remove it", thread_id="u")).message
        await harness.request("Thanks!", thread_id="t")
        assert "refers to" in (await harness.request("remove it", thread_id="t")).message
        assert len(await harness.items()) == 3
