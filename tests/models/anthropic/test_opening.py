"""The library is heavy: it is imported when it is needed, and without holding up the loop."""

import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from streamd.models.anthropic import Settings, open_anthropic
from tests.models.asking import ask, failure, words
from tests.support.messages_api import MessagesApi
from tests.support.model_replies import said


def test_naming_the_models_does_not_import_the_library(root: Path) -> None:
    code = "import sys, streamd.models.anthropic; sys.exit('anthropic' in sys.modules or 'httpx2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60, check=False).returncode == 0


async def test_the_address_may_come_from_the_environment(
    api: MessagesApi, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)

    async with open_anthropic(attrs.evolve(settings, base_url=None)) as model:
        await ask(model)

    assert len(api.requests) == 1


async def test_a_model_that_is_closed_fails_as_models_fail(api: MessagesApi, settings: Settings) -> None:
    async with open_anthropic(settings) as model:
        pass

    error, _ = await failure(model)

    assert error.kind == "unreachable"
    assert api.requests == []


async def test_two_models_may_be_open_at_once(api: MessagesApi, settings: Settings) -> None:
    api.script(said("one"), said("two"))

    async with open_anthropic(settings) as first, open_anthropic(settings) as second:
        assert words(await ask(first)) == ["one"]
        assert words(await ask(second)) == ["two"]
