"""Repeatable operations: the same message again gets its first answer, another one with the same op_id changes nothing."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.daemon import Daemon, Message, running

NOTE: Final = {"type": "note", "name": "A"}
CSV: Final = "ID,Name,Current Stock\n1,Product A,40\n2,Product B,50\n"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


def answer(message: Message) -> Message:
    return {key: value for key, value in message.items() if key != "request_id"}


EDITS: Final[Mapping[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "add": (
        {"type": "add_item", "item": NOTE},
        {"type": "add_item", "item": {"type": "note", "name": "B"}},
    ),
    "add under an id": (
        {"type": "add_item", "item": NOTE, "id": "x"},
        {"type": "add_item", "item": NOTE, "id": "y"},
    ),
    "change": (
        {"type": "change_item", "item_id": "n1", "set": {"a": 1, "b": 2}},
        {"type": "change_item", "item_id": "n1", "set": {"a": 2}},
    ),
    "count": (
        {"type": "change_item", "item_id": "n1", "inc": {"stock": 1}},
        {"type": "change_item", "item_id": "n1", "inc": {"stock": 2}},
    ),
    "remove": ({"type": "remove_item", "item_id": "n1"}, {"type": "remove_item", "item_id": "n2"}),
    "publish": (
        {"type": "publish", "event_type": "ring", "data": {"a": 1}},
        {"type": "publish", "event_type": "ring", "data": {"a": 2}},
    ),
    "bulk": (
        {"type": "bulk", "operation": "add_multiple", "items": [NOTE, NOTE]},
        {"type": "bulk", "operation": "add_multiple", "items": [NOTE, NOTE, NOTE]},
    ),
    "bulk, all or nothing": (
        {"type": "bulk", "operation": "remove_multiple", "items": ["n1"], "atomic": True},
        {"type": "bulk", "operation": "remove_multiple", "items": ["n2"], "atomic": True},
    ),
    "import": ({"type": "import", "text": CSV}, {"type": "import", "text": CSV.replace("40", "41")}),
    "undo": ({"type": "undo", "seq": 1}, {"type": "undo", "seq": 2}),
}


@pytest.mark.parametrize("name", EDITS)
async def test_the_same_again_gets_its_first_answer_and_another_is_refused(daemon: Daemon, name: str) -> None:
    message, other = EDITS[name]
    async with daemon.client(user_id="ann") as ann:
        for item_id in ("n1", "n2"):
            await ann.ask(type="add_item", id=item_id, item=NOTE)
        first = await ann.ask(**message, op_id="1")
        assert first["type"] == "ack"
        top = (await ann.ask(type="list_items"))["seq"]
        refused = await ann.ask(**other, op_id="1")
        assert (refused["type"], refused["code"]) == ("error", "op_id_reused")
        again = await ann.ask(**dict(reversed(message.items())), op_id="1")
        assert answer(again) == answer(first)
        assert (await ann.ask(type="list_items"))["seq"] == top
    await daemon.kill()
    await daemon.start()
    async with daemon.client(user_id="ann") as ann:
        assert answer(await ann.ask(**message, op_id="1")) == answer(first)
        assert (await ann.ask(**other, op_id="1"))["code"] == "op_id_reused"
        assert (await ann.ask(type="list_items"))["seq"] == top
        # Keys of the other kinds of messages are the same keys.
        for other_name, (some, _) in EDITS.items():
            if other_name.split(",")[0] != name.split(",", maxsplit=1)[0]:
                assert (await ann.ask(**some, op_id="1"))["code"] in ("op_id_reused", "not_found", "gone")
    async with daemon.client(user_id="bob") as bob:
        assert (await bob.ask(type="add_item", item=NOTE, op_id="1"))["type"] == "ack", "bob's keys are his"


async def test_parts_of_a_bulk_have_keys_that_nobody_can_write(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann:
        for op_id in ("a/0", "a/1"):
            await ann.ask(type="add_item", item=NOTE, op_id=op_id)
        ack = await ann.ask(type="bulk", operation="add_multiple", items=[NOTE, NOTE], op_id="a")
        assert (ack["done"], ack["refused"]) == (2, 0)
        assert len((await ann.ask(type="list_items"))["items"]) == 4


async def test_two_clients_of_one_user_that_count_alike_lose_nothing_in_silence(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as phone, daemon.client(user_id="ann") as laptop:
        assert (await phone.ask(type="add_item", item=NOTE, op_id="1"))["type"] == "ack"
        refused = await laptop.ask(type="add_item", item={"type": "note", "name": "Other"}, op_id="1")
        assert (refused["code"], refused["retryable"]) == ("op_id_reused", False)
        items = (await laptop.ask(type="list_items"))["items"]
        assert [item["name"] for item in items] == ["A"]


async def test_an_outsider_whose_workspace_is_called_run_reaches_no_run(daemon: Daemon) -> None:
    """Results of runs are kept under keys like `run/<run>`: a workspace and a user may have names like that, too."""
    async with daemon.client(user_id="ann", workspace="shop") as ann:
        for item_id in ("a", "b", "c"):
            await ann.ask(type="add_item", id=item_id, item={"type": "inventory", "name": item_id.upper()})
        await ann.send(
            type="user_request", user_input="Remove all inventory items", options={"use_hitl": True}
        )
        told = [await ann.until(lambda message: "run_seq" in message)]
        while told[-1]["type"] not in ("interrupt", "complete", "error"):
            told.append(await ann.until(lambda message: "run_seq" in message))
        run_id = told[0]["run_id"]
        keys = [f"work#1:c{call}:{part}" for call in range(2) for part in range(4)]
        keys += ["work#1:c0", "work#1:q0", "work#1:t0", "cancel", "open#1:t0"]
        async with daemon.client(user_id=run_id, workspace="run") as outsider:
            for key in keys:
                told_to = await outsider.ask(type="publish", event_type="ring", data={}, op_id=key)
                assert told_to["type"] == "ack"
        if told[-1]["type"] == "interrupt":
            await ann.send(type="respond", interrupt_id=told[-1]["interrupt_id"], decision="approve")
            last = await ann.until(lambda message: message.get("type") in ("complete", "error"))
        else:
            last = told[-1]
        assert last["type"] == "complete"
        assert (await ann.ask(type="list_items"))["items"] == []


async def test_equal_messages_are_the_same_however_they_are_written(daemon: Daemon) -> None:
    nfc, nfd = "Caf\u00e9", "Cafe\u0301"
    edits: tuple[tuple[Message, Message], ...] = (
        (
            {"type": "add_item", "id": "a", "item": {"type": "note", "name": nfc, "size": 1, "tags": [2.0, 0.5]}},
            {"type": "add_item", "id": "a", "item": {"type": "note", "name": nfd, "size": 1.0, "tags": [2, 0.5]}},
        ),
        (
            {"type": "change_item", "item_id": "a", "set": {nfd: {nfd: [True, 3.0]}}},
            {"type": "change_item", "item_id": "a", "set": {nfc: {nfc: [True, 3]}}},
        ),
        (
            {"type": "bulk", "operation": "add_multiple", "items": [{**NOTE, "size": -0.0}, {**NOTE, "v": "1.0"}]},
            {"type": "bulk", "operation": "add_multiple", "items": [{**NOTE, "size": 0}, {**NOTE, "v": "1.0"}]},
        ),
        ({"type": "publish", "event_type": "e", "data": {"n": 1e3}}, {"type": "publish", "event_type": "e", "data": {"n": 1000}}),
    )  # fmt: skip
    async with daemon.client() as client:
        for number, (first, again) in enumerate(edits):
            answers = [await client.ask(**message, op_id=str(number)) for message in (first, again)]
            assert answers[0].get("type") == "ack", answers
            assert answer(answers[0]) == answer(answers[1])
        other = {
            "type": "add_item",
            "id": "a",
            "item": {"type": "note", "name": nfc, "size": True, "tags": [2, 0.5]},
        }
        assert (await client.ask(**other, op_id="0"))["code"] == "op_id_reused"
