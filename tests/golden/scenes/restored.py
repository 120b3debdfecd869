"""Runs that are cut off where they need one of the things that are kept of them: each thing in a workspace of its own."""

from contextlib import AsyncExitStack
from typing import Final

from tests.golden.agents import CHORES
from tests.golden.scenes.killed import after
from tests.golden.scenes.stage import Scene, Stage
from tests.support.daemon import Client, Message
from tests.support.following import Follower, follow

ENVIRON: Final = {"STREAMD_RUNS__MAX_ITEMS_PER_RUN": "8"}
POTS: Final = [{"id": f"pot-{number}", "type": "pot", "name": f"Pot {number}"} for number in range(6)]


async def play(stage: Stage) -> None:
    """Write the database."""
    async with AsyncExitStack() as stack:
        resting = []
        for chore in (*CHORES, "roamer", "climber"):
            connecting = stage.daemon.client(workspace=chore.replace(" ", "-"), user_id="ann")
            client = await stack.enter_async_context(connecting)
            await client.ask(type="bulk", operation="add_multiple", items=POTS)
            resting.append((client, await _rest(stage, client, chore)))
            await client.ask(
                type="publish", event_type="kept", data={}
            )  # and with it the run, as far as it is
        await stage.daemon.kill()
        for client, follower in resting:
            await follower.hear_rest(client)
            assert not follower.has_ended, follower.last
            stage.note_run(client, "run", follower)


async def _rest(stage: Stage, client: Client, chore: str) -> Follower:
    """Bring a run to where it rests."""
    agent = "gardener" if chore in CHORES else chore
    message: Message = {
        "type": "user_request", "user_input": "Hello", "agent": agent, "thread_id": "run",
        "context": {"do": chore, "gate": "rest"},
    }  # fmt: skip
    if chore == "allowed":
        asked = await follow(client, "asked", **message)
        stage.note_run(client, "asked", asked)
        message = {
            "type": "respond", "interrupt_id": asked.last["interrupt"]["interrupt_id"], "decision": "edit",
            "value": {"item_ids": ["pot-1", "pot-3"]},
        }  # fmt: skip
    follower = Follower("run")
    await client.send(**message, request_id="run")
    await follower.hear_type(client, "progress")
    if chore == "roamer":
        while "'node': 'west'" not in str(follower.told):
            await follower.hear(client, len(follower.told) + 1)
    return follower


SCENE: Final = Scene(play, ENVIRON, found=None, after=after)
