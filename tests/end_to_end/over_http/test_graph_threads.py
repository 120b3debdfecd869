"""Threads of the graph over HTTP: created, looked at, edited, wound back, also after a restart."""

from pathlib import Path

import httpx
import pytest

from tests.support.daemon import MEASURED, PATIENCE_SECONDS, WITH_HTTP, running

pytestmark = pytest.mark.requirement("B6")


async def test_a_thread_is_created_looked_at_edited_and_wound_back_across_a_restart(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP, STREAMD_RUNS__MAX_REVISIONS="1") as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        created = await http.post("/threads")
        assert (created.status_code, created.json()["created"]) == (201, True)
        path = created.headers["location"]
        thread_id = created.json()["thread_id"]
        unused = (await http.get(path)).json()
        assert (unused["thread_id"], unused["status"], unused["state"]["messages"]) == (thread_id, "idle", [])
        assert (await http.get(f"{path}/history")).json()["checkpoints"] == []

        run = {"thread_id": thread_id, "message": "Plan three days in Lisbon", "use_hitl": True}
        assert (await http.post("/runs/invoke", json=run)).json()["next"] == ["travel_plan"]
        again = await http.post("/threads", json={"thread_id": thread_id})
        assert (again.status_code, again.json()["created"]) == (200, False)
        state = (await http.get(f"{path}/state")).json()
        assert state["status"] == "interrupted"
        assert [one["type"] for one in state["messages"]] == ["HumanMessage", "AIMessage"]
        planned = state["checkpoint_id"]
        assert state["interrupts"][0]["node"] == "travel_plan"

        await http.post("/runs/invoke", json=run)
        updates = {"updates": {"draft": "My own draft"}, "as_node": "generate"}
        edited = (await http.post(f"{path}/update", json=updates)).json()
        assert (edited["status"], edited["next"]) == ("updated", ["reflect"])
        wrong = await http.post(f"{path}/update", json={"updates": {"draft": 7}})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_message")

        await daemon.stop()
        await daemon.start()
        state = (await http.get(f"{path}/state")).json()
        assert state["values"]["draft"] == "My own draft"
        history = (await http.get(f"{path}/history", params={"limit": 3})).json()
        assert (history["total"], [one["index"] for one in history["checkpoints"]]) == (3, [0, 1, 2])
        assert history["checkpoints"][0]["source"] == "update"
        assert (await http.get(f"{path}/state", params={"checkpoint_id": planned})).json()["next"] == [
            "travel_plan"
        ]

        rewound = (await http.post(f"{path}/rewind", json={"checkpoint_id": planned})).json()
        assert (rewound["status"], rewound["checkpoint_id"]) == ("rewound", planned)
        assert rewound["next"] == ["travel_plan"]
        assert (await http.post("/runs/invoke", json=run)).json()["next"] == ["generate"]
        nowhere = await http.post(f"{path}/rewind", json={"checkpoint_id": "checkpoint-none"})
        assert nowhere.status_code == 404
        assert (await http.post(f"{path}/rewind", json={})).status_code == 400


async def test_the_graph_says_how_it_hangs_together(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        graph = (await http.get("/graph/info")).json()
        unknown = await http.get("/graph/info", params={"agent": "nobody"})
    assert graph["nodes"] == ["planner", "travel_plan", "generate", "reflect", "travel_critique"]
    edges = [(edge["from"], edge["to"], edge.get("conditional", False)) for edge in graph["edges"]]
    assert edges == [
        ("START", "planner", False),
        ("planner", "travel_plan", False),
        ("travel_plan", "generate", False),
        ("generate", "reflect", True),
        ("generate", "END", True),
        ("reflect", "travel_critique", False),
        ("travel_critique", "generate", False),
    ]
    assert graph["interrupt_before"] == graph["nodes"][1:]
    assert unknown.status_code == 404
