"""What all scenes are written with: a daemon, and notes of what was done on it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs

from tests.golden.asking import everything, without
from tests.support.daemon import Client, Daemon, Message
from tests.support.following import Follower, follow
from tests.support.messages_api import MessagesApi


@attrs.define
class Stage:
    """A daemon that a scene is played on."""

    daemon: Daemon
    api: MessagesApi
    """What its language model answers, if it has one."""
    notes: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    """By workspace: what has to be known of it later."""

    def noted(self, client: Client) -> dict[str, Any]:
        """The notes of a client's workspace."""
        empty: dict[str, Any] = {
            name: [] for name in ("threads", "ops", "gone", "queries", "agents", "answers")
        }
        return self.notes.setdefault(client.greeting["workspace"], {"runs": {}, "heard": {}, **empty})

    async def request(self, client: Client, name: str, user_input: str = "", **keys: object) -> Follower:
        """Ask for something, in the thread of that name unless another is given; hear the run to its end."""
        message = {"type": "user_request", "user_input": user_input, "thread_id": name, **keys}
        run = await follow(client, name, **message)
        self.note_run(client, name, run)
        return run

    def note_run(self, client: Client, name: str, run: Follower) -> None:
        """Remember a run, its thread, and all that was heard of it."""
        notes = self.noted(client)
        notes["runs"][name] = run.run_id
        notes["heard"][name] = run.told
        thread_id = run.told[0]["thread_id"]
        if thread_id not in notes["threads"]:
            notes["threads"].append(thread_id)

    async def operation(self, client: Client, op_id: str, **message: object) -> Message:
        """Send something that is done only once, and remember what it was answered."""
        sent = {**message, "op_id": op_id}
        answer = without(await client.ask(**sent), "request_id")
        self.noted(client)["ops"].append(
            {"user_id": client.greeting["user_id"], "message": sent, "answer": answer}
        )
        return answer


async def all_of(stage: Stage) -> dict[str, Any]:
    """What a daemon says of every workspace."""
    return {
        workspace: await everything(stage.daemon, workspace, known)
        for workspace, known in stage.notes.items()
    }


@attrs.frozen
class Scene:
    """A database of the set: how it is written, and what is asked of it then."""

    play: Callable[[Stage], Awaitable[None]]
    environ: Mapping[str, str] = attrs.field(factory=dict)
    on_a_model: bool = False
    found: Callable[[Stage], Awaitable[dict[str, Any]]] | None = all_of
    """Asks for all there is; None where nothing can be asked before runs go on."""
    after: Callable[[Stage], Awaitable[dict[str, Any]]] | None = None
    """Goes on with everything that is open, and gives what comes of it."""
