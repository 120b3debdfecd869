"""By chance: the daemon is killed at moments that nobody chose, while several models are at work with tools."""

from collections.abc import Callable
from random import Random
from typing import Final

import attrs
import pytest

from tests.support.daemon import Daemon, Message
from tests.support.following import is_in_order
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Call, Fault, Reply, called, said
from tests.support.run_streams import check_stream
from tests.support.scripted_model import LAST, kinds, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C5")]

VARIABLES: Final = {"STREAMD_RUNS__MAX_ATTEMPTS": "100"}
RUNS: Final = 6
NOTES: Final = 40
WORDS: Final = (
    ("First ", "I add ", "them. "),
    ("Then I ", "mark ", "the first. "),
    ("Now ", "it is ", "done."),
)
ANSWER: Final = "First I add them. Then I mark the first. Now it is done."


@attrs.define
class Worker:
    """A model that adds notes, marks one of them and says so; now and then its stream breaks."""

    chance: Random
    asked: list[tuple[str, int]] = attrs.field(factory=list)

    def answer(self, request: Request) -> Reply:
        messages = request.body["messages"]
        number = messages[0]["content"][0]["text"].rpartition(" ")[2]
        goes_on = "was interrupted" in request.words
        turn = sum(message["role"] == "assistant" for message in messages)
        self.asked.append((number, turn))
        words: tuple[str, ...] = WORDS[turn]
        if goes_on:
            shown = request.words.split("\n----------\n")[1].removesuffix("\n----------")
            rest = "".join(words).removeprefix(shown)
            words = (rest,) if rest else ()
        fault = Fault(1, "cut") if self.chance.random() < 0.2 and words else None
        if turn == 0:
            items = [
                {"id": f"{number}-{index}", "type": "note", "name": f"Note {index} of {number}", "marks": 0}
                for index in range(NOTES)
            ]
            return called(Call("add_items", {"items": items}), text=words, fault=fault)
        if turn == 1:
            edit = {"item_id": f"{number}-0", "inc": {"marks": 1}}
            return called(Call("change_items", {"edits": [edit]}), text=words, fault=fault)
        return said(*words, fault=fault)


@pytest.mark.soak
async def test_runs_come_to_their_end_once_whatever_moment_the_daemon_dies_at(
    api: MessagesApi, daemon: Daemon, soak: Callable[[int, int], int]
) -> None:
    chance = Random(7)
    for round_ in range(soak(1, 60)):
        worker = Worker(chance)
        api.answer = worker.answer
        workspace = f"round-{round_}"
        heard: dict[str, list[Message]] = {}
        async with daemon.client(workspace=workspace) as client:
            for number in range(RUNS):
                await client.send(
                    type="user_request", user_input=f"Add notes for {number}", agent="general",
                    request_id=number, user_id=f"u{number}",
                )  # fmt: skip
            for _ in range(chance.randrange(1, RUNS * NOTES)):
                message = await client.until(lambda message: "run_seq" in message)
                heard.setdefault(message["run_id"], []).append(message)
            await daemon.kill()
        await daemon.start()
        async with daemon.client(workspace=workspace) as back:
            for run_id, told in heard.items():
                await back.send(type="attach", run_id=run_id, after=told[-1]["run_seq"])
            while any(told[-1]["type"] not in LAST for told in heard.values()):
                message = await back.until(lambda message: "run_seq" in message)
                heard[message["run_id"]].append(message)
            listed = await back.ask(type="list_items", limit=1000)
        items = {item["id"]: item for item in listed["items"]}
        for told in heard.values():
            check(told)
            check_stream(daemon, told)
            number = told[0]["request_id"]
            marks = [items[f"{number}-{index}"]["marks"] for index in range(NOTES)]
            assert marks == [1] + [0] * (NOTES - 1)
            turns = [turn for asked, turn in worker.asked if asked == str(number)]
            assert turns == sorted(turns), "a turn that is over is not asked again"


def check(told: list[Message]) -> None:
    assert is_in_order(told)
    assert kinds(told)[-1] == "complete", told[-1]
    assert text(told) == ANSWER
    added = [message["item_id"] for message in told if message["type"] == "item_added"]
    assert len(added) == len(set(added)) == NOTES
    assert kinds(told).count("field_changed") == 1
    assert told[-1]["data"]["added"] == added
