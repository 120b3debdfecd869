"""The OpenAPI document: it says what is there, and everything that it says is so."""

import asyncio
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import httpx
import pytest

from streamd.edge.http._app import OPERATIONS
from streamd.edge.http.openapi import openapi_document
from streamd.wire.codec import MESSAGES
from tests.support.daemon import WITH_HTTP, Message, running

OF_A_CONNECTION: Final = {
    "ping": "there is nothing to keep alive",
    "hello": "its keys are in the query of GET /events",
    "subscribe": "its filters are in the query of GET /events",
    "unsubscribe": "a stream is closed instead",
    "disconnect": "a stream is closed instead",
    "snapshot": "GET /events?snapshot=1",
}
"""Messages without an address of their own, and why."""


@pytest.fixture(scope="module")
def document() -> Message:
    return dict(openapi_document(OPERATIONS))


def test_every_message_has_its_address() -> None:
    reached = {one.message.type for one in OPERATIONS if one.message is not None}

    assert reached | set(OF_A_CONNECTION) == set(MESSAGES)
    assert not reached & set(OF_A_CONNECTION)


def test_every_operation_is_in_the_document_with_a_sentence_and_a_name_of_its_own(document: Message) -> None:
    told = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }

    assert set(told) == {(one.method, one.path) for one in OPERATIONS}
    assert len({one["operationId"] for one in told.values()}) == len(told)
    assert [key for key, one in told.items() if not one["summary"].endswith(".")] == []


def test_every_reference_of_the_document_leads_somewhere(document: Message) -> None:
    def references(value: object) -> set[str]:
        match value:
            case {"$ref": str() as reference, **others}:
                return {reference, *references(others)}
            case dict():
                return set().union(*map(references, value.values()))
            case list() | tuple():
                return set().union(*map(references, value))
            case _:
                return set()

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) == known


def test_the_readme_of_the_room_names_every_address(root: Path) -> None:
    text = (root / "streamd" / "edge" / "http" / "README.md").read_text()
    told = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`? ]*)`", text))

    assert told == {(one.method, one.path) for one in OPERATIONS}


class _Links(HTMLParser):
    """Collects what a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "style", "onload")]


async def test_the_page_is_of_our_own_files_only(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http,
    ):
        page = await http.get("/docs")
        rules = page.headers["content-security-policy"]
        assert "default-src 'none'" in rules
        assert "unsafe" not in rules
        links = _Links()
        links.feed(page.text)
        assert {"/docs.js", "/docs.css", "/openapi.json"} <= set(links.found)
        for link in links.found:
            assert link.startswith("/")
            assert (await http.get(link)).status_code == 200
        told = await http.get("/openapi.json")
        assert told.json()["openapi"] == "3.1.0"
        known = {"If-None-Match": told.headers["etag"]}
        assert (await http.get("/openapi.json", headers=known)).status_code == 304


async def test_what_is_asked_as_the_document_says_is_answered_as_it_says(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    """Every operation with right and wrong requests, and chains of them; but streams of events, which do not end.

    That right requests are accepted cannot be asked: some rules no schema can say, such as which characters a name has.
    """
    (tmp_path / "schemathesis.toml").write_text(
        "[checks.negative_data_rejection]\n"
        "expected-statuses = [400, 404, 405, 409, 410, 412, 413, 415, 422, 431]\n"
    )
    async with running(tmp_path, **WITH_HTTP) as daemon:
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{daemon.http_url}/openapi.json",
            "--exclude-operation-id", "get_events", "--exclude-path-regex", "/(projects/.*/|agent-)stream$",
            "--exclude-checks", "positive_data_acceptance",
            "--phases", ("fuzzing,stateful", "coverage,fuzzing,stateful")[soak(0, 1)],
            "--max-examples", str(soak(2, 100)), "--generation-deterministic", "--no-shrink", "--warnings", "off",
            "--request-timeout", "30", "--no-color",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await asking.communicate()
        assert asking.returncode == 0, told.decode()
        assert [line for line in daemon.log if "request_failed" in line] == []
