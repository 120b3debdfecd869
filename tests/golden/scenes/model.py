"""Runs on a language model that have ended or wait: conversations, tools, thoughts, helpers, failures, questions."""

from typing import Any, Final

from tests.golden.alike import Names, plain, story
from tests.golden.asking import ask
from tests.golden.scenes.questions import answered
from tests.golden.scenes.replies import IS_ABOUT, Script
from tests.golden.scenes.stage import Scene, Stage
from tests.support.daemon import Client
from tests.support.following import follow
from tests.support.model_replies import Call, Fault, called, failed, said, structured

ADD: Final = Call("add_items", {"items": [{"type": "note", "name": "Note 0"}]})
NOTES: Final = [{"id": f"n{number}", "type": "note", "name": f"Note {number}"} for number in range(4)]
ANSWERS: Final[dict[str, dict[str, object]]] = {
    "approve": {"decision": "approve"},
    "edit": {"decision": "edit", "value": {"item_ids": ["n1"]}},
    "reject": {"decision": "reject"},
}
AGENTS: Final = ("inventory", "supplier", "forecasting", "general", "rag", "research")


async def play(stage: Stage) -> None:
    """Write the database."""
    script = Script()
    stage.api.answer = script.answer
    for workspace, part in (("talk", _talk), ("ends", _ends), ("agents", _agents)):
        async with stage.daemon.client(workspace=workspace, user_id="ann") as client:
            await part(stage, script, client)
    for workspace in ANSWERS:
        async with stage.daemon.client(workspace=workspace, user_id="ann") as client:
            await _question(stage, script, client)


async def _talk(stage: Stage, script: Script, client: Client) -> None:
    """A conversation with tools and thoughts."""
    await client.ask(type="bulk", operation="add_multiple", items=NOTES)
    look = Call("list_items", {"type": "note"}, "toolu_look")
    change = Call(
        "change_items",
        {
            "edits": [
                {"item_id": "n0", "set": {"text": "first"}},
                {"item_id": "nowhere", "set": {"text": "x"}},
            ]
        },
        "toolu_change",
    )
    script.says(called(look, text=("Let me ", "look. ")), "(first)")
    script.says(called(change, ADD, text=("I change one. ",)), "(first)")
    script.says(said("Two things ", "are done.", thought=("Hm, ", "well.")), "(first)")
    await stage.request(client, "first", "Tidy the notes (first)", agent="general", thread_id="talk")
    script.says(said("Note 0, ", "as I said."), "(second)")
    await stage.request(client, "second", "Which one? (second)", agent="general", thread_id="talk")
    stage.noted(client)["queries"] += ["notes"]
    stage.noted(client)["agents"] += ["general"]


async def _ends(stage: Stage, script: Script, client: Client) -> None:
    """Answers that break off, are begun again, cost too much."""
    script.says(said("So far ", "so good", fault=Fault(2, "error", "invalid_request_error")), "(failed)")
    await stage.request(client, "failed", "Go on (failed)", agent="general")
    script.says(failed(401, "authentication_error"), "(refused)")
    await stage.request(client, "refused", "Go on (refused)", agent="general")
    script.says(called(ADD, text=("Let me ",), fault=Fault(2, "cut")), "(again)")
    script.says(said("At the ", "second attempt."), "(again)")
    await stage.request(client, "again", "Go on (again)", agent="general")
    script.says(said("In the mid", "x", fault=Fault(1, "cut")), "(behind)")
    script.says(said("dle of ", "a word."), "(behind)")
    await stage.request(client, "behind", "Go on (behind)", agent="general")
    script.says(said("x" * 400, "y" * 400, "z" * 400), "(dear)")
    await stage.request(client, "dear", "Go on (dear)", agent="general", options={"budget": {"tokens": 150}})
    script.says(said("No.", stop="refusal"), "(unwilling)")
    await stage.request(client, "unwilling", "Go on (unwilling)", agent="general")
    script.says(said("And so on", stop="max_tokens"), "(long)")
    await stage.request(client, "long", "Go on (long)", agent="general")


async def _agents(stage: Stage, script: Script, client: Client) -> None:
    await client.ask(
        type="bulk", operation="add_multiple",
        items=[{"id": "hub", "type": "inventory", "name": "Sensor Hub", "current_stock": 1, "reorder_point": 5}],
    )  # fmt: skip
    script.intents["(sorted)"] = structured(
        {IS_ABOUT: "inventory_management", "confidence": 0.8, "steps": []}
    )
    await stage.request(client, "sorted", "How is the stock? (sorted)")
    for agent in AGENTS:
        await stage.request(client, agent, "What about the Sensor Hub?", agent=agent)
    plan = {
        IS_ABOUT: "multi_step",
        "confidence": 0.9,
        "steps": ["inventory_management", "supplier_management"],
    }
    script.intents["(team)"] = structured(plan)
    await stage.request(client, "team", "Check the stock and recommend suppliers (team)")
    script.says(said("Oil ", "it."), "(helped)", "You are the one who finds out")
    script.says(failed(400, "invalid_request_error"), "(helped)", "You are the one who weighs")
    helped = await follow(
        client, "helped", type="multi_agent_request",
        request={
            "query": "What about rust? (helped)", "primary_agent": "general", "thread_id": "helped",
            "supporting_agents": ["research", "analysis"],
        },
    )  # fmt: skip
    stage.note_run(client, "helped", helped)
    script.says(said("Synergy!"), "(page)")  # poor: it is written once more, and so is each that follows
    await stage.request(client, "page", "Sensor Hub (page)", agent="content", context={"page": "spring"})
    hitl = {"use_hitl": True, "max_revisions": 1}
    script.says(said("Day 1: ", "Alfama"), "(trip)")
    await stage.request(client, "trip", "A day in Lisbon (trip)", agent="trip_planner", options=hitl)


async def _question(stage: Stage, script: Script, client: Client) -> None:
    """The question that a removal raises which a model asks for."""
    await client.ask(type="bulk", operation="add_multiple", items=NOTES)
    removal = Call("remove_items", {"item_ids": ["n0", "n1", "n2"], "reason": "as asked"}, "toolu_r")
    script.says(called(ADD, text=("First one. ",)), "(removal)")
    script.says(called(removal, text=("Then they ", "go. ")), "(removal)")
    asked = await stage.request(client, "removal", "Add one and remove others (removal)", agent="general")
    assert asked.last["type"] == "interrupt", asked.last


async def after(stage: Stage) -> dict[str, Any]:
    """Go on with the conversation and the trip, answer the questions, take back what was done."""
    found: dict[str, Any] = {}
    for workspace, answer in ANSWERS.items():
        names = _names(stage, workspace)
        async with stage.daemon.client(workspace=workspace, user_id="bob") as client:
            found[workspace] = await answered(client, "removal", answer, names)
            found[workspace]["items"] = plain((await ask(client, type="list_items"))["items"], names)
    for workspace, thread_id in (("talk", "talk"), ("agents", "trip"), ("ends", "failed")):
        names = _names(stage, workspace)
        async with stage.daemon.client(workspace=workspace, user_id="ann") as client:
            run = await follow(client, "on", type="user_request", user_input="Go on", thread_id=thread_id)
            state = await ask(client, type="thread", thread_id=thread_id)
            found[workspace] = {"told": story(run.told, names), "state": plain(state, names)}
            if workspace == "talk":
                found[workspace]["conversation"] = plain(stage.api.requests[-1].body["messages"], names)
                undone = await ask(client, type="undo", run_id=stage.notes["talk"]["runs"]["first"])
                found[workspace]["undone"] = plain(undone, names)
                found[workspace]["items"] = plain((await ask(client, type="list_items"))["items"], names)
    found["requests"] = len(stage.api.requests)
    return found


def _names(stage: Stage, workspace: str) -> Names:
    return Names({run_id: f"<{name}>" for name, run_id in stage.notes[workspace]["runs"].items()})


SCENE: Final = Scene(play, on_a_model=True, after=after)
