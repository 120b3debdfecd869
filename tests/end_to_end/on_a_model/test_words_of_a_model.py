"""On a real stream: words as they come, thoughts apart from them, and how sure they sound."""

import asyncio
import time
from typing import Final

import pytest

from tests.support.daemon import PATIENCE_SECONDS, Client
from tests.support.model_replies import Call, Fault, Raw, Reply, Thinking, Words, called, said
from tests.support.scripted_model import Scripted, ask, kinds, reasoning, rest, standing, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C2")]

STALL_SECONDS: Final = 0.8
VARIABLES: Final = {"STREAMD_MODELS__STALL_SECONDS": str(STALL_SECONDS)}


async def test_each_word_is_told_when_it_comes_and_in_one_shape(client: Client, model: Scripted) -> None:
    reply = said("One, ", "two, ", "three.", thought=("Let me ", "count."), holds=frozenset({1, 2, 3, 4}))
    model.says(reply)
    before = time.time() * 1000
    await client.send(type="user_request", user_input="Count", agent="general")
    told = []
    for words in ("Let me ", "count.", "One, ", "two, ", "three."):
        # The next word is not written before this one is heard.
        told.append(await client.until(lambda message: message.get("type") == "content"))
        assert told[-1]["content"] + told[-1]["reasoning"] == words
        reply.release()
    after = time.time() * 1000
    assert [message["content"] for message in told] == ["", "", "One, ", "two, ", "three."]
    assert [message["reasoning"] for message in told] == ["Let me ", "count.", "", "", ""]
    for message in told:
        assert message["confidence"] == 0.7
        assert isinstance(message["timestamp"], int)
        assert before - 1 <= message["timestamp"] <= after + 1
        assert message["agent"] == "general"
        assert message["message_id"] == told[0]["message_id"]
    assert [one["timestamp"] for one in told] == sorted(one["timestamp"] for one in told)
    assert (await rest(client))[-1]["message"] == "One, two, three."


TAGGED: Final = (
    "<thinking>Is 2 < 3, or </think>?</thinking>Yes: <b>2</b> < 3 <think> <thinking>so</thinking>."
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, len(TAGGED)])
async def test_thoughts_in_tags_are_no_content_wherever_the_chunks_are_cut(
    client: Client, model: Scripted, size: int
) -> None:
    model.says(said(*(TAGGED[at : at + size] for at in range(0, len(TAGGED), size))))
    told = await ask(client, "Is it?", agent="general")
    assert text(told) == "Yes: <b>2</b> < 3 <think> <thinking>so</thinking>."
    assert reasoning(told) == "Is 2 < 3, or </think>?"
    assert told[-1]["message"] == text(told)
    for message in standing(told):
        assert bool(message["content"]) != bool(message["reasoning"])


async def test_thoughts_stay_apart_where_a_stream_breaks_inside_a_tag(
    client: Client, model: Scripted
) -> None:
    model.says(
        said("<thinking>I wei", "gh it</thi", "x", fault=Fault(2, "cut")), said("nking>It is ", "light.")
    )
    told = await ask(client, "Is it?", agent="general")
    assert text(told) == "It is light."
    assert reasoning(told) == "I weigh it"


async def test_a_tag_that_is_never_closed_hides_nothing_for_good(client: Client, model: Scripted) -> None:
    model.says(said("<think", "ing>", "So far", "</"))
    told = await ask(client, "Is it?", agent="general")
    assert text(told) == told[-1]["message"] == "<thinking>So far</"


async def test_confidence_goes_by_the_words_of_the_answer_so_far(client: Client, model: Scripted) -> None:
    chunks = ("It is low ", "beca", "use ", "of [1", "], and there", "fore ", "might ", "perhaps ", "end.")
    model.says(said(*chunks, thought=("Possibly not, because of [3]",)))
    told = await ask(client, "Why?", agent="general")
    heard = [message["confidence"] for message in standing(told) if message["content"]]
    assert heard == [0.7, 0.7, 0.8, 0.8, 0.9, 0.9, 0.8, 0.8, 0.8]
    assert text(told) == "".join(chunks)


async def test_each_answer_of_a_model_at_work_has_an_id_of_its_own(client: Client, model: Scripted) -> None:
    model.says(called(Call("list_items"), text=("I look, because I must. ",)), said("Nothing."))
    told = await ask(client, "What is there?", agent="general")
    first, second = standing(told)
    assert first["message_id"] != second["message_id"]
    assert (first["confidence"], second["confidence"]) == (0.8, 0.7)


async def test_a_model_that_thinks_for_long_is_not_given_up_while_it_pings(
    client: Client, model: Scripted
) -> None:
    reply = said("At last.", holds=frozenset({0}), ping_seconds=STALL_SECONDS / 8)
    model.says(reply)
    asking = asyncio.create_task(ask(client, "Think", agent="general"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reply.pinged(16)
    reply.release()
    assert text(await asking) == "At last."
    assert len(model.asked) == 1


async def test_blocks_that_nobody_knows_yet_and_empty_ones_disturb_nothing(
    client: Client, model: Scripted
) -> None:
    parts = (Thinking(()), Raw({"type": "redacted_thinking", "data": "c2VjcmV0"}), Words(()), Words(("Hi.",)))
    model.says(Reply(parts))
    told = await ask(client, "Hello", agent="general")
    assert [message["content"] for message in standing(told)] == ["Hi."]
    assert "c2VjcmV0" not in str(told)


async def test_an_answer_without_a_word_is_asked_for_once_more(client: Client, model: Scripted) -> None:
    model.says(Reply(), said("Nothing."))
    told = await ask(client, "Say nothing", agent="general")
    assert kinds(told)[-2:] == ["general_complete", "complete"]
    assert told[-1]["message"] == "Nothing."


async def test_words_of_all_languages_come_through_whole(client: Client, model: Scripted) -> None:
    words = ("Grüße, ", "日本", "語 ", "👩‍🔧", " \u2028 \x00 ", '"quoted"\n')
    model.says(said(*words))
    told = await ask(client, "Sag was", agent="general")
    assert text(told) == "".join(words)


async def test_halves_of_characters_are_joined_and_those_left_alone_do_no_harm(
    client: Client, model: Scripted
) -> None:
    model.says(said("a ", "\ud83d", "\ude00 b", "\udc00", " c\n", "\ud83d", thought=("\ud83d", "so")))
    told = await ask(client, "Go on", agent="general")
    assert text(told) == told[-1]["message"] == "a 😀 b\ufffd c\n"
    assert reasoning(told) == "\ufffdso"
