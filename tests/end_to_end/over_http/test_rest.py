"""Everything else that a socket can do, over plain HTTP."""

from pathlib import Path
from urllib.parse import quote

import httpx

from tests.support.daemon import MEASURED, WITH_HTTP, Daemon, running
from tests.support.sse import reading


def web(daemon: Daemon) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=daemon.http_url, timeout=60)


async def test_many_edits_their_history_and_their_undoing(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        rows = [{"id": "a/b", "type": "note", "name": "A"}, {"id": "c", "type": "note"}, 7]
        done = await http.post("/bulk", json={"operation": "add_multiple", "items": rows})
        assert (done.json()["done"], done.json()["refused"]) == (1, 2)
        path = f"/items/{quote('a/b', safe='')}"
        changed = await http.patch(path, json={"set": {"name": "B"}})
        assert changed.status_code == 200
        past = await http.get(f"{path}/history", params={"limit": 1})
        assert [change["after"] for change in past.json()["changes"]] == [{"name": "B"}]
        older = await http.get(f"{path}/history", params={"before": past.json()["before"]})
        assert [change["event_type"] for change in older.json()["changes"]] == ["item_added"]
        undone = await http.post(
            "/undo", json={"seq": changed.json()["seq"]}, headers={"Idempotency-Key": "u"}
        )
        assert undone.json()["item_ids"] == ["a/b"]
        assert (await http.get(path)).json()["item"]["name"] == "A"
        told = await http.post("/events", json={"event_type": "custom.cheer", "data": {"n": 1}})
        assert told.status_code == 200, told.text


async def test_a_run_is_begun_read_resumed_listed_and_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        await http.post("/items", json={"type": "inventory", "name": "Bolt", "current_stock": 0})
        begun = await http.post("/runs", json={"user_input": "Remove the item Bolt", "thread_id": "t"})
        assert begun.status_code == 202
        path = begun.headers["location"]
        async with reading(daemon.http_url, f"{path}/stream") as reader:
            told = await reader.rest()
        assert told[-1].data["type"] == "complete"
        assert [block.id.partition("@")[0] for block in told] == [
            str(block.data["run_seq"]) for block in told
        ]
        seen = {"Last-Event-ID": told[0].id}
        async with reading(daemon.http_url, f"{path}/stream", headers=seen) as reader:
            assert [block.id for block in await reader.rest()] == [block.id for block in told[1:]]
        over = await http.get(f"{path}/stream", headers={"Last-Event-ID": told[-1].id})
        assert over.status_code == 204
        assert (await http.get(path)).json()["status"] == "completed"
        runs = await http.get("/runs", params={"statuses": "completed", "thread_id": "t"})
        assert [f"/runs/{run['run_id']}" for run in runs.json()["runs"]] == [path]
        undone = await http.post("/undo", json={"run_id": begun.json()["run_id"]})
        assert undone.json()["undone"] == 1
        unknown = await http.post("/runs/nobody/cancel")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        several = await http.post("/runs/multi-agent", json={"request": {"query": "How is the stock?"}})
        async with reading(daemon.http_url, f"{several.headers['location']}/stream") as reader:
            assert (await reader.rest())[-1].data["type"] == "complete"


async def test_a_conversation_is_listed_named_forked_and_deleted(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        body = {"user_input": "List all items", "thread_id": "t"}
        assert (await http.post("/api/streaming/request", json=body)).json()["responses"]
        named = await http.patch("/threads/t", json={"title": "Stock"})
        assert named.json()["title"] == "Stock"
        forked = await http.post("/threads/t/fork", json={"to_thread_id": "u"})
        assert (forked.status_code, forked.headers["location"]) == (201, "/threads/u")
        threads = (await http.get("/threads")).json()["threads"]
        assert {thread["thread_id"]: thread["title"] for thread in threads}["t"] == "Stock"
        gone = await http.delete("/threads/t")
        assert gone.json()["runs"] == 1
        assert "t" not in {one["thread_id"] for one in (await http.get("/threads")).json()["threads"]}
        wrong = await http.patch("/threads/t", json={})
        assert (wrong.status_code, wrong.json()["path"]) == (400, "title")


async def test_a_question_is_listed_and_answered(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        body = {
            "user_input": "Plan a trip to Rome", "agent": "trip_planner", "options": {"use_hitl": True},
        }  # fmt: skip
        asked = (await http.post("/api/streaming/request", json=body)).json()["responses"][-1]
        assert asked["type"] == "interrupt", asked
        waiting = (await http.get("/interrupts")).json()["interrupts"]
        assert [one["interrupt_id"] for one in waiting] == [asked["interrupt"]["interrupt_id"]]
        answer = {"decision": "approve"}
        async with reading(
            daemon.http_url,
            f"/interrupts/{waiting[0]['interrupt_id']}",
            headers={"Accept": "text/event-stream"},
            body=answer,
        ) as reader:
            assert (await reader.rest())[-1].data["type"] in ("complete", "interrupt")
        assert (await http.post("/interrupts/nobody", json=answer)).status_code == 404


async def test_memories_documents_and_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "storage.md").write_text("# Storage\n\nKeep bolts dry, in the left cupboard.\n")
    environ = {**WITH_HTTP, "STREAMD_KNOWLEDGE__FOLDER": str(tmp_path / "docs")}
    async with running(tmp_path, **environ) as daemon, web(daemon) as http:
        ann = {"user_id": "ann"}
        kept = await http.put("/memory/preferences/colour", params=ann, json={"value": "blue"})
        assert [one["data"] for one in kept.json()["memories"]] == [{"key": "colour", "value": "blue"}]
        found = await http.get("/memory", params={**ann, "query": "colour", "kinds": "preference"})
        assert (found.json()["action"], found.json()["count"]) == ("search", 1)
        listed = await http.get("/memory", params=ann)
        assert (listed.json()["action"], listed.json()["count"]) == ("list", 1)
        whole = await http.get("/memory/export", params=ann)
        assert whole.json()["memories"] == listed.json()["memories"]
        assert (await http.delete("/memory", params=ann)).json()["count"] == 1
        passages = (await http.get("/knowledge", params={"query": "Where do bolts go?"})).json()["passages"]
        assert (passages[0]["source"], passages[0]["title"]) == ("storage.md", "Storage")
        assert (await http.get("/knowledge")).status_code == 400
        await http.post("/items", params={"workspace": "shop"}, json={"type": "note", "name": "A"})
        places = (await http.get("/workspaces")).json()["workspaces"]
        assert "shop" in places
        assert "item_types" in (await http.get("/describe", params={"what": "item_types"})).json()
        assert (await http.get("/progress", params={"history": 5})).json()["history"] == []
        gone = await http.delete("/users/ann")
        assert gone.json()["user_id"] == "ann"


async def test_wrong_methods_are_told_the_right_ones(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        wrong = await http.put("/items")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
        assert wrong.headers["content-type"] == "application/problem+json"
        asked = await http.options("/items/a")
        assert (asked.status_code, asked.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
        head = await http.head("/items")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        assert (await http.get("/nowhere")).status_code == 404
        assert (await http.get("/items/a%00b")).status_code == 400


async def test_two_kinds_of_clients_see_all_changes_in_the_same_order(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        web(daemon) as http,
        daemon.client() as socket,
        reading(daemon.http_url) as reader,
    ):
        assert (await reader.next()).data["type"] == "connected"
        for number in range(10):
            if number % 2:
                await http.post("/items", json={"id": str(number), "type": "note", "name": "A"})
            else:
                await socket.ask(type="add_item", item={"id": str(number), "type": "note", "name": "A"})
        streamed = [(await reader.next()).data for _ in range(10)]
        heard = [event for event in socket.events if event["seq"] <= 10]
        while len(heard) < 10:
            heard.append(await socket.until(lambda told: "event_type" in told))
        polled = (
            await http.get("/events", params={"wait": 5, "since": 0, "epoch": socket.greeting["epoch"]})
        ).json()
        assert streamed == heard == polled["events"]
        assert [event["item_id"] for event in streamed] == [str(number) for number in range(10)]
