"""The coordinator on the offline model: documents, then supporting agents, then one answer."""

from pathlib import Path

import pytest

from tests.agents.conversation import LAST, WIRE, daemon_with, keys_of, outline, talking, told_by, words_of

pytestmark = pytest.mark.requirement("B2", "B4")

QUESTION = "Which supplier should we choose for copper wire?"


async def test_documents_come_first_then_those_who_help_then_the_one_who_answers(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        told = await talk.multi(QUESTION, primary_agent="general", supporting_agents=["research", "analysis"])
        lines = [line for line in outline(told) if not line.startswith("agent_chunk")]
        assert lines[:3] == ["start", "intent_analysis", "progress"]
        assert lines[3:6] == ["agent_start:rag", "agent_complete:rag", "interaction"]
        assert set(lines[7:9]) == {"agent_start:research", "agent_start:analysis"}
        assert lines[-5:] == [
            "agent_start:general", "agent_complete:general", "interaction", "progress", "complete",
        ]  # fmt: skip
        answer = words_of(told, "general")
        assert "Global Parts Inc delivers copper wire in four days" in answer
        assert told[-1]["message"] == told[-1]["response"] == answer.strip()


async def test_each_type_has_its_keys_and_only_those_who_help_are_internal(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        told = await talk.multi(QUESTION, primary_agent="general", supporting_agents=["research"])
        wanted = {
            "agent_start": {"agent", "query"},
            "agent_chunk": {"agent", "chunk", "reasoning", "confidence", "message_id"},
            "agent_complete": {"agent", "response", "metadata"},
            "interaction": {"from_agent", "to_agent", "query", "response", "metadata"},
            "progress": {"progress", "message", "step", "total_steps"},
            "complete": {"response", "interactions", "metadata", "message", "model", "data"},
        }
        for message in told[2:]:
            assert keys_of(message) - {"type", "message", "internal"} == wanted[message["type"]] - {"message"}
            if "agent" in message:
                assert message.get("internal", False) == (message["agent"] != "general")
        for agent in ("rag", "research", "general"):
            (complete,) = told_by(told, agent, "agent_complete")
            assert complete["response"] == words_of(told, agent).strip()
            assert complete["metadata"]["status"] == "completed"
        shares = [message["progress"] for message in told if message["type"] == "progress"]
        assert shares == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=0.001)
        last = told[-1]
        assert last["metadata"]["primary_agent"] == "general"
        assert last["metadata"]["statuses"] == dict.fromkeys(("rag", "research", "general"), "completed")
        assert [one["to_agent"] for one in last["interactions"]] == ["rag", "research", "general"]
        assert {one["from_agent"] for one in last["interactions"]} == {"coordinator"}


async def test_an_empty_knowledge_base_is_skipped_and_said_so(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await talk.multi("What speaks for night trains?", supporting_agents=["research"])
        (skipped,) = told_by(told, "rag", "agent_complete")
        assert skipped["metadata"]["status"] == "skipped"
        assert "knowledge base is empty" in skipped["message"]
        assert skipped["internal"] is True
        assert told_by(told, "rag", "agent_start") != []
        assert told[-1]["metadata"]["statuses"]["rag"] == "skipped"
        assert told[-1]["type"] == "complete"


async def test_an_agent_with_a_field_of_its_own_looks_there_before_it_answers(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        await talk.client.ask(
            type="add_item", id="s1", item={"type": "supplier", "name": "Wire & Sons", "delivery_time": 9}
        )
        told = await talk.multi(QUESTION, primary_agent="supplier", supporting_agents=["inventory"])
        lines = outline(told)
        own = lines.index("agent_start:supplier")
        assert "analysis_results:inventory" in lines[:own]
        assert lines.index("supplier_results:supplier") > own
        assert [line for line in lines if line in ("agent_start:supplier", "agent_complete:supplier")] == [
            "agent_start:supplier", "agent_complete:supplier",
        ]  # fmt: skip
        (results,) = [message for message in told if message["type"] == "supplier_results"]
        assert results["internal"] is True
        assert told[-1]["type"] == "complete"


async def test_agents_that_an_agent_asks_in_turn_are_told_by_their_own_names(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await talk.multi(
            "Analyze the stock and forecast the demand", primary_agent="team", supporting_agents=["research"]
        )
        for agent in ("inventory", "forecasting", "team"):
            assert (
                len(told_by(told, agent, "agent_start")) == len(told_by(told, agent, "agent_complete")) == 1
            )
        asked = [message["to_agent"] for message in told if message["type"] == "interaction"]
        assert asked[0] == "research"
        assert {"inventory", "forecasting"} <= set(asked[1:-1])
        assert (asked[-1], asked.count("team")) == ("team", 1)
        assert told[-1]["type"] == "complete"


async def test_what_authors_write_is_the_answer_as_it_stands(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        trip = await talk.multi("Plan two days in Lisbon", primary_agent="trip_planner", supporting_agents=[])
        assert trip[-1]["response"].startswith("# Lisbon: two days")
        assert trip[-1]["response"].count("# Lisbon: two days") == 1
        assert "What is missing" not in trip[-1]["response"]
        page = await talk.multi("Write a page for copper wire", primary_agent="content", supporting_agents=[])
        sections = "".join(message["content"] for message in page if message["type"] in ("headline", "cta"))
        assert page[-1]["response"].replace("\n", "").startswith(sections[:10])


async def test_an_unknown_name_is_refused_before_anything_starts(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        for request, path in (
            ({"supporting_agents": ["research", "nobody"]}, "supporting_agents"),
            ({"primary_agent": "nobody"}, "primary_agent"),
        ):
            told = await talk.multi(QUESTION, **request)
            assert outline(told) == ["start", "intent_analysis", "error"]
            assert (told[-1]["code"], told[-1]["path"]) == ("invalid_message", path)
            assert "there is no agent nobody; there are: " in told[-1]["message"]
            assert "research" in told[-1]["message"]
        told = await talk.multi(QUESTION, coordination_mode="swarm")
        assert "there are: parallel, sequential" in told[-1]["message"]
        assert (await talk.multi(QUESTION))[-1]["type"] == "complete"


async def test_the_primary_agent_alone_tells_in_its_own_name(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        told = await talk.multi(QUESTION, coordination_mode="primary_only", primary_agent="research")
        assert outline(told) == [
            "start", "intent_analysis", "progress", "agent_start:research", "agent_chunk:research",
            "agent_complete:research", "interaction", "progress", "complete",
        ]  # fmt: skip
        assert not any("internal" in message for message in told)
        assert "four days" in told[-1]["response"]


async def test_one_after_the_other_each_waits_for_the_one_before(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        names = ["research", "inventory", "ideation"]
        told = await talk.multi(
            QUESTION, coordination_mode="sequential", primary_agent="general", supporting_agents=names
        )
        edges = [
            (message["type"], message["agent"])
            for message in told
            if message["type"] in ("agent_start", "agent_complete") and message["agent"] in names
        ]
        assert edges == [(type_, name) for name in names for type_ in ("agent_start", "agent_complete")]


async def test_an_order_is_carried_out_once_by_the_one_who_answers(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        names = ["inventory", "research", "general"]
        told = await talk.multi(
            "Create 2 suppliers named Wire Mill", primary_agent="supplier", supporting_agents=names
        )
        assert told[-1]["type"] == "complete"
        assert len(told[-1]["data"]["added"]) == 2
        assert told[-1]["message"].startswith("Added 2 items: Wire Mill")
        added = [event for event in talk.broadcasts if event["event_type"] == "item_added"]
        assert {event["agent_id"] for event in added} == {"supplier_agent"}
        assert [message["type"] for message in told].count("item_added") == 2


async def test_what_agents_asked_each_other_is_remembered(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        await talk.multi(QUESTION, primary_agent="general", supporting_agents=["research"])
        found = await talk.ask(type="memory", action="list")
        kinds = {(memory["kind"], memory["agent"]) for memory in found["memories"]}
        assert kinds == {("interaction", "coordinator"), ("collaboration", "coordinator")}
        asked = {memory["data"].get("to_agent") for memory in found["memories"]} - {None}
        assert asked == {"rag", "research"}


async def test_a_role_can_be_asked_directly(tmp_path: Path) -> None:
    async with daemon_with(tmp_path, {"wire.md": WIRE}) as daemon, talking(daemon) as talk:
        for agent, says in (
            ("research", "Findings"),
            ("analysis", "Risks"),
            ("ideation", "Options"),
            ("rag", "[1]"),
        ):
            told = await talk.request(agent, "Which risks has Global Parts Inc?")
            assert says in told[-1]["message"]
            assert outline(told)[-2:] == [f"content:{agent}", "complete"]


async def test_a_question_is_needed(tmp_path: Path) -> None:
    async with daemon_with(tmp_path) as daemon, talking(daemon) as talk:
        told = await talk.request("coordinator", "", context={"primary_agent": "general"})
        assert told[-1]["type"] in LAST
        assert told[-1]["path"] == "query"


async def test_a_person_who_is_asked_in_the_middle_answers_and_the_run_goes_on(tmp_path: Path) -> None:
    async with (
        daemon_with(tmp_path, {"wire.md": WIRE}, STREAMD_RUNS__APPROVE_REMOVALS_OVER="1") as daemon,
        talking(daemon) as talk,
    ):
        for name in ("Bolt", "Nut", "Cog"):
            item = {
                "type": "inventory",
                "name": name,
                "current_stock": 0 if name != "Cog" else 50,
                "reorder_point": 5,
            }
            await talk.client.ask(type="add_item", id=name.lower(), item=item)
        told = await talk.multi(
            "Remove all low stock items",
            primary_agent="inventory",
            supporting_agents=["research", "supplier"],
        )
        assert told[-1]["type"] == "interrupt"
        assert set(told[-1]["interrupt"]["value"]["items"]) == {"bolt", "nut"}
        await talk.client.send(
            type="respond", interrupt_id=told[-1]["interrupt"]["interrupt_id"], decision="approve"
        )
        after = await talk.rest()
        assert after[-1]["type"] == "complete"
        assert after[-1]["data"]["removed"] == ["bolt", "nut"]
        assert after[-1]["message"].startswith("Removed 2 items: Bolt, Nut.")
        whole = [*told, *after]
        for agent in ("rag", "research", "supplier", "inventory"):
            assert (
                len(told_by(whole, agent, "agent_start")) == len(told_by(whole, agent, "agent_complete")) == 1
            )
        helped = [one["to_agent"] for one in after[-1]["interactions"]]
        assert (helped[0], {*helped[1:-1]}, helped[-1]) == ("rag", {"research", "supplier"}, "inventory")
