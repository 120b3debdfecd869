"""The days of a question about usage: a range the wrong way round is a mistake, one to come is empty."""

from pathlib import Path

from tests.support.daemon import running


async def test_days_the_wrong_way_round_are_refused_and_days_to_come_are_empty(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        swapped = await client.ask(type="usage", first_day="2026-02-02", last_day="2026-02-01")
        one_day = await client.ask(type="usage", first_day="2026-02-01", last_day="2026-02-01")
        to_come = await client.ask(type="usage", first_day="2999-01-01")

    assert (swapped["code"], swapped["path"]) == ("invalid_message", "first_day")
    assert (one_day["type"], one_day["rows"]) == ("usage", [])
    assert (to_come["first_day"], to_come["last_day"]) == ("2999-01-01", "2999-01-01")
