"""The wire and the options say what they said when the golden transcripts were written, word by word."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import pytest_asyncio

from tests.golden import options
from tests.golden.mistakes import MESSAGES, ODD
from tests.golden.wire import OPTIONS, TRANSCRIPTS, text, written

NAMES: Final = ("addresses", "mistakes", "conversation", "events", "feeds")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What today's code says, by the name of the transcript."""
    lines = await written(tmp_path_factory.mktemp("daemon"))
    return {name: text(one) for name, one in lines.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_is_what_was_said(said: Mapping[str, str], name: str) -> None:
    check_lines(said[name], (TRANSCRIPTS / f"{name}.jsonl").read_text())


def test_options_defaults_and_the_words_of_their_mistakes_are_what_they_were() -> None:
    check_lines(options.text(), OPTIONS.read_text())


def test_every_field_of_every_message_is_spoilt(root: Path) -> None:
    documented = {
        name: set(re.findall(r"^\| `([\w.]+)` \|", part, re.MULTILINE))
        for name, part in re.findall(
            r"^### `(\w+)`\n(.*?)(?=^##)", client_messages(root), re.MULTILINE | re.DOTALL
        )
    }
    spoilt: dict[str, set[str]] = {}
    for message, fields in MESSAGES:
        spoilt.setdefault(message["type"], set()).update(fields)
    assert len(documented) > 20
    assert set(documented) == {*spoilt, "disconnect"}
    for name, keys in documented.items():
        assert keys <= spoilt.get(name, set()), name
    assert {message["type"] for message in ODD} - {"dance", "x" * 150} <= set(documented)


def test_every_message_is_said_in_the_conversation_and_every_kind_of_answer_is_heard(root: Path) -> None:
    lines: list[dict[str, Any]] = [
        orjson.loads(line)
        for name in ("conversation", "events")
        for line in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines()
    ]
    types = set(re.findall(r"^### `(\w+)`", client_messages(root), re.MULTILINE))
    assert {line["says"]["type"] for line in lines if "says" in line} == types - {"disconnect"}
    replies = set(re.findall(r"^### `(\w+)`", section(root, "Replies"), re.MULTILINE))
    responses = set(re.findall(r"^\| `(\w+)` \|", section(root, "Responses of a run"), re.MULTILINE))
    heard = {line.get("type") for line in lines if "to" in line}
    assert replies - heard == {"position"}, "which comes with the time"
    needed = {"attempt_reset", "notice", "tool_progress"}
    assert responses - heard == needed, (
        "which failures of a model or a node make necessary, or a tool of one's own"
    )


def check_lines(found: str, known: str) -> None:
    """Line by line: the first difference says the most."""
    for number, (line, meant) in enumerate(
        zip(found.splitlines(), known.splitlines(), strict=False), start=1
    ):
        assert line == meant, f"line {number}"
    assert len(found.splitlines()) == len(known.splitlines())


def client_messages(root: Path) -> str:
    return section(root, "Client messages")


def section(root: Path, title: str) -> str:
    """A section of the protocol's reference."""
    reference = (root / "streamd" / "wire" / "README.md").read_text()
    return reference.partition(f"\n## {title}\n")[2].partition("\n## ")[0] + "\n##"
