"""Questions of every kind, open in several workspaces: what is answered in one is refused in the next."""

from collections.abc import Mapping
from typing import Any, Final

from tests.golden.alike import Names, plain, story
from tests.golden.asking import ask
from tests.golden.scenes.stage import Scene, Stage
from tests.support.daemon import Client
from tests.support.following import follow

LOW: Final = [
    {"id": f"low-{number}", "type": "inventory", "name": f"Low {number}", "current_stock": 1, "reorder_point": 9}
    for number in range(4)
]  # fmt: skip

ANSWERS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "approve": {
        "removal": {"decision": "approve"},
        "colour": {"decision": "approve", "value": {"colour": "blue"}},
        "trip": {"decision": "approve"},
        "print": {"decision": "approve"},
        "keep": {"decision": "approve"},
        "context": {"approved": True},
    },
    "edit": {
        "removal": {"decision": "edit", "value": {"item_ids": ["low-1", "low-2"]}},
        "colour": {"decision": "edit", "value": {"colour": "red"}},
        "trip": {"decision": "edit", "value": {"plan": "Day 1: Belém"}},
        "print": {"decision": "edit", "value": {"draft": "by hand"}},
        "keep": {"decision": "edit", "value": "as it is"},
        "context": {"approved": True, "modified_args": {"item_ids": ["low-3"]}},
    },
    "reject": {
        "removal": {"decision": "reject"},
        "colour": {"decision": "reject"},
        "trip": {"decision": "reject"},
        "print": {"decision": "reject"},
        "keep": {"decision": "reject"},
        "context": {"approved": False},
    },
}
"""What is answered in each workspace to the question of each thread."""


async def play(stage: Stage) -> None:
    """Write the database."""
    for workspace in ANSWERS:
        async with stage.daemon.client(workspace=workspace, user_id="ann") as client:
            await client.ask(type="bulk", operation="add_multiple", items=LOW)
            await stage.request(client, "removal", "Remove all low stock items")
            await stage.request(client, "context", context={"action": "remove", "criteria": "low_stock"})
            await stage.request(client, "colour", "Survey", agent="surveyor")
            await stage.request(client, "print", "a poster", agent="printer")
            await stage.request(client, "keep", "Count", agent="stocktaker")
            await stage.request(
                client, "trip", "Two days in Lisbon", agent="trip_planner",
                options={"use_hitl": True, "max_revisions": 1},
            )  # fmt: skip


async def after(stage: Stage) -> dict[str, Any]:
    """Answer all of them, in another name; what the runs tell that go on, and where that leads."""
    found: dict[str, Any] = {}
    for workspace, answers in ANSWERS.items():
        names = Names({run_id: f"<run of {name}>" for name, run_id in stage.notes[workspace]["runs"].items()})
        async with stage.daemon.client(workspace=workspace, user_id="bob", snapshot=1) as client:
            found[workspace] = {
                thread_id: await answered(client, thread_id, answer, names)
                for thread_id, answer in answers.items()
            }
            listed = await client.ask(type="list_items", limit=1000)
            found[workspace]["items"] = plain(listed["items"], names)
            found[workspace]["events"] = plain(client.events, names)
    return found


async def answered(
    client: Client, thread_id: str, answer: Mapping[str, object], names: Names
) -> dict[str, Any]:
    """Answer the one question of a thread; what the run tells that goes on, and where the thread stands then."""
    (question,) = (await client.ask(type="list_interrupts", thread_id=thread_id))["interrupts"]
    run = await follow(
        client, f"answer to {thread_id}", type="respond", interrupt_id=question["interrupt_id"], **answer
    )
    state = await ask(client, type="thread", thread_id=thread_id)
    return {"told": story(run.told, names), "state": plain(state, names)}


SCENE: Final = Scene(play, after=after)
