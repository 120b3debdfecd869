"""Models of other makers: packages that name theirs in the entry-point group `streamd.models`."""

from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT, Streamd
from tests.support.daemon import running
from tests.support.scripted_model import ask, kinds, text

ACME: Final = """
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamd.core.prompt import Text
from streamd.ports.model import Model, TextDelta, Turn
from streamd.ports.model_maker import ModelSettings


class Echo:
    is_offline = False

    def __init__(self, settings):
        self.settings = settings

    def name(self, agent):
        return self.settings.of(agent).model

    async def stream(self, prompt):
        question = next(block.text for block in prompt.messages[-1].blocks if isinstance(block, Text))
        answer = f"{self.name(prompt.agent)} {self.settings.api_key!r} {self.settings.base_url!r}: {question}"
        yield TextDelta(answer)
        yield Turn((Text(answer),), "end_turn", self.name(prompt.agent))


@asynccontextmanager
async def open_model(settings: ModelSettings) -> AsyncIterator[Model]:
    print("ACME opened")
    yield Echo(settings)
    print("ACME closed")


NOTHING = None
"""


def installed(directory: Path, entry: str) -> dict[str, str]:
    """A package with this entry point; the environment in which Python finds it, and a key that is not for it."""
    info = directory / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[streamd.models]\nacme = {entry}\n")
    (directory / "acme.py").write_text(ACME)
    return {
        "PYTHONPATH": f"{ROOT}:{directory}", "ANTHROPIC_API_KEY": "sk-of-another",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "STREAMD_MODELS__PROVIDER": "acme",
    }  # fmt: skip


async def test_a_model_of_another_maker_answers_and_hears_no_key_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[agents.general]\nmodel = 'acme-1'\n")

    async with (
        running(tmp_path, module="streamd", **installed(tmp_path, "acme:open_model")) as daemon,
        daemon.client() as client,
    ):
        told = await ask(client, "Are you there?", agent="general")
        assert await daemon.stop() == 0

    assert kinds(told)[-1] == "complete", told[-1]
    assert text(told).startswith("acme-1 '' '': ")
    assert "Are you there?" in text(told)
    assert told[-1]["model"] == "acme-1"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("acme:NOTHING", "must be a function that opens a model"),
        ("acme:absent", "cannot be loaded: AttributeError"),
        ("nowhere:open_model", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_an_entry_point_that_opens_no_model_is_named(
    streamd: Streamd, tmp_path: Path, entry: str, why: str
) -> None:
    ended = streamd("check-config", environ=installed(tmp_path, entry))

    assert ended.returncode == 2
    assert f"models.provider acme ({entry})" in ended.stderr
    assert why in ended.stderr
