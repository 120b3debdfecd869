"""All tests of this folder: what the daemon answers over HTTP is as its OpenAPI document says."""

from typing import Any

import httpx
import pytest

from tests.support.answers import check_answer


@pytest.fixture(autouse=True)
def _answers_are_as_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each answer that a client reads whole."""
    request = httpx.AsyncClient.request

    async def checked(client: httpx.AsyncClient, *args: Any, **keys: Any) -> httpx.Response:
        response = await request(client, *args, **keys)
        check_answer(response)
        return response

    monkeypatch.setattr(httpx.AsyncClient, "request", checked)
