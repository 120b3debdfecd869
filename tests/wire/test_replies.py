from collections.abc import Callable
from functools import partial

import orjson
import pytest

from streamd import errors
from streamd.core.agent_progress import WorkspaceProgress, started_progress, workspace_progress
from streamd.core.item import ItemId, Seq
from streamd.core.usage import Usage, UsageFilter
from streamd.wire import (
    connection_replies,
    item_replies,
    list_replies,
    memory_replies,
    replies,
    run_replies,
    thread_replies,
    usage_replies,
)
from streamd.wire.replies import REPLY_TYPES

AT = "2026-11-20T09:30:00.000Z"
ITEM = b'{"id":"a","name":"Wire"}'

BUILDERS: dict[str, Callable[..., bytes]] = {
    "connected": partial(
        connection_replies.connected,
        connection_id="c",
        workspace="default",
        seq=Seq(7),
        epoch="e",
        user_id="u",
        heartbeat_seconds=25,
        timestamp=AT,
    ),
    "pong": partial(connection_replies.pong, timestamp=AT),
    "ack": partial(replies.ack, replies.result(seq=7, item_id="a", version=7)),
    "error": partial(replies.error, errors.BusyError("try again")),
    "subscribed": partial(
        connection_replies.subscribed, topics=["runs", "items"], item_types=frozenset({"b", "a"})
    ),
    "snapshot": partial(item_replies.snapshot, ITEM + b"," + ITEM, seq=Seq(7), epoch="e", more=False),
    "items": partial(item_replies.items, [ITEM], seq=Seq(7), after=Seq(3), more=True),
    "item": partial(item_replies.item, ITEM, version=Seq(7), versions={"name": Seq(7)}),
    "history": partial(item_replies.history, ItemId("a"), [], before=Seq(7), more=True),
    "progress": partial(replies.progress, step=1, total_steps=3, message="one of three"),
    "export": partial(item_replies.export, "id\na\n", count=2, more=False, item_type="inventory"),
    "attached": partial(
        run_replies.attached, run_id="r", thread_id="t", status="running", after=Seq(0), top=Seq(4)
    ),
    "memory": partial(memory_replies.memory, "list", []),
    "thread": partial(thread_replies.thread_history, "t", []),
    "interrupts": partial(thread_replies.interrupts, []),
    "threads": partial(list_replies.threads, [], 20, str),
    "runs": partial(list_replies.runs, [], 20, str),
    "usage": partial(
        usage_replies.usage, UsageFilter("2026-11-01", "2026-11-30"), Usage(), [], [], by=(), limit=1
    ),
    "describe": partial(connection_replies.describe, {"limits": {"max_bulk_items": 10_000}}),
    "progress_report": partial(
        run_replies.progress_report,
        WorkspaceProgress(0.0, {}, 5).as_data(),
        workspace="default",
    ),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_reply_says_its_type_and_repeats_the_request_id(name: str) -> None:
    for request_id in ("r1", 0, 1.5, False, ""):
        reply = orjson.loads(BUILDERS[name](request_id=request_id))
        assert reply["type"] == name
        assert reply["request_id"] == request_id
        assert "event_type" not in reply


@pytest.mark.parametrize("name", BUILDERS)
def test_a_reply_to_a_message_without_request_id_has_none_and_nothing_is_null(name: str) -> None:
    reply = orjson.loads(BUILDERS[name]())
    assert "request_id" not in reply
    assert None not in reply.values()


def test_every_type_of_reply_has_a_builder() -> None:
    assert set(BUILDERS) | {"position"} == REPLY_TYPES


def test_a_position_is_a_resume_point() -> None:
    assert orjson.loads(connection_replies.position(seq=Seq(7), epoch="e")) == {
        "type": "position",
        "seq": 7,
        "epoch": "e",
    }


def test_connected_tells_the_protocol_the_server_and_where_the_workspace_stands() -> None:
    reply = orjson.loads(BUILDERS["connected"]())
    assert reply["protocol"] == 1
    assert reply["server"].startswith("streamd/")
    assert (reply["workspace"], reply["seq"], reply["epoch"]) == ("default", 7, "e")


def test_a_result_leaves_out_what_does_not_apply_and_keeps_zero_and_empty_lists() -> None:
    kept = replies.result(
        seq=None, item_id="a", version=0, overwrote={}, conflicts={"x": {"value": None}}, results=[]
    )
    assert orjson.loads(kept) == {
        "item_id": "a",
        "version": 0,
        "conflicts": {"x": {"value": None}},
        "results": [],
    }


def test_a_kept_result_is_acknowledged_again_under_another_request_id() -> None:
    kept = replies.result(seq=7)
    assert orjson.loads(replies.ack(kept, request_id="again")) == {
        "type": "ack",
        "request_id": "again",
        "seq": 7,
    }


def test_an_ack_with_nothing_to_tell_is_still_an_object() -> None:
    assert orjson.loads(replies.ack(replies.result())) == {"type": "ack"}


def test_subscribed_lists_names_in_order_and_an_empty_filter_is_not_an_absent_one() -> None:
    reply = orjson.loads(connection_replies.subscribed(topics={"runs", "items"}, agents=[]))
    assert reply == {"type": "subscribed", "topics": ["items", "runs"], "agents": []}


@pytest.mark.parametrize("reason", sorted(item_replies.SNAPSHOT_REASONS))
def test_a_snapshot_says_why_it_comes_instead_of_what_was_missed(reason: str) -> None:
    reply = orjson.loads(item_replies.snapshot(b"", seq=Seq(0), epoch="e", more=False, reason=reason))
    assert reply == {"type": "snapshot", "items": [], "seq": 0, "epoch": "e", "more": False, "reason": reason}


def test_items_are_joined_as_they_are() -> None:
    reply = orjson.loads(BUILDERS["items"]())
    assert reply["items"] == [orjson.loads(ITEM)]
    assert (reply["after"], reply["more"]) == (3, True)


def test_progress_is_a_share_and_nothing_to_do_is_all_done() -> None:
    assert orjson.loads(replies.progress(step=1, total_steps=4))["progress"] == 0.25
    assert orjson.loads(replies.progress(step=0, total_steps=0))["progress"] == 1.0


@pytest.mark.requirement("C4")
def test_a_report_of_progress_has_the_keys_that_older_clients_read() -> None:
    agents = {"inventory_agent": started_progress("inventory_agent", "r", 5).as_data()}
    reply = orjson.loads(run_replies.progress_report(workspace_progress(agents, 5).as_data(), workspace="w"))
    assert reply == {
        "type": "progress_report",
        "workspace": "w",
        "overall": 0.0,
        "agents": agents,
        "estimatedCompletion": None,
    }


@pytest.mark.parametrize("history", [[], [{"event_type": "agent_progress", "data": {}}]])
def test_a_report_of_progress_has_a_history_where_one_was_asked_for(history: list[dict[str, object]]) -> None:
    reply = run_replies.progress_report(workspace_progress({}, 5).as_data(), workspace="w", history=history)
    assert orjson.loads(reply)["history"] == history
