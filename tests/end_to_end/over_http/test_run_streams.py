"""The responses of runs over HTTP: to the last one, from any position, whatever happens in between."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.agents import installed
from tests.support.daemon import WITH_HTTP, Daemon, Message, running
from tests.support.following import LAST, Follower, follow
from tests.support.node_program import PROJECTS, node_program
from tests.support.sse import Block, Reader, reading

STREAM: Final = {"Accept": "text/event-stream"}
WORK: Final = {"user_input": "work", "agent": "works", "request_id": "r"}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, module="streamd", **WITH_HTTP, **installed(tmp_path / "site")) as one:
        yield one


def told(blocks: list[Block]) -> list[Message]:
    """What a run told: all of it once, in order, up to its one last response, with its positions as ids."""
    seqs = [block.data["run_seq"] for block in blocks]
    assert seqs == sorted(set(seqs))
    assert [block.id.partition("@")[0] for block in blocks] == [str(seq) for seq in seqs]
    assert [block.data["type"] in LAST for block in blocks] == [False] * (len(blocks) - 1) + [True]
    return [{key: value for key, value in block.data.items() if key != "replayed"} for block in blocks]


async def resumed(daemon: Daemon, reader: Reader, run_id: str) -> list[Block]:
    """What comes after what a reader has heard."""
    last = {"Last-Event-ID": reader.last_id}
    async with reading(daemon.http_url, f"/runs/{run_id}/stream", headers=last) as back:
        return await back.rest()


async def test_all_readers_of_a_run_get_what_a_socket_gets_and_the_end(daemon: Daemon) -> None:
    async with reading(daemon.http_url, "/runs", headers=STREAM, body=WORK) as asking:
        first = await asking.next()
        path = f"/runs/{first.data['run_id']}/stream"
        async with reading(daemon.http_url, path) as late:
            asked, attached = [first, *await asking.rest()], await late.rest()
    assert told(attached) == told(asked)
    assert attached[0].data["replayed"] is True
    assert "replayed" not in asked[-1].data
    async with daemon.client() as client:
        follower = Follower("r")
        await client.send(type="attach", run_id=first.data["run_id"], after=0)
        await follower.hear(client)
    assert follower.told == told(asked)
    async with reading(daemon.http_url, path) as again:  # it ended some time ago
        assert told(await again.rest()) == told(asked)
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        answer = await http.get(path, headers={"Last-Event-ID": asking.last_id})
    assert answer.status_code == 204  # an EventSource that comes back is told that this was all


async def test_whoever_leaves_in_the_midst_of_a_run_finds_the_rest_after_a_crash(daemon: Daemon) -> None:
    async with reading(daemon.http_url, "/runs", headers=STREAM, body=WORK) as asking:
        heard = [await asking.next() for _ in range(12)]
    await daemon.kill()
    await daemon.start()
    rest = await resumed(daemon, asking, heard[0].data["run_id"])
    # It may ask whether to do again what it does not know to be done.
    assert told([*heard, *rest])[-1]["type"] in ("complete", "interrupt")


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ({"user_input": "fail", "agent": "fails"}, "error"),
        ({"user_input": "wait", "agent": "waits"}, "cancelled"),
        ({"user_input": "write", "agent": "writes", "options": {"use_hitl": True}}, "interrupt"),
    ],
)
async def test_a_stream_ends_with_the_last_response_however_the_run_ends(
    daemon: Daemon, body: Message, last: str
) -> None:
    async with reading(daemon.http_url, "/runs", headers=STREAM, body=body) as asking:
        first = await asking.next()
        run_id = first.data["run_id"]
        if last == "cancelled":
            await asking.until(lambda block: block.data["type"] == "content")
            async with httpx.AsyncClient(base_url=daemon.http_url) as http:
                assert (await http.post(f"/runs/{run_id}/cancel")).status_code == 200
        await asking.rest()
    assert told(asking.blocks)[-1]["type"] == last
    async with reading(daemon.http_url, f"/runs/{run_id}/stream") as again:
        assert told(await again.rest()) == told(asking.blocks)


async def test_a_run_goes_on_when_its_reader_leaves(daemon: Daemon) -> None:
    async with reading(daemon.http_url, "/runs", headers=STREAM, body=WORK) as leaving:
        heard = [await leaving.next() for _ in range(3)]
    rest = await resumed(daemon, leaving, heard[0].data["run_id"])
    assert told([*heard, *rest])


async def test_a_run_that_says_too_much_for_one_answer_is_to_be_followed_instead(tmp_path: Path) -> None:
    limits = {"STREAMD_LIMITS__WAITING_BYTES_PER_USER": "1048576"}
    async with running(
        tmp_path, module="streamd", **WITH_HTTP, **limits, **installed(tmp_path / "site")
    ) as daemon:
        async with httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http:
            body = {"context": {"item_type": "note", "count": 5_000}}
            answer = await http.post("/api/streaming/request", json=body)
            refusal = answer.json()
            assert (answer.status_code, refusal["code"]) == (413, "too_large")
            path = f"/runs/{refusal['run_id']}/stream"
            assert path in refusal["detail"]
            whole = (await http.get(path)).text  # to its end: the run went on
        assert '"type":"complete"' in whole[whole.rindex("data: ") :]
        async with daemon.client() as client:  # nothing of it waits any more
            assert (await follow(client, "r", type="user_request", user_input="Hello")).has_ended


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ({"user_input": "Add 3 inventory items"}, "complete"),
        ({"user_input": "fail", "agent": "fails"}, "error"),
        ({"user_input": "wait", "agent": "waits"}, "cancelled"),
        ({"user_input": "write", "agent": "writes", "options": {"use_hitl": True}}, "interrupt"),
    ],
)
async def test_an_event_source_from_npm_follows_a_run_across_a_crash_and_comes_back_no_more(
    daemon: Daemon, npm_client: Callable[[str], Path], body: Message, last: str
) -> None:
    npm_client("eventsource")
    async with httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http:
        begun = await http.post("/runs", json=body)
        run_id = begun.json()["run_id"]
        url = f"{daemon.http_url}/runs/{run_id}/stream"
        async with node_program(PROJECTS / "event_source.mjs", url) as source:
            await source.until(lambda line: line["event"] == "message")
            if last == "cancelled":
                await daemon.kill()
                await source.until(lambda line: line["event"] == "error")
                await daemon.start()
                await source.until(lambda line: line["event"] == "open")
                assert (await http.post(f"/runs/{run_id}/cancel")).status_code == 200
            await source.until(lambda line: line.get("closed") is True)
        heard = [line for line in source.lines if line["event"] == "message"]
        async with reading(daemon.http_url, f"/runs/{run_id}/stream") as whole:
            seqs = [one["run_seq"] for one in told(await whole.rest())]
        assert [line["run_seq"] for line in heard] == seqs, "each once, in order"
        assert heard[-1]["type"] == last
        if last == "interrupt":
            question = heard[-1]["interrupt"]["interrupt_id"]
            answered = await http.post(f"/interrupts/{question}", json={"decision": "approve"})
            path = f"{daemon.http_url}/runs/{answered.json()['run_id']}/stream"
            async with node_program(PROJECTS / "event_source.mjs", path) as source:
                await source.until(lambda line: line.get("closed") is True)
            assert [line["type"] for line in source.lines if line["event"] == "message"][-1] in (
                "complete",
                "interrupt",
            )
