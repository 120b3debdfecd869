"""How far agents are and how good what they write is, as those hear it who subscribed to it."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import Follower, follow

pytestmark = pytest.mark.requirement("C4")

KEYS: Final = {
    "agentId", "status", "percentage", "currentStep", "totalSteps", "estimatedTimeRemaining", "tokensUsed",
    "cost", "content", "reasoning", "confidence", "lastUpdated",
}  # fmt: skip


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **installed(tmp_path / "site")) as one:
        yield one


async def feed(client: Client) -> Message:
    """The next broadcast of a feed."""
    return await client.until(lambda heard: heard.get("event_type") in ("agent_progress", *QUALITY))


QUALITY: Final = ("section_updated", "quality_updated")


async def until_over(client: Client) -> list[Message]:
    """Broadcasts up to the end of a run."""
    heard = [await feed(client)]
    while heard[-1]["data"]["status"] == "running":
        heard.append(await feed(client))
    return heard


async def test_progress_begins_moves_and_ends_with_exactly_the_keys_there_are(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client() as watching, daemon.client() as other:
        subscribed = await watching.ask(type="subscribe", topics=["progress"])
        assert subscribed["topics"] == ["items", "progress"]
        await watching.ask(type="unsubscribe", topics=["items"])
        run = await follow(
            asking, "r", type="user_request", context={"item_type": "inventory", "count": 4000}
        )
        assert run.last["type"] == "complete"
        heard = await until_over(watching)
        for broadcast in heard:
            assert set(broadcast) == {"event_type", "agent_id", "data", "timestamp", "workspace"}
            assert set(broadcast["data"]) == KEYS | {"run_id"}
            assert broadcast["agent_id"] == broadcast["data"]["agentId"] == "inventory_agent"
            assert broadcast["data"]["run_id"] == run.run_id
            assert isinstance(broadcast["data"]["lastUpdated"], int)
        data = [broadcast["data"] for broadcast in heard]
        assert [one["status"] for one in data] == ["running"] * (len(data) - 1) + ["completed"]
        assert data[0]["percentage"] < 15
        percentages = [one["percentage"] for one in data]
        assert percentages == sorted(percentages)
        assert (data[-1]["percentage"], data[-1]["estimatedTimeRemaining"]) == (100, 0)
        assert data[-1]["totalSteps"] == data[-1]["currentStep"] == 4000
        # Thousands of responses, and at most one broadcast in a quarter of a second beside the first and the last.
        times = [one["lastUpdated"] for one in data[:-1]]
        assert all(later - earlier >= 250 for earlier, later in itertools.pairwise(times))
        await other.heard(4000)
        assert other.feeds == []


async def test_each_run_is_told_from_its_beginning_to_its_end_however_quickly_they_follow(
    daemon: Daemon,
) -> None:
    async with daemon.client() as asking, daemon.client() as watching:
        await watching.ask(type="subscribe", topics=["progress"])
        for number in range(5):
            run = await follow(asking, f"r{number}", type="user_request", user_input="Add 1 note")
            heard = await until_over(watching)
            assert {broadcast["data"]["run_id"] for broadcast in heard} == {run.run_id}
            assert [broadcast["data"]["status"] for broadcast in (heard[0], heard[-1])] == [
                "running",
                "completed",
            ]


@pytest.mark.parametrize(
    ("agent", "status"), [("fails", "failed"), ("waits", "cancelled"), ("works", "interrupted")]
)
async def test_other_ends_are_told_as_what_they_are(daemon: Daemon, agent: str, status: str) -> None:
    async with daemon.client() as asking, daemon.client() as watching:
        await watching.ask(type="subscribe", topics=["progress"], agents=[agent])
        await asking.send(type="user_request", user_input="go", agent=agent, thread_id="t", request_id="r")
        run = Follower("r")
        if agent == "waits":
            await run.hear_type(asking, "content")
            await asking.send(type="cancel", thread_id="t")
        await run.hear(asking)
        heard = await until_over(watching)
        assert (heard[0]["data"]["status"], heard[-1]["data"]["status"]) == ("running", status)
        if agent != "works":
            assert heard[-1]["data"]["content"] == {"fails": "So far so good", "waits": "Waiting"}[agent]


async def test_only_named_agents_are_heard_by_their_id_or_the_name_they_are_asked_by(daemon: Daemon) -> None:
    async with (
        daemon.client() as asking,
        daemon.client() as by_id,
        daemon.client() as by_name,
        daemon.client(workspace="elsewhere") as stranger,
    ):
        for client, agents in ((by_id, ["inventory_agent"]), (by_name, ["writes"]), (stranger, None)):
            filters = {} if agents is None else {"agents": agents}
            subscribed = await client.ask(type="subscribe", topics=["progress"], **filters)
            assert subscribed.get("agents") == agents
        await follow(asking, "a", type="user_request", user_input="write", agent="writes")
        await follow(asking, "b", type="user_request", user_input="Add 2 inventory items")
        await asking.heard(2)
        assert {one["agent_id"] for one in await until_over(by_id)} == {"inventory_agent"}
        assert {one["agent_id"] for one in await until_over(by_name)} == {"writes_agent"}
        await by_id.heard(2)  # items are not filtered by it
        # Without the filter all are heard; without the topic none.
        await by_id.ask(type="unsubscribe", agents=["inventory_agent"])
        await by_name.ask(type="unsubscribe", topics=["progress"])
        await follow(asking, "c", type="user_request", user_input="write", agent="writes")
        assert {one["agent_id"] for one in await until_over(by_id)} == {"writes_agent"}
        await by_name.ask(type="ping")
        await stranger.ask(type="ping")
        assert stranger.feeds == []


async def test_quality_is_a_topic_of_its_own_with_the_same_filter(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client() as writing, daemon.client() as deaf:
        await writing.ask(type="subscribe", topics=["quality"], agents=["writes"])
        await deaf.ask(type="subscribe", topics=["quality"], agents=["content"])
        run = await follow(asking, "r", type="user_request", user_input="a trip", agent="writes")
        heard = [await feed(writing), await feed(writing)]
        draft = "draft 2 after plan of a trip"
        assert [(one["event_type"], one["agent_id"], one["data"]) for one in heard] == [
            ("section_updated", "writes_agent", {"section": "body", "content": draft, "run_id": run.run_id}),
            (
                "quality_updated", "writes_agent",
                {"section": "body", "score": 1.0, "components": [], "run_id": run.run_id},
            ),
        ]  # fmt: skip
        assert not {"seq", "version", "run_seq"} & {key for one in heard for key in one}
        await deaf.ask(type="ping")
        assert deaf.feeds == []


async def test_who_asks_gets_all_agents_their_history_and_how_far_the_workspace_is(daemon: Daemon) -> None:
    async with daemon.client() as client, daemon.client(workspace="elsewhere") as stranger:
        empty = await client.ask(type="get_progress")
        assert (empty["type"], empty["overall"], empty["agents"], empty["estimatedCompletion"]) == (
            "progress_report", 0.0, {}, None
        )  # fmt: skip
        assert "history" not in empty
        run = await follow(client, "a", type="user_request", user_input="Add 2 inventory items")
        await client.send(
            type="user_request", user_input="wait", agent="waits", thread_id="t", request_id="w"
        )
        waits = Follower("w")
        await waits.hear_type(client, "content")
        report = await client.ask(type="get_progress", history=50)
        assert set(report["agents"]) == {"inventory_agent", "waits"}
        assert all(set(data) == KEYS for data in report["agents"].values())
        assert report["agents"]["inventory_agent"]["status"] == "completed"
        assert report["agents"]["waits"]["status"] == "running"
        shares = [data["percentage"] for data in report["agents"].values()]
        assert report["overall"] == round(sum(shares) / 2, 2)
        left = report["agents"]["waits"]["estimatedTimeRemaining"]
        assert (left is None) == (report["estimatedCompletion"] is None)
        of_first = [one for one in report["history"] if one["data"]["run_id"] == run.run_id]
        assert [one["data"]["status"] for one in (of_first[0], of_first[-1])] == ["running", "completed"]
        only = await client.ask(type="get_progress", agents=["waits"], history=50)
        assert set(only["agents"]) == {one["agent_id"] for one in only["history"]} == {"waits"}
        assert len((await client.ask(type="get_progress", history=1))["history"]) == 1
        assert (await stranger.ask(type="get_progress"))["agents"] == {}
        await client.send(type="cancel", thread_id="t")
        await waits.hear(client)
        await daemon.kill()
        await daemon.start()
        async with daemon.client() as late:
            again = await late.ask(type="get_progress", history=50)
        assert {name: data["status"] for name, data in again["agents"].items()} == {
            "inventory_agent": "completed", "waits": "cancelled"
        }  # fmt: skip
        assert again["history"][: len(report["history"])] == report["history"]
