"""Triggers in the kit for tests: what somebody who writes an agent sees of them."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from streamd import AddItems, Agent, ChangeItems, Response, Run, Trigger
from streamd.core.item import ItemId
from streamd.core.run import RunFilter
from streamd.core.tool_calls import ItemEdit
from streamd.errors import ConfigurationError
from streamd.testing import Harness, SetClock, killed_everywhere, open_harness

BOLT = {"type": "inventory", "id": "bolt", "name": "Bolt", "current_stock": 9}


def note_taker(*triggers: Trigger, name: str = "watcher") -> Agent:
    """An agent that adds a note for each run, with what it was fired for."""

    async def keep(run: Run) -> AsyncGenerator[Response, None]:
        fired: Any = run.request.context["trigger"]
        what = fired.get("due") or ",".join(str(event["seq"]) for event in fired["events"])
        await run.carry_out([AddItems(({"type": "note", "name": f"{fired['name']} {what}"},))])
        yield Response("general_complete", "Noted.")

    return Agent(name, keep, triggers=triggers)


async def notes(harness: Harness) -> list[object]:
    return [item.fields["name"] for item in await harness.items("note")]


LOW = Trigger(
    "low",
    "Look at the stock",
    on={"event": "field_changed", "item_types": ["inventory"], "where": [["current_stock", "<", 5]]},
)


async def test_a_run_is_started_for_each_event_that_matches_and_for_no_other() -> None:
    async with open_harness(note_taker(LOW), items=[BOLT]) as harness:
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 8})
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 3})
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 2})

        runs = await harness.triggered("low")

        assert await notes(harness) == ["low 3", "low 4"]
        assert [run.ended for run in runs] == ["complete", "complete"]
        added = [event for event in await harness.events() if event["data"].get("type") == "note"]
        assert {event["user_id"] for event in added} == {"trigger low"}


async def test_only_items_that_come_to_meet_the_conditions_count_where_that_is_wanted() -> None:
    once = Trigger("once", "Look", on={**(LOW.on or {}), "enters": True})
    async with open_harness(note_taker(once), items=[BOLT]) as harness:
        for stock in (4, 3, 9, 2):
            await harness.edit(type="change_item", item_id="bolt", set={"current_stock": stock})
        assert len(await harness.triggered("once")) == 2
        assert await notes(harness) == ["once 2", "once 5"]


async def test_what_others_publish_fires_it_and_its_data_can_be_judged() -> None:
    alert = Trigger("alert", "Look", on={"publish": "price_alert", "where": [["price", ">", 10]]})
    async with open_harness(note_taker(alert)) as harness:
        await harness.edit(type="publish", event_type="price_alert", data={"price": 5})
        await harness.edit(type="publish", event_type="price_alert", data={"price": 50})
        await harness.edit(type="publish", event_type="other", data={"price": 50})
        await harness.settled()
        assert await notes(harness) == ["alert 2"]


async def test_several_events_are_given_to_one_run() -> None:
    burst = Trigger("burst", "Look", on={"event": "item_added", "item_types": ["inventory"]}, batch_max=100)
    async with open_harness(note_taker(burst)) as harness:
        await harness.add(*({**BOLT, "id": f"bolt-{number}"} for number in range(120)))
        runs = await harness.triggered("burst")
        told = [str(name).removeprefix("burst ").split(",") for name in await notes(harness)]
        positions = sorted(int(seq) for one in told for seq in one)
        assert len(positions) == len(set(positions)) == 120
        assert len(runs) <= 120
        assert max(len(one) for one in told) <= 100


async def test_what_its_own_runs_do_does_not_fire_it_again() -> None:
    noted = Trigger("noted", "Look", on={"event": "item_added"})
    async with open_harness(note_taker(noted), items=[BOLT]) as harness:
        await harness.add({"type": "inventory", "name": "Nut"})
        assert len(await harness.triggered("noted")) == 2


async def test_triggers_that_fire_each_other_stop_and_say_so() -> None:
    ping = Trigger("ping", "Ping", on={"event": "item_added", "where": [["name", "contains", "pong"]]})
    pong = Trigger("pong", "Pong", on={"event": "item_added", "where": [["name", "contains", "ping"]]})
    with capture_logs() as logs:
        async with open_harness(note_taker(ping), note_taker(pong, name="other")) as harness:
            await harness.add({"type": "note", "name": "ping"})
            runs = [*await harness.triggered("ping"), *await harness.triggered("pong")]
            assert len(await harness.items("note")) == 1 + 5
    assert [run.code for run in runs if run.ended == "error"] == ["trigger_chain"]
    (cut,) = (one for one in logs if one["event"] == "trigger_chain_cut")
    assert cut["chain"] == ["pong", "ping", "pong", "ping", "pong", "ping"]


async def test_more_runs_a_minute_than_allowed_wait_and_that_is_said_once() -> None:
    slow = Trigger("slow", "Look", on={"event": "item_added", "item_types": ["inventory"]}, max_per_minute=2)
    with capture_logs() as logs:
        async with open_harness(note_taker(slow)) as harness:
            await harness.add(*({**BOLT, "id": f"bolt-{number}"} for number in range(9)))
            await _until(harness, lambda: any(one["event"] == "trigger_slowed" for one in logs))
            assert len(await notes(harness)) == 2
    assert [one["max_per_minute"] for one in logs if one["event"] == "trigger_slowed"] == [2]


async def test_a_trigger_has_the_rights_that_it_is_given() -> None:
    reader = Trigger("reader", "Look", on={"event": "item_added"}, rights=("read",))
    async with open_harness(note_taker(reader)) as harness:
        await harness.add(BOLT)
        (run,) = await harness.triggered("reader")
        assert run.code == "forbidden"
        assert await notes(harness) == []


async def test_events_count_once_whenever_the_daemon_is_killed_or_stopped() -> None:
    async with open_harness(note_taker(LOW), items=[BOLT]) as harness:
        for stock in (4, 3):
            await harness.edit(type="change_item", item_id="bolt", set={"current_stock": stock})
            await harness.kill()
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 2})
        await harness.restart()
        await harness.settled()
        assert await notes(harness) == ["low 2", "low 3", "low 4"]


async def test_wherever_a_run_of_a_trigger_is_killed_its_work_is_done_once() -> None:
    async def scenario(harness: Harness) -> None:
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 4})
        await harness.settled()
        assert await notes(harness) == ["low 2"]

    assert await killed_everywhere(scenario, note_taker(LOW), items=[BOLT]) >= 1


async def test_a_new_trigger_begins_with_the_next_event_and_one_that_was_away_too(tmp_path: Path) -> None:
    async with open_harness(note_taker(LOW), items=[BOLT]) as harness:
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 4})
        await harness.settled()
        harness.agents = {**harness.agents, "watcher": note_taker()}
        await harness.restart()
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 3})
        harness.agents = {**harness.agents, "watcher": note_taker(LOW)}
        await harness.restart()
        await harness.settled()
        assert await notes(harness) == ["low 2"]


# ── schedules ────────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHTLY = Trigger("nightly", "Report", schedule="30 2 * * *", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "times", "due"),
    [
        (
            "2026-11-10T12:00:00+01:00",
            ["2026-11-11T02:29:59+01:00", "2026-11-11T02:30:00+01:00", "2026-11-12T02:30:05+01:00"],
            ["2026-11-11T01:30:00.000Z", "2026-11-12T01:30:00.000Z"],
        ),
        # The hour from 2 to 3 is skipped: due when it has passed.
        (
            "2026-03-28T12:00:00+01:00",
            ["2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T12:00:00+02:00"],
            ["2026-03-29T01:00:00.000Z"],
        ),
        # The hour from 2 to 3 comes twice: due the first time.
        (
            "2026-10-24T12:00:00+02:00",
            ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T12:00:00+01:00"],
            ["2026-10-25T00:30:00.000Z"],
        ),
        # The clock is set back after it was served, and comes there again.
        (
            "2026-11-10T12:00:00+01:00",
            ["2026-11-11T02:30:00+01:00", "2026-11-11T02:20:00+01:00", "2026-11-11T02:31:00+01:00"],
            ["2026-11-11T01:30:00.000Z"],
        ),
        # The clock jumps over several times: only the latest counts.
        ("2026-11-10T12:00:00+01:00", ["2026-11-20T12:00:00+01:00"], ["2026-11-20T01:30:00.000Z"]),
        # It was years ahead by mistake.
        (
            "2026-11-10T12:00:00+01:00",
            ["2036-11-10T12:00:00+01:00", "2026-11-10T13:00:00+01:00", "2026-11-11T03:00:00+01:00"],
            ["2036-11-10T01:30:00.000Z", "2026-11-11T01:30:00.000Z"],
        ),
    ],
)
async def test_a_schedule_follows_the_clock_on_the_wall(start: str, times: list[str], due: list[str]) -> None:
    clock = SetClock(start)
    async with open_harness(note_taker(NIGHTLY), clock=clock) as harness:
        for at in times:
            await harness.settled()
            clock.set(at)
        await harness.settled()
        assert await notes(harness) == [f"nightly {one}" for one in due]


@pytest.mark.parametrize(("catch_up", "count"), [(True, 1), (False, 0)])
async def test_what_was_missed_while_the_daemon_was_down_fires_once_or_not_at_all(
    catch_up: bool, count: int
) -> None:
    clock = SetClock("2026-11-10T12:00:00+01:00")
    hourly = Trigger("hourly", "Report", schedule="0 * * * *", catch_up=catch_up)
    async with open_harness(note_taker(hourly), clock=clock) as harness:
        await harness.settled()
        clock.advance(3 * 24 * 3600)
        await harness.kill()
        assert len(await harness.triggered("hourly")) == count
        clock.advance(3600)
        assert len(await harness.triggered("hourly")) == count + 1


async def test_a_schedule_that_was_changed_begins_anew() -> None:
    clock = SetClock("2026-11-10T12:00:00+01:00")
    async with open_harness(note_taker(NIGHTLY), clock=clock) as harness:
        await harness.settled()
        clock.advance(24 * 3600)
        changed = Trigger("nightly", "Report", schedule="0 9 * * *", timezone="Europe/Berlin")
        harness.agents = {**harness.agents, "watcher": note_taker(changed)}
        await harness.kill()
        assert await harness.triggered("nightly") == []


# ── what is said of them ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_configuration_takes_the_place_of_a_trigger_in_code(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[triggers.low]\nagent = "watcher"\nrequest = "Look"\non = {event = "item_added"}\nenabled = false\n'
    )
    async with open_harness(note_taker(LOW), items=[BOLT], config=file) as harness:
        await harness.edit(type="change_item", item_id="bolt", set={"current_stock": 4})
        assert await harness.triggered("low") == []


async def test_a_mistake_in_code_is_found_before_anything_starts() -> None:
    wrong = Trigger("wrong", "Look", on={"event": "field_chnaged"})
    with pytest.raises(
        ConfigurationError,
        match=r"agent watcher .*test_triggers.py:\d+\): trigger wrong.on.event: .* field_changed",
    ):
        async with open_harness(note_taker(wrong)):
            pass


async def test_an_edit_of_a_run_that_somebody_asked_for_fires_triggers() -> None:
    async def restock(run: Run) -> AsyncGenerator[Response, None]:
        await run.carry_out([ChangeItems((ItemEdit(ItemId("bolt"), {"current_stock": 1}),))])
        yield Response("general_complete", "Done.")

    async with open_harness(note_taker(LOW), Agent("restocker", restock), items=[BOLT]) as harness:
        await harness.request("Go", agent="restocker")
        assert len(await harness.triggered("low")) == 1
        (record,) = await harness._store.runs("default", RunFilter(trigger="low"), 9)
        assert record.request.trigger is not None
        assert record.request.trigger.chain == ("low",)


async def _until(harness: Harness, holds: Any) -> None:
    for number in range(5_000):
        if holds():
            return
        await harness.add({"type": "tick", "name": f"tick {number}"})
    raise AssertionError("it never held")
