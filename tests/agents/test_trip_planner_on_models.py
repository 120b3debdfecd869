"""The trip planner on a language model, which a test plays: what it is told, and what a crash in the middle leaves."""

from collections import Counter
from pathlib import Path

from tests.agents.conversation import LISBON, daemon_with, system_of, talking
from tests.support.following import is_in_order
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Reply, said, structured

ASKED = "Plan two days in Lisbon"
QUERIES = {"queries": ["Lisbon food", "Lisbon castle"]}


def answer(request: Request) -> Reply:
    """What it is asked for shows in what it says."""
    if request.schema is not None:
        return structured(QUERIES)
    asked = system_of(request)
    if "demanding editor" in asked:
        return said("Say more ", "about food.")
    if "Outline the text" in asked:
        return said("- Day 1: food\n", "- Day 2: castle")
    return said("Eat ", "in the market.")


async def test_every_node_tells_the_model_what_the_ones_before_made(tmp_path: Path) -> None:
    async with (
        MessagesApi(answer=answer) as api,
        daemon_with(tmp_path, {"lisbon.md": LISBON}, api) as daemon,
        talking(daemon) as talk,
    ):
        told = await talk.request("trip_planner", ASKED, options={"max_revisions": 1})
        assert told[-1]["message"] == "Eat in the market."
        assert [message["node"] for message in told if message["type"] == "node"] == [
            "planner", "travel_plan", "generate", "reflect", "travel_critique", "generate",
        ]  # fmt: skip
        planner, travel_plan, generate, reflect, travel_critique, again = (one.words for one in api.requests)
        assert planner == f"Request: {ASKED}"
        assert "- Day 2: castle" in travel_plan
        assert "fifty stalls" in generate
        assert "- Day 2: castle" in generate
        assert 'Draft:\n"Eat in the market."' in reflect
        assert 'Critique:\n"Say more about food."' in travel_critique
        assert 'Draft:\n"Eat in the market."' in again
        assert 'Critique:\n"Say more about food."' in again


async def test_prompts_of_the_request_and_of_the_thread_are_what_the_model_is_told(tmp_path: Path) -> None:
    async with (
        MessagesApi(answer=answer) as api,
        daemon_with(tmp_path, {}, api) as daemon,
        talking(daemon) as talk,
    ):
        hitl = {"use_hitl": True, "max_revisions": 0}
        await talk.request(
            "trip_planner",
            ASKED,
            thread_id="t",
            options=hitl,
            context={"prompts": {"planner": "Outline in rhyme."}},
        )
        assert system_of(api.requests[-1]).endswith("Outline in rhyme.")
        state = await talk.ask(type="thread", thread_id="t")
        prompts = state["values"]["prompts"]
        assert prompts["planner"] == "Outline in rhyme."
        edited = {**prompts, "generate": "Write as a pirate."}
        await talk.ask(type="thread", thread_id="t", action="update", values={"prompts": edited})
        last = (await talk.request("trip_planner", "Go on", thread_id="t", options={"max_revisions": 0}))[-1]
        assert last["type"] == "complete"
        assert system_of(api.requests[-1]).endswith("Write as a pirate.")
        await talk.request(
            "trip_planner", "Plan Porto", thread_id="t", options={"max_revisions": 0},
            context={"prompts": {"generate": "Write as a nun."}},
        )  # fmt: skip
        assert system_of(api.requests[-3]).endswith("Outline in rhyme.")
        assert system_of(api.requests[-1]).endswith("Write as a nun.")


async def test_killed_while_it_writes_it_goes_on_after_the_start_and_tells_each_node_once(
    tmp_path: Path,
) -> None:
    draft = said("Eat ", "in the ", "market.", holds=frozenset({2}))
    async with MessagesApi(answer=answer) as api, daemon_with(tmp_path, {"lisbon.md": LISBON}, api) as daemon:
        api.script(said("- Day 1: food"), structured(QUERIES), draft)
        async with talking(daemon) as talk:
            await talk.client.send(
                type="user_request",
                agent="trip_planner",
                user_input=ASKED,
                thread_id="t",
                options={"max_revisions": 1},
            )
            run_id = (await talk.hear())["run_id"]
            while (message := await talk.hear()).get("content") != "in the ":
                assert message["type"] != "complete"
            await daemon.kill()
        await daemon.start()
        async with talking(daemon) as talk:
            await talk.client.send(type="attach", run_id=run_id)
            told = [message for message in await talk.rest() if "run_seq" in message]
            state = await talk.ask(type="thread", thread_id="t")
        assert is_in_order(told)
        assert [message["node"] for message in told if message["type"] == "node"] == [
            "planner", "travel_plan", "generate", "reflect", "travel_critique", "generate",
        ]  # fmt: skip
        assert Counter(message["type"] for message in told)["start"] == 1
        assert told[-1]["type"] == "complete"
        assert state["values"]["revision_number"] == 2
        void = {seq for message in told if message["type"] == "attempt_reset" for seq in message["void"]}
        written = [
            message
            for message in told
            if message.get("node") == "generate" and message["run_seq"] not in void
        ]
        spoken: dict[str, str] = {}
        for message in written:
            if message["type"] == "content":
                spoken[message["message_id"]] = spoken.get(message["message_id"], "") + message["content"]
        assert list(spoken.values()) == ["Eat in the market."] * 2
        # The outline and its queries were not asked for again.
        assert sum("Outline the text" in system_of(request) for request in api.requests) == 1
        assert len(api.requests) == 7
