"""Refusals and failures are problem details (RFC 9457), wherever they are found out."""

from pathlib import Path

import httpx
import pytest

from streamd.edge.http._problems import STATUSES
from streamd.wire.codes import ERROR_CODES
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, running


def test_every_code_has_a_status() -> None:
    assert set(ERROR_CODES) <= set(STATUSES)


async def test_every_problem_says_its_kind_and_its_status(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        await http.put("/items/i", json={"type": "note", "name": "N"})
        cases = [
            (await http.get("/items/nobody"), 404, "not_found"),
            (await http.get("/nowhere"), 404, "not_found"),
            (await http.put("/items/i", json={"type": "note", "name": "N"}), 409, "exists"),
            (await http.post("/items", content=b"x"), 400, "invalid_json"),
            (await http.delete("/healthz"), 405, "refused"),
            (await http.get("/items", headers={"Host": "other.example"}), 403, "forbidden"),
            (await http.get("/items", headers={"X-Long": "x" * 100_000}), 431, "invalid_message"),
            (await http.post("/runs/resume", json={"thread_id": "t"}), 409, "conflict"),
        ]
        for answer, status, code in cases:
            told = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
            assert told["type"] == f"/docs#problem-{code}"
            assert told["title"] == code.replace("_", " ").capitalize()
            assert told["detail"]
            assert isinstance(told["retryable"], bool)
        served = (await http.get("/openapi.json")).json()["x-problems"]
        assert set(served) == set(ERROR_CODES)


@pytest.mark.parametrize(
    "path", ["/items/", "/items/i/", "/runs/stream/", "/projects/p/progress/", "/healthz//"]
)
async def test_a_slash_too_many_is_named(tmp_path: Path, path: str) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        told = await http.get(path)
        assert (told.status_code, "slash" in told.json()["detail"]) == (404, True)
