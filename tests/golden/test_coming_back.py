"""Clients of a daemon that an upgrade replaced: positions, operations and answers of before still mean what they meant."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, TypeAlias

import pytest
import pytest_asyncio

from streamd.core.event import fold
from tests.golden.asking import ask, without
from tests.golden.opening import reopened
from tests.golden.scenes.stage import Stage
from tests.golden.sets import Golden, goldens
from tests.support.following import follow

Wanted: TypeAlias = Callable[[Mapping[str, Any]], bool]

FILTERS: Final[Mapping[tuple[str, str], Wanted]] = {
    ("item_types", "inventory"): lambda item: item["type"] == "inventory",
    ("where", '[["current_stock",">",20]]'): lambda item: item.get("current_stock", 0) > 20,
}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", params=goldens("first", "offline"), ids=str)
def golden(request: pytest.FixtureRequest) -> Golden:
    """Databases that nothing is changed in."""
    found: Golden = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(golden: Golden, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A daemon on one of them, for all tests."""
    async with reopened(golden, tmp_path_factory.mktemp("golden")) as one:
        yield one


async def test_an_old_position_gets_exactly_what_was_missed(golden: Golden, stage: Stage) -> None:
    for workspace, known in golden.found.items():
        for since in sorted({0, known["seq"] // 3, max(0, known["seq"] - 1), known["seq"]}):
            where = {"workspace": workspace, "since": since, "epoch": known["epoch"]}
            async with stage.daemon.client(**where) as client:
                assert (client.greeting["seq"], client.greeting["epoch"]) == (
                    known["seq"],
                    known["epoch"],
                )
                await client.heard(known["seq"] if since < known["seq"] else 0)
                assert (await client.ask(type="ping"))["type"] == "pong"
                assert client.events == known["events"][since:]


async def test_a_filter_brings_the_right_items_from_any_old_position(golden: Golden, stage: Stage) -> None:
    for workspace, known in golden.found.items():
        whole: list[dict[str, dict[str, Any]]] = [{}]
        for event in known["events"]:
            items = {item_id: dict(item) for item_id, item in whole[-1].items()}
            fold(items, event["event_type"], event.get("item_id"), event["data"])
            whole.append(items)
        for (name, value), wanted in FILTERS.items():
            filters = {"workspace": workspace, name: value}
            async with stage.daemon.client(**filters) as client:
                epoch = client.greeting["epoch"]
            for since in sorted({0, known["seq"] // 3, known["seq"] // 2, known["seq"]}):
                async with stage.daemon.client(**filters, since=since, epoch=epoch) as client:
                    client.items = {key: item for key, item in whole[since].items() if wanted(item)}
                    chosen = {key: item for key, item in whole[-1].items() if wanted(item)}
                    while client.items != chosen:
                        await client.next()
                    assert (await client.ask(type="ping"))["type"] == "pong"
                    assert client.items == chosen


async def test_a_position_of_another_journal_gets_a_snapshot(golden: Golden, stage: Stage) -> None:
    for epoch, since, reason in (("another", 1, "epoch"), (None, 1, "no_epoch"), ("", 10**6, "future")):
        known = golden.found["shop"]
        named = {} if epoch is None else {"epoch": epoch or known["epoch"]}
        async with stage.daemon.client(workspace="shop", since=since, **named) as client:
            page = await client.until(lambda message: message.get("type") == "snapshot")
            assert (page["reason"], page["items"]) == (reason, known["snapshot"])


async def test_an_operation_that_is_repeated_gets_its_first_answer_and_does_nothing(
    golden: Golden, stage: Stage
) -> None:
    for workspace, notes in golden.notes.items():
        top = golden.found[workspace]["seq"]
        for operation in notes["ops"]:
            async with stage.daemon.client(workspace=workspace, user_id=operation["user_id"]) as client:
                again = await ask(client, **operation["message"])
                if operation["message"]["type"] == "import" and golden.schema < "schema-4":
                    # Its report was not kept then: all of it is there already.
                    again |= {"added": again["unchanged"], "unchanged": 0}
                if operation["message"]["type"] == "import":
                    again["report"].pop("judgement", None)  # told since then
                assert again == operation["answer"]
                assert (await client.ask(type="ping"))["type"] == "pong"
                assert client.events == []
        async with stage.daemon.client(workspace=workspace) as client:
            assert client.greeting["seq"] == top


async def test_the_same_answer_to_a_question_tells_of_the_same_run_and_another_is_refused(
    golden: Golden, stage: Stage
) -> None:
    for workspace, notes in golden.notes.items():
        for given in notes["answers"]:
            (name,) = [name for name, run_id in notes["runs"].items() if run_id == given["run_id"]]
            async with stage.daemon.client(workspace=workspace, user_id="late") as client:
                run = await follow(client, "again", **given["message"])
                first = golden.told(workspace, name)
                assert run.told == [{**response, "request_id": "again"} for response in first]
                other = {"reject": "approve"}.get(given["message"]["decision"], "reject")
                message = {**without(given["message"], "value"), "decision": other}
                refused = await client.ask(**message)
                assert (refused["code"], refused["run_id"]) == ("answered", given["run_id"])


async def test_a_run_of_before_is_heard_from_any_place_in_it(golden: Golden, stage: Stage) -> None:
    async with stage.daemon.client(workspace="shop") as client:
        for name in list(golden.notes["shop"]["runs"])[::3]:
            told = golden.told("shop", name)
            for count in (1, len(told) // 2, len(told) - 1):
                # Positions are those that were heard: since schema 3 there are silent entries between them.
                after, top = told[count - 1]["run_seq"], told[-1]["run_seq"]
                attached = await client.ask(type="attach", run_id=golden.run("shop", name), after=after)
                assert (attached["after"], attached["top"]) == (after, top)
                heard = [await client.until(lambda message: "run_seq" in message) for _ in told[count:]]
                assert [without(message, "replayed") for message in heard] == told[count:]
                assert all(message["replayed"] for message in heard)
                assert (await client.ask(type="ping"))["type"] == "pong"
