"""The content generator: sections in order as they grow, what subscribers see of it, and how good it is."""

from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from streamd.writing.quality import quality_of
from tests.agents.conversation import Json, Talk, asked_by, daemon_with, talking
from tests.support.daemon import Message
from tests.support.messages_api import MessagesApi
from tests.support.model_replies import said

pytestmark = pytest.mark.requirement("C3")

SECTIONS: Final = ("headline", "subheadline", "body", "cta")
BRIEF: Final[Json] = {
    "product": "QuietFan",
    "audience": "people who work at home",
    "tone": "plain",
    "benefits": ["cools a room in five minutes", "saves half the power"],
    "facts": ["It runs at 18 decibels."],
    "keywords": ["quiet fan"],
}
HEADLINE: Final = "Cool a room in five minutes with QuietFan"
POOR: Final = "Truly amazing and simply incredible revolutionary solutions that unlock seamless synergy for really everyone"


async def written(talk: Talk, **message: object) -> list[Message]:
    """Subscribe to quality, have content written, and wait until all that is broadcast of it has come."""
    await talk.ask(type="subscribe", topics=["quality"])
    told = await talk.request("content", "Write a landing page for QuietFan", **{"context": BRIEF, **message})
    while sum(each["event_type"] == "quality_updated" for each in talk.broadcasts) < len(SECTIONS):
        await talk.ask(type="ping")
    return told


def broadcast(talk: Talk, event_type: str, section: str) -> list[Json]:
    return [
        each["data"]
        for each in talk.broadcasts
        if each["event_type"] == event_type and each["data"]["section"] == section
    ]


def texts(told: list[Message]) -> dict[str, str]:
    """What stands of each section when what is void is thrown away."""
    pieces: dict[str, dict[str, str]] = defaultdict(dict)
    for message in told:
        if message["type"] in SECTIONS:
            held = pieces[message["type"]]
            held[message["message_id"]] = held.get(message["message_id"], "") + message["content"]
        elif message["type"] == "attempt_reset":
            for held in pieces.values():
                held.pop(message["message_id"], None)
    return {section: "".join(held.values()) for section, held in pieces.items()}


async def test_sections_come_in_order_word_by_word_with_how_sure_they_sound(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await written(talk)
        types = [message["type"] for message in told if message["type"] in SECTIONS]
        assert list(dict.fromkeys(types)) == list(SECTIONS)
        assert types == sorted(types, key=SECTIONS.index)
        assert types.count("body") > 1
        for message in told:
            if message["type"] in SECTIONS:
                assert set(message["metadata"]) == {"confidence", "reasoning", "timestamp"}
                assert isinstance(message["metadata"]["timestamp"], int)
                assert 0 <= message["metadata"]["confidence"] <= 1
        last = told[-1]
        assert last["sections"] == texts(told)
        assert last["message"] == "\n\n".join(last["sections"][section] for section in SECTIONS)
        assert "18 decibels" in last["sections"]["body"]


async def test_each_section_is_shown_as_it_grows_and_once_as_a_whole(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await written(talk)
        for section in SECTIONS:
            shown = broadcast(talk, "section_updated", section)
            whole = told[-1]["sections"][section]
            assert [each["complete"] for each in shown] == [False] * (len(shown) - 1) + [True]
            assert len(shown) >= 2
            assert all(whole.startswith(each["content"].strip()) for each in shown)
            assert shown[-1]["content"] == whole
            lengths = [len(each["content"]) for each in shown[:-1]]
            assert lengths == sorted(set(lengths))
            for each in shown:
                assert each["id"] == each["sectionId"] == section
                assert each["updates"] == {
                    "type": section, "content": each["content"], "complete": each["complete"],
                }  # fmt: skip


async def test_the_quality_of_each_section_is_told_with_what_it_is_made_of(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await written(talk)
        for section in SECTIONS:
            (quality,) = broadcast(talk, "quality_updated", section)
            expected = quality_of(section, told[-1]["sections"][section], BRIEF)
            assert quality["score"] == told[-1]["qualities"][section]["score"] == expected.score
            assert [one["name"] for one in quality["components"]] == [one.name for one in expected.components]
            assert all({"score", "weight", "explanation"} < set(one) for one in quality["components"])
            assert quality["components"] == told[-1]["qualities"][section]["components"]
        order = [
            each["data"]["section"] for each in talk.broadcasts if each["event_type"] == "quality_updated"
        ]
        assert order == list(SECTIONS)
        shares = [message["progress"] for message in told if message["type"] == "progress"]
        assert shares == [0.25, 0.5, 0.75, 1.0]


async def test_contents_of_different_pages_are_told_apart(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        await written(talk, context={**BRIEF, "page": "home"})
        assert {each["id"] for each in broadcast(talk, "section_updated", "cta")} == {"home/cta"}


async def test_without_a_brief_it_says_what_is_missing(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await written(talk, context={})
        assert "the brief names no benefits" in told[-1]["sections"]["body"]


async def test_later_sections_know_the_earlier_ones_and_the_model_knows_the_brief(tmp_path: Path) -> None:
    async with (
        MessagesApi() as api,
        daemon_with(tmp_path, api=api, STREAMD_RUNS__MAX_REVISIONS="0") as daemon,
        talking(daemon) as talk,
    ):
        api.script(
            said("Cool a room ", "in five minutes with QuietFan"),
            said("second"),
            said("third"),
            said("Try it"),
        )
        told = await written(talk)
        assert told[-1]["sections"] == {
            "headline": HEADLINE, "subheadline": "second", "body": "third", "cta": "Try it",
        }  # fmt: skip
        assert {asked_by(request) for request in api.requests} == {"content"}
        words = [request.words for request in api.requests]
        assert all("18 decibels" in each for each in words)
        assert "Written already" not in words[0]
        assert f"headline: {HEADLINE}" in words[1]
        assert "body: third" in words[3]


async def test_what_is_thought_is_told_apart_from_what_is_written(tmp_path: Path) -> None:
    async with (
        MessagesApi() as api,
        daemon_with(tmp_path, api=api, STREAMD_RUNS__MAX_REVISIONS="0") as daemon,
        talking(daemon) as talk,
    ):
        api.answer = lambda _: said("Cool ", "rooms", thought=("Short is good.",))
        told = await written(talk)
        headline = [message for message in told if message["type"] == "headline"]
        assert "".join(message["metadata"]["reasoning"] for message in headline) == "Short is good."
        assert texts(told)["headline"] == "Cool rooms"


@pytest.mark.parametrize(
    ("again", "stands"),
    [(HEADLINE, HEADLINE), ("", POOR)],
    ids=["the better one", "the first, being the better one"],
)
async def test_a_poor_section_is_written_once_more_and_the_better_one_stands(
    tmp_path: Path, again: str, stands: str
) -> None:
    async with MessagesApi() as api, daemon_with(tmp_path, api=api) as daemon, talking(daemon) as talk:
        second = said(again) if again else said("Wow")
        body = "QuietFan cools a room in five minutes and saves half the power. It runs at 18 decibels. " * 3
        api.script(
            said(POOR), second, said("The quiet fan cools a room in five minutes and saves half the power."),
            said(body), said("Cool a room"),
        )  # fmt: skip
        told = await written(talk)
        resets = [message for message in told if message["type"] == "attempt_reset"]
        assert "written once more" in resets[0]["message"]
        assert len(resets) == (1 if again else 2)
        assert texts(told)["headline"] == told[-1]["sections"]["headline"] == stands
        assert "You wrote:" in api.requests[1].words
        assert "say little" in api.requests[1].words
        (quality,) = broadcast(talk, "quality_updated", "headline")
        assert quality["score"] == quality_of("headline", stands, BRIEF).score
        assert broadcast(talk, "section_updated", "headline")[-1]["content"] == stands
        assert len(api.requests) == 5
