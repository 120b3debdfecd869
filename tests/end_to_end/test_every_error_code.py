"""Every error code that this version can produce, produced through the real daemon."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from websockets.exceptions import ConnectionClosedError

from streamd.wire.codes import ERROR_CODES
from tests.conftest import ROOT
from tests.support.agents import SECRET, installed
from tests.support.broken_store import full_disk, spoil
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.messages_api import MessagesApi, closed_port

pytestmark = pytest.mark.requirement("A3")

NOT_YET: Final = {
    "unauthorized": "tests of access produce it",
    "forbidden": "tests of access produce it",
    "refused": "every rule that refuses has a code of its own",
    "internal": "it takes a mistake in the daemon",
}

PRODUCED: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., Any])


def produces(code: str) -> Callable[[Test], Test]:
    """Say which code a test produces."""
    PRODUCED.add(code)
    return lambda test: test


def check(error: Message, code: str, *, retryable: bool = False) -> None:
    assert error["type"] == "error"
    assert error["code"] == code
    assert error["retryable"] is retryable
    assert error["message"]


def test_every_code_is_produced_or_has_a_reason_why_not() -> None:
    assert set(ERROR_CODES) - set(NOT_YET) == PRODUCED | set(AT_ONCE)
    assert not (PRODUCED | set(AT_ONCE)) & set(NOT_YET)


ITEM: Final = {"type": "inventory", "name": "Copper Wire", "current_stock": 80}

AT_ONCE: Final[dict[str, dict[str, object]]] = {
    "unknown_type": {"type": "dance"},
    "invalid_message": {"type": "change_item", "item_id": "wire-1", "set": {"current_stock": "many"}},
    "too_large": {"type": "import", "text": ",".join(f"c{n}" for n in range(5_000)) + "\n1\n"},
    "not_found": {"type": "get_item", "item_id": "nowhere"},
    "gone": {"type": "change_item", "item_id": "gone-1", "set": {"name": "Back"}},
    "exists": {"type": "add_item", "id": "wire-1", "item": ITEM},
    "op_id_reused": {"type": "remove_item", "item_id": "wire-1", "op_id": "1"},
    "conflict": {
        "type": "change_item",
        "item_id": "wire-1",
        "set": {"current_stock": 1},
        "base": 0,
        "on_conflict": "reject",
    },
}


CIRCLE: Final = """
[triggers.more]
agent = "inventory"
request = "Add 1 new inventory item"
on = {event = "item_added"}
again = true
max_chain = 2
"""


@produces("trigger_chain")
async def test_a_trigger_that_goes_round_in_a_circle_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text((ROOT / "config.toml").read_text() + CIRCLE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", item=ITEM)
        await daemon.logs("trigger_chain_cut")
        (run,) = (await client.ask(type="list_runs", trigger="more", statuses=["failed"]))["runs"]
        assert run["trigger"]["chain"] == ["more"] * 3
        await client.send(type="attach", run_id=run["run_id"])
        check(await client.until(lambda heard: heard.get("type") == "error"), "trigger_chain")


async def test_what_the_rules_do_not_allow_is_refused_and_the_connection_lives(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", id="wire-1", item=ITEM)
        await client.ask(type="add_item", id="gone-1", item=ITEM)
        await client.ask(type="remove_item", item_id="gone-1", op_id="1")
        for code, asked in AT_ONCE.items():
            check(await client.ask(**asked), code)
        item = await client.ask(type="get_item", item_id="wire-1")
        assert item["item"]["current_stock"] == 80


@produces("referenced")
async def test_what_others_refer_to_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[item_types.maker]\n[item_types.part.fields]\nmaker = { type = 'reference', refers_to = 'maker' }\n"
    )
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", id="m", item={"type": "maker", "name": "Acme"})
        await client.ask(type="add_item", id="p", item={"type": "part", "name": "Pin", "maker": "m"})
        check(await client.ask(type="remove_item", item_id="m"), "referenced")


@produces("invalid_json")
async def test_what_is_no_json_is_refused_and_the_connection_lives(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.socket.send('{"type":')
        check(await client.next(), "invalid_json")
        assert (await client.ask(type="ping"))["type"] == "pong"


async def request(client: Client, agent: str) -> Message:
    """Ask an agent; the first response of the run, or the error instead of one."""
    await client.send(type="user_request", user_input="go on", agent=agent, request_id=agent)
    return await client.until(lambda heard: heard.get("request_id") == agent)


async def last(client: Client, run: Message) -> Message:
    """The last response of a run."""
    return await client.until(
        lambda heard: heard.get("run_id") == run["run_id"] and heard["type"] in ("error", "complete")
    )


@produces("run_failed")
async def test_an_agent_that_fails_ends_its_run_and_its_words_stay_inside(tmp_path: Path) -> None:
    async with running(tmp_path, **installed(tmp_path)) as daemon, daemon.client() as client:
        check(await last(client, await request(client, "fails")), "run_failed")
        assert SECRET not in str(client.responses)
        await daemon.logs("run_failed", SECRET)


@produces("timed_out")
async def test_a_run_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    limits = {"STREAMD_RUNS__REQUEST_TIMEOUT_SECONDS": "0.3", **installed(tmp_path)}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client:
        check(await last(client, await request(client, "waits")), "timed_out")


@produces("rate_limited")
async def test_more_runs_than_one_may_start_are_told_to_come_later(tmp_path: Path) -> None:
    limits = {"STREAMD_LIMITS__RUNS_PER_MINUTE": "1", "STREAMD_LIMITS__RUNS_AT_ONCE": "1"}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client:
        await client.request("Show all items")
        refused = await client.ask(type="user_request", user_input="Show all items")
        check(refused, "rate_limited", retryable=True)
        assert refused["retry_after_ms"] > 0


@produces("busy")
async def test_more_runs_than_may_wait_are_told_to_come_later(tmp_path: Path) -> None:
    limits = {"STREAMD_RUNS__MAX_CONCURRENT": "1", **installed(tmp_path)}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client:
        await client.send(type="user_request", user_input="go on", agent="waits")
        await client.until(lambda heard: heard["type"] == "content")  # it runs, and waits no longer
        for _ in range(10):
            await client.send(type="user_request", user_input="go on", agent="waits")
        refused = await client.ask(type="user_request", user_input="go on", agent="waits")
        check(refused, "busy", retryable=True)
        assert refused["retry_after_ms"] > 0


@produces("draining")
async def test_who_asks_while_the_daemon_stops_is_told_so_and_who_asked_before_has_to_come_back(
    tmp_path: Path,
) -> None:
    limits = {"STREAMD_DRAIN__SECONDS": "1", **installed(tmp_path)}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client:
        run = await request(client, "waits")
        daemon.ask_to_stop()
        await daemon.logs("draining")
        check(await request(client, "again"), "draining", retryable=True)
        with pytest.raises(ConnectionClosedError, match="1012"):
            await last(client, run)


@produces("abandoned")
async def test_a_run_whose_daemon_died_too_often_says_so_to_who_asks_again(tmp_path: Path) -> None:
    once = {"STREAMD_RUNS__MAX_ATTEMPTS": "1", **installed(tmp_path)}
    async with running(tmp_path, **once) as daemon:
        async with daemon.client() as client:
            run = await request(client, "waits")
            await client.until(lambda heard: heard["type"] == "content")
        await daemon.kill()
        await daemon.start()
        async with daemon.client() as client:
            attached = await client.ask(type="attach", run_id=run["run_id"])
            assert attached["status"] == "failed"
            check(await last(client, run), "abandoned", retryable=True)


async def question(client: Client) -> str:
    """Have a person be asked; the question's id."""
    await client.send(
        type="user_request", user_input="write", agent="writes", thread_id="t", options={"use_hitl": True}
    )
    asked = await client.until(lambda heard: heard["type"] == "interrupt")
    return str(asked["interrupt"]["interrupt_id"])


@produces("answered")
async def test_a_question_that_was_answered_otherwise_keeps_its_answer(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **installed(tmp_path)) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        interrupt_id = await question(ann)
        await ann.ask(type="respond", interrupt_id=interrupt_id, decision="reject")
        refused = await bob.ask(type="respond", interrupt_id=interrupt_id, decision="approve")
        check(refused, "answered")
        assert (refused["decision"], refused["by"]) == ("reject", "ann")


@produces("expired")
async def test_a_question_that_was_open_for_too_long_cannot_be_answered(tmp_path: Path) -> None:
    limits = {"STREAMD_RUNS__INTERRUPT_EXPIRES_SECONDS": "0.01", **installed(tmp_path)}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client:
        interrupt_id = await question(client)
        waiting = await client.ask(type="list_interrupts")
        while waiting["interrupts"]:
            waiting = await client.ask(type="list_interrupts")
        check(await client.ask(type="respond", interrupt_id=interrupt_id, decision="approve"), "expired")


def asking(url: str) -> dict[str, str]:
    """The environment of a daemon whose language model is there."""
    return {
        "ANTHROPIC_API_KEY": "test",
        "ANTHROPIC_BASE_URL": url,
        "STREAMD_MODELS__MAX_ATTEMPTS": "1",
        "STREAMD_MODELS__CHECK_AT_START": "false",
    }


@produces("model_failed")
async def test_a_model_that_cannot_be_reached_is_an_error_of_the_run(tmp_path: Path) -> None:
    nobody = asking(closed_port())
    async with running(tmp_path, **nobody) as daemon, daemon.client() as client:
        await client.send(type="user_request", user_input="Hello")
        failed = await client.until(lambda heard: heard["type"] == "error")
        check(failed, "model_failed", retryable=True)
        assert failed["kind"] == "unreachable"


@produces("budget_exceeded")
async def test_a_run_that_would_use_more_than_it_may_is_stopped(tmp_path: Path) -> None:
    async with (
        MessagesApi() as api,
        running(tmp_path, **asking(api.url)) as daemon,
        daemon.client() as client,
    ):
        await client.send(type="user_request", user_input="Hello", options={"budget": {"tokens": 1}})
        check(await client.until(lambda heard: heard["type"] == "error"), "budget_exceeded")
        assert (await client.ask(type="ping"))["type"] == "pong"


@produces("budget_spent")
async def test_a_user_who_has_used_the_budget_of_the_day_is_refused_until_the_next(tmp_path: Path) -> None:
    async with (
        MessagesApi() as api,
        running(tmp_path, **asking(api.url), STREAMD_BUDGET__USER_TOKENS_PER_DAY="1") as daemon,
        daemon.client() as client,
    ):
        await client.send(type="user_request", user_input="Hello", agent="general")
        assert await client.until(lambda heard: heard["type"] == "complete")
        await client.send(type="user_request", user_input="Hello", agent="general")
        check(await client.until(lambda heard: heard["type"] == "error"), "budget_spent", retryable=True)
        told = await client.ask(type="usage", by=["agent"])
        assert [row["agent"] for row in told["rows"]] == ["general"]
        assert (told["budgets"][0]["unit"], told["budgets"][0]["limit"]) == ("tokens", 1)
        assert told["budgets"][0]["used"] == sum(
            told["total"][key] for key in ("input_tokens", "output_tokens")
        )


@produces("unavailable")
async def test_what_cannot_be_written_is_refused_and_works_again_when_it_can(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", id="wire-1", item=ITEM)
        with full_disk(daemon):
            check(await client.ask(type="remove_item", item_id="wire-1"), "unavailable", retryable=True)
            assert (await client.ask(type="get_item", item_id="wire-1"))["type"] == "item"
        removed = await client.ask(type="remove_item", item_id="wire-1")
        assert (removed["type"], removed["seq"]) == ("ack", 2)


async def filled_and_spoilt(daemon: Daemon, client: Client) -> None:
    """A store with more in it than is in memory, until it is all zeros."""
    for _ in range(5):
        await client.ask(type="bulk", operation="add_multiple", items=[{**ITEM, "note": "-" * 500}] * 400)
    spoil(daemon)


@produces("store")
async def test_what_cannot_be_read_is_told_without_details(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await filled_and_spoilt(daemon, client)
        error = await client.ask(type="list_items", limit=1_000)
        check(error, "store")
        assert "streamd.db" not in error["message"]
        assert (await client.ask(type="ping"))["type"] == "pong"


@produces("damaged")
async def test_an_item_whose_row_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await client.ask(type="add_item", id="wire-1", item=ITEM)
        await daemon.stop()
        with closing(sqlite3.connect(tmp_path / "streamd.db", isolation_level=None)) as database:
            database.execute("UPDATE items SET body = '{'")
        await daemon.start()
        async with daemon.client() as client:
            check(await client.ask(type="get_item", item_id="wire-1"), "damaged")
