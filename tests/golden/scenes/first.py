"""What the first schema could hold: items and their history, operations, runs by rules, one of them cut off."""

from typing import Final

from tests.golden.scenes.offline import do_once, write_items
from tests.golden.scenes.stage import Scene, Stage
from tests.support.following import Follower, follow

REQUESTS: Final = (
    "Add 3 inventory items", "Show all low stock items", "Set the stock of Bolt to 510", "Rename Cable to Red Cable",
    "Remove item Red Cable", "Add 2 suppliers", "What is a bolt?",
)  # fmt: skip


async def play(stage: Stage) -> None:
    """Write the database."""
    daemon = stage.daemon
    async with (
        daemon.client(workspace="shop", user_id="ann") as ann,
        daemon.client(workspace="shop", user_id="bob") as bob,
    ):
        await write_items(stage, ann, bob)
        await do_once(stage, ann, bob)
        for number, words in enumerate(REQUESTS):
            run = await follow(ann, f"run {number}", type="user_request", user_input=words, thread_id="t")
            stage.note_run(ann, f"run {number}", run)
    async with daemon.client(workspace="cut", user_id="ann") as client:
        follower = Follower("run")
        await client.send(type="user_request", user_input="Add 3000 notes", thread_id="t", request_id="run")
        while sum(message["type"] == "item_added" for message in follower.told) < 30:
            assert not follower.has_ended, follower.last
            await follower.hear(client, len(follower.told) + 1)
        await daemon.kill()
        await follower.hear_rest(client)
        assert not follower.has_ended, follower.last
        stage.noted(client)["cut"] = {"run_id": follower.run_id, "heard": follower.told}


SCENE: Final = Scene(play)
