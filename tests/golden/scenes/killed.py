"""Runs in the middle of everything, each in a workspace and of a user of its own, when the daemon is killed."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final

import attrs

from tests.golden.alike import Names, plain, story
from tests.golden.asking import run
from tests.golden.scenes.replies import IS_ABOUT, Script
from tests.golden.scenes.stage import Scene, Stage
from tests.support.daemon import PATIENCE_SECONDS, Client
from tests.support.following import Follower, follow
from tests.support.model_replies import Call, Fault, Reply, called, failed, said, structured

ENVIRON: Final = {"STREAMD_RUNS__MAX_CONCURRENT_PER_USER": "1"}
MANY: Final = 500
STALE: Final = "stale"
"""The workspace whose broken stream was put aside too long ago to be gone on with."""


def _adds(count: int) -> Call:
    return Call(
        "add_items", {"items": [{"type": "note", "name": f"Note {number}"} for number in range(count)]}
    )


@attrs.define
class _Play:
    """The scene while it is played."""

    stage: Stage
    stack: AsyncExitStack
    script: Script = attrs.field(factory=Script)
    clients: dict[str, Client] = attrs.field(factory=dict)
    followers: dict[tuple[str, str], Follower] = attrs.field(factory=dict)

    async def client(self, workspace: str) -> Client:
        """A client of a user who is named like the workspace."""
        if workspace not in self.clients:
            connecting = self.stage.daemon.client(workspace=workspace, user_id=workspace)
            self.clients[workspace] = await self.stack.enter_async_context(connecting)
        return self.clients[workspace]

    async def begin(self, workspace: str, name: str = "run", **message: object) -> Follower:
        """Begin a run, and hear its first response."""
        client, follower = await self.client(workspace), Follower(name)
        whole = {"type": "user_request", "thread_id": name, "user_input": f"Go on ({workspace})", **message}
        await client.send(**whole, request_id=name)
        await follower.hear(client, 1)
        self.followers[workspace, name] = follower
        return follower

    async def said(self, workspace: str, *words: str) -> None:
        """Hear a run until it has told all these words."""
        client, follower = self.clients[workspace], self.followers[workspace, "run"]
        while not all(one in str(follower.told) for one in words):
            assert not follower.has_ended, follower.told
            await follower.hear(client, len(follower.told) + 1)

    async def cut_off(self) -> None:
        """Kill the daemon, and note everything that was heard of each run."""
        await self.stage.daemon.kill()
        for (workspace, name), follower in self.followers.items():
            client = self.clients[workspace]
            others = [one for (place, _), one in self.followers.items() if place == workspace]
            assert len(others) == 1, "what is left is heard by one alone"
            await follower.hear_rest(client)
            assert not follower.has_ended, (workspace, follower.last)
            self.stage.note_run(client, name, follower)


async def play(stage: Stage) -> None:
    """Write the database."""
    daemon = stage.daemon
    async with daemon.client(workspace="often", user_id="often") as client:
        lingering = Follower("run")
        message = {"type": "user_request", "user_input": "Linger", "agent": "lingers", "thread_id": "run"}
        await client.send(**message, request_id="run")
        await lingering.hear_type(client, "content")
        stage.note_run(client, "run", lingering)
    for _ in range(2):  # the third attempt is cut off with all the others, and is the last one
        await daemon.kill()
        await daemon.start()
        async with daemon.client(workspace="often", user_id="often") as client:
            attached = await client.ask(type="attach", thread_id="run")
            assert attached["status"] in ("pending", "running"), attached
            await client.ask(type="publish", event_type="kept", data={})  # and with it the attempt
    async with AsyncExitStack() as stack:
        playing = _Play(stage, stack)
        stage.api.answer = playing.script.answer
        await _talking(playing)
        await _working(playing)
        await _waiting(playing)
        await _many(playing)
        await playing.cut_off()
    stage.notes[STALE]["stale"] = True


async def _reached(reply: Reply, position: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reply.reached(position)


async def _talking(play: _Play) -> None:
    """In a turn of the model, or between two attempts at it."""
    says = play.script.says
    says(said("It was ", "a dark ", "night.", holds=frozenset({2})), "(cut)")
    await play.begin("cut", agent="general")
    await play.said("cut", "a dark ")

    thinking = says(said("x", thought=("Hm, ", "well"), holds=frozenset({1})), "(thinking)")
    await play.begin("thinking", agent="general")
    await _reached(thinking, 1)

    for workspace in ("broken", STALE):
        says(said("In the mid", "x", fault=Fault(1, "cut")), f"({workspace})")
        says(failed(529, "overloaded_error", headers={"retry-after": "60"}), f"({workspace})")
        follower = await play.begin(workspace, agent="general")
        await play.said(workspace, "In the mid")
        await play.stage.daemon.logs("model_stream_failed", follower.run_id, "overloaded")

    play.script.intents["(intent)"] = slow = said("{", holds=frozenset({1}))
    await play.begin("intent")
    await _reached(slow, 1)

    says(said("One, ", "two", holds=frozenset({1})), "(after the turn)")
    await play.begin("after-the-turn", user_input="Count (after the turn)", agent="general")
    await play.said("after-the-turn", "One, ")
    client = play.clients["after-the-turn"]
    await client.send(type="cancel", thread_id="run", mode="after_turn", request_id="cancel")
    await client.until(lambda message: message.get("type") == "ack")


async def _working(play: _Play) -> None:
    """In the middle of what agents do with several turns, nodes, helpers."""
    says, begin = play.script.says, play.begin
    says(called(_adds(3), text=("I add ", "three. ")), "(turn)")
    says(said("They are ", "there.", holds=frozenset({1})), "(turn)")
    await begin("turn", agent="general")
    await play.said("turn", "They are ")

    tool = says(called(_adds(1), text=("I shall. ",), holds=frozenset({2})), "(tool)")
    await begin("tool", agent="general")
    await _reached(tool, 2)

    says(said("Oil ", "it."), "(coordinator)", "You are the one who finds out")
    says(said("Paint ", "it.", holds=frozenset({1})), "(coordinator)", "You are the one who weighs")
    request = {
        "query": "What about rust? (coordinator)", "primary_agent": "general", "thread_id": "run",
        "supporting_agents": ["research", "analysis"],
    }  # fmt: skip
    await begin("coordinator", type="multi_agent_request", request=request)
    await play.said("coordinator", "'response': 'Oil it.'", "'chunk': 'Paint '")

    for words in (("Day 1: ", "Alfama"), ("# Lisbon: ", "one day")):
        says(said(*words, holds=frozenset({1}) if "# Lisbon: " in words else frozenset()), "(trip)")
    await begin(
        "trip", user_input="One day in Lisbon (trip)", agent="trip_planner", options={"max_revisions": 1}
    )
    await play.said("trip", "# Lisbon: ")

    says(said("Sensors that ", "warn you ", "before pipes freeze"), "(content)")
    says(said("They hang ", "on the wall.", holds=frozenset({1})), "(content)")
    await begin("content", user_input="Sensor Hub (content)", agent="content", context={"page": "spring"})
    await play.said("content", "They hang ")

    plan = {
        IS_ABOUT: "multi_step",
        "confidence": 0.9,
        "steps": ["inventory_management", "supplier_management"],
    }
    play.script.intents["(team)"] = structured(plan)
    says(said("Stock is ", "low."), "(team)")
    says(said("Buy ", "some.", holds=frozenset({1})), "(team)")
    await begin("team", user_input="Check the stock and recommend suppliers (team)", agent="team")
    await play.said("team", "Buy ")


async def _waiting(play: _Play) -> None:
    """An agent of somebody's own between two of its steps; runs that wait for a place, and for their thread."""
    gate = {"gate": "visit Plot 2"}
    await play.begin("survey", user_input="Survey", agent="surveyor", context=gate)
    await play.said("survey", "visiting Plot 2", "'node': 'south'")
    await play.clients["survey"].heard(11)  # six additions, two visits in the north and three in the south

    client = await play.client("resumed")
    asked = await follow(
        client, "asked", type="user_request", user_input="Survey", agent="surveyor", thread_id="run",
        context={"gate": "tidy"},
    )  # fmt: skip
    play.stage.note_run(client, "asked", asked)
    play.followers["resumed", "run"] = follower = Follower("run")
    await client.send(
        type="respond", interrupt_id=asked.last["interrupt"]["interrupt_id"], decision="approve",
        value={"colour": "blue"}, request_id="run",
    )  # fmt: skip
    await follower.hear_type(client, "item_removed")

    async with play.stage.daemon.client(workspace="pending", user_id="cut") as client:
        await client.send(
            type="user_request", context={"item_type": "note", "count": 2}, thread_id="run", request_id="run"
        )
        attached = await client.ask(type="attach", thread_id="run")
        assert attached["status"] == "pending", attached
        play.stage.noted(client)["runs"]["run"] = attached["run_id"]
        play.stage.noted(client)["heard"]["run"] = []
    async with play.stage.daemon.client(workspace="cut", user_id="queued") as client:
        await client.send(
            type="user_request", context={"item_type": "note", "count": 3}, thread_id="run", request_id="queued",
            options={"multitask": "enqueue"},
        )  # fmt: skip
        attached = await client.ask(type="attach", thread_id="run")
        assert attached["status"] == "pending", attached
        play.stage.noted(client)["runs"]["queued"] = attached["run_id"]
        play.stage.noted(client)["heard"]["queued"] = []


async def _many(play: _Play) -> None:
    """In the middle of a tool's work. The last of all: it does not wait."""
    play.script.says(called(_adds(MANY), text=("Many. ",)), "(many)")
    await play.begin("many", agent="general")
    follower, client = play.followers["many", "run"], play.clients["many"]
    while sum(message["type"] == "item_added" for message in follower.told) < 64:
        assert not follower.has_ended, follower.last
        await follower.hear(client, len(follower.told) + 1)


async def after(stage: Stage) -> dict[str, Any]:
    """What the runs tell that go on, what becomes of the items, and how often a model was asked."""
    names = {run_id: f"<{name}>" for notes in stage.notes.values() for name, run_id in notes["runs"].items()}
    whole = {
        workspace: {
            name: await run(stage.daemon, workspace, run_id) for name, run_id in notes["runs"].items()
        }
        for workspace, notes in stage.notes.items()
    }
    found: dict[str, Any] = {"requests": len(stage.api.requests)}
    for workspace, runs in whole.items():
        known = Names(names, numbered=False)
        async with stage.daemon.client(workspace=workspace, snapshot=1) as client:
            listed = await client.ask(type="list_items", limit=1000)
            found[workspace] = {
                "runs": {name: story(one["told"], known) for name, one in runs.items()},
                "items": plain(listed["items"], known),
                "seq": client.greeting["seq"],
            }
    return found


SCENE: Final = Scene(play, ENVIRON, on_a_model=True, found=None, after=after)
