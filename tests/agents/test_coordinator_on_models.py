"""The coordinator on a language model, which a test plays: who speaks at the same time, who fails, who is too slow."""

import asyncio
from pathlib import Path

import attrs
import pytest

from tests.agents.conversation import (
    WIRE,
    Talk,
    asked_by,
    daemon_with,
    outline,
    talking,
    told_by,
    words_of,
)  # fmt: skip
from tests.support.daemon import PATIENCE_SECONDS
from tests.support.following import is_in_order
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Reply, failed, said

QUESTION = "Which supplier should we choose for copper wire?"
NAMES = ("research", "analysis", "ideation")


@attrs.define
class Cast:
    """What each agent's model says; the words of one agent may wait for a release."""

    replies: dict[str, Reply] = attrs.field(factory=dict)
    asked: dict[str, Request] = attrs.field(factory=dict)

    def __call__(self, request: Request) -> Reply:
        agent = asked_by(request)
        self.asked[agent] = request
        return self.replies.get(agent) or said(f"{agent} ", "says so.")


async def begun(talk: Talk, **request: object) -> None:
    asked = {"query": QUESTION, "primary_agent": "general", "supporting_agents": list(NAMES), **request}
    await talk.client.send(type="multi_agent_request", request=asked)


async def test_supporting_agents_speak_at_the_same_time_and_are_heard_as_they_speak(tmp_path: Path) -> None:
    cast = Cast({name: said(f"{name} begins, ", "and ends.", holds=frozenset({1})) for name in NAMES})
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {"wire.md": WIRE}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk)
        told = []
        heard: set[str] = set()
        # None of the answers has ended, and the beginnings of all are heard.
        while not set(NAMES) <= heard:
            told.append(await talk.hear())
            if told[-1]["type"] == "agent_chunk":
                heard.add(told[-1]["agent"])
        assert [
            message
            for message in told
            if message.get("agent") in NAMES and message["type"] == "agent_complete"
        ] == []
        assert all(not cast.asked[name].ended.is_set() for name in NAMES)
        for name in reversed(NAMES):
            cast.replies[name].release()
            told.append(await talk.until("agent_complete"))
            assert told[-1]["agent"] == name
        told += await talk.rest()
        assert told[-1]["type"] == "complete"
        assert all(words_of(told, name).startswith(f"{name} begins") for name in NAMES)


async def test_the_one_who_answers_is_told_what_the_others_found(tmp_path: Path) -> None:
    cast = Cast({"general": said("Take Global Parts Inc", " [1].", thought=("They are fast.",))})
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {"wire.md": WIRE}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk)
        told = await talk.rest()
        words = cast.asked["general"].words
        assert all(f'{name} found:\n"{name} says so."' in words for name in ("rag", *NAMES))
        assert "[1] wire.md: " in words
        assert words.endswith(f"Request: {QUESTION}")
        assert "[1] wire.md: " in cast.asked["research"].words
        chunks = told_by(told, "general", "agent_chunk")
        assert "".join(chunk["reasoning"] for chunk in chunks) == "They are fast."
        assert "".join(chunk["chunk"] for chunk in chunks) == "Take Global Parts Inc [1]."
        assert chunks[-1]["confidence"] == pytest.approx(0.8)
        assert told[-1]["response"] == "Take Global Parts Inc [1]."
        assert told[-1]["model"] != "offline"
        assert told[-1]["data"]["usage"]["output_tokens"] > 0


async def test_one_after_the_other_each_is_told_what_those_before_found(tmp_path: Path) -> None:
    cast = Cast()
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk, coordination_mode="sequential")
        assert (await talk.rest())[-1]["type"] == "complete"
        assert "says so" not in cast.asked["research"].words
        assert "research says so." in cast.asked["analysis"].words
        assert "analysis says so." in cast.asked["ideation"].words


async def test_a_failure_is_reported_and_the_run_goes_on_with_what_there_is(tmp_path: Path) -> None:
    cast = Cast({"analysis": failed(400, "invalid_request_error")})
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {"wire.md": WIRE}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk)
        told = await talk.rest()
        (complete,) = told_by(told, "analysis", "agent_complete")
        assert complete["metadata"]["status"] == "failed"
        assert complete["message"] == complete["metadata"]["error"]
        assert told[-1]["type"] == "complete"
        assert told[-1]["response"] == "general says so."
        assert told[-1]["metadata"]["statuses"]["analysis"] == "failed"
        assert 'analysis found:\n"nothing: it failed"' in cast.asked["general"].words


async def test_one_that_takes_too_long_is_left_out(tmp_path: Path) -> None:
    cast = Cast({"research": said("I am ", "still reading", holds=frozenset({1}))})
    (tmp_path / "config.toml").write_text("[agents.research]\ntimeout_seconds = 1.5\n")
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk)
        told = await talk.rest()
        (complete,) = told_by(told, "research", "agent_complete")
        assert complete["metadata"]["status"] == "timed_out"
        assert "longer than 1.5 seconds" in complete["message"]
        assert told_by(told, "research", "agent_chunk")[0]["chunk"] == "I am "
        assert told[-1]["type"] == "complete"
        async with asyncio.timeout(PATIENCE_SECONDS):
            await cast.asked["research"].cut.wait()


async def test_when_the_one_who_answers_fails_the_run_ends_in_an_error_that_names_it(tmp_path: Path) -> None:
    cast = Cast({"general": failed(400, "invalid_request_error")})
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {}, api) as daemon,
        talking(daemon) as talk,
    ):
        for mode in ("parallel", "primary_only"):
            await begun(talk, coordination_mode=mode)
            told = await talk.rest()
            assert (told[-1]["type"], told[-1]["agent"]) == ("error", "general")
            assert told[-1]["code"] == "model_failed", (
                "the model's own error, so that one sees whether to retry"
            )
            assert told[-1]["kind"] == "bad_request"
            assert outline(told).count("error:general") == 1


async def test_a_cancelled_run_closes_every_stream(tmp_path: Path) -> None:
    cast = Cast({name: said(f"{name} begins, ", "and ends.", holds=frozenset({1})) for name in NAMES})
    async with (
        MessagesApi(answer=cast) as api,
        daemon_with(tmp_path, {}, api) as daemon,
        talking(daemon) as talk,
    ):
        await begun(talk)
        heard: set[str] = set()
        while not set(NAMES) <= heard:
            message = await talk.until("agent_chunk")
            heard.add(message["agent"])
        await talk.client.send(type="cancel", run_id=message["run_id"])
        told = await talk.rest()
        assert told[-1]["type"] == "cancelled"
        async with asyncio.timeout(PATIENCE_SECONDS):
            for name in NAMES:
                await cast.asked[name].cut.wait()


async def test_after_a_crash_no_agent_is_asked_twice_that_had_answered(tmp_path: Path) -> None:
    cast = Cast({"general": said("Take ", "Global Parts Inc.", holds=frozenset({1}))})
    async with MessagesApi(answer=cast) as api, daemon_with(tmp_path, {"wire.md": WIRE}, api) as daemon:
        async with talking(daemon) as talk:
            await begun(talk)
            told = [await talk.hear()]
            while told[-1].get("agent") != "general" or told[-1]["type"] != "agent_chunk":
                told.append(await talk.hear())
            await daemon.kill()
        asked = len(api.requests)
        cast.replies["general"] = said("Take ", "Wire & Sons.")
        await daemon.start()
        async with talking(daemon) as talk:
            await talk.client.send(type="attach", run_id=told[0]["run_id"])
            told = [message for message in await talk.rest() if "run_seq" in message]
        assert len(api.requests) == asked + 1
        assert is_in_order(told)
        for agent in ("rag", *NAMES, "general"):
            assert (
                len(told_by(told, agent, "agent_start")) == len(told_by(told, agent, "agent_complete")) == 1
            )
        shares = [message["progress"] for message in told if message["type"] == "progress"]
        assert shares == sorted(set(shares))
        void = {seq for message in told if message["type"] == "attempt_reset" for seq in message["void"]}
        stands = [message for message in told if message["run_seq"] not in void]
        assert words_of(stands, "general") == told[-1]["response"] == "Take Wire & Sons."
