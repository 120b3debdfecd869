"""The protocol reference says what the code does, both ways."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
import pytest

import streamd.wire
from streamd.core.run import RESPONSE_TYPES
from streamd.wire.codec import PARSERS, parse
from streamd.wire.codes import ERROR_CODES, CloseCode
from streamd.wire.replies import REPLY_TYPES, SNAPSHOT_REASONS

TEXT = (Path(streamd.wire.__path__[0]) / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EVERYWHERE = {"type", "request_id"}


def parts(section: str) -> dict[str, str]:
    """The text under each `### `name`` of a section."""
    found = re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", SECTIONS[section], re.MULTILINE | re.DOTALL)
    return dict(found)


def examples(kind: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"^```json {kind}\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `?(\w+)`? \|", text, re.MULTILINE)


class Asked(Mapping[str, object]):
    """A message that notes which keys a parser looks at."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self.body = body
        self.keys_asked: set[str] = set()

    def __getitem__(self, key: str) -> object:
        self.keys_asked.add(key)
        return self.body[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.body)

    def __len__(self) -> int:
        return len(self.body)


def test_every_fenced_example_says_who_sends_it() -> None:
    assert TEXT.count("```") == 2 * (len(examples("client")) + len(examples("server")))


@pytest.mark.parametrize("example", examples("client"))
def test_examples_of_client_messages_parse(example: str) -> None:
    parse(example)


@pytest.mark.parametrize("example", examples("server"))
def test_examples_of_the_daemons_messages_are_json_with_one_of_the_two_keys(example: str) -> None:
    message = orjson.loads(example)
    if "event_type" in message:
        assert "type" not in message
        assert message["version"] == message["seq"]
    elif "run_seq" in message:
        assert message["type"] in RESPONSE_TYPES
        assert "seq" not in message
    else:
        assert message["type"] in REPLY_TYPES


def test_every_client_message_has_its_part_with_an_example_and_no_other() -> None:
    described = parts("Client messages")
    assert set(described) == set(PARSERS)
    for name, text in described.items():
        assert {orjson.loads(example)["type"] for example in examples("client", text)} == {name}


@pytest.mark.parametrize("name", PARSERS)
def test_the_fields_of_a_client_message_are_those_that_the_code_reads(name: str) -> None:
    text = parts("Client messages")[name]
    documented = set(first_column(text)) - {"field"}
    asked = Asked(orjson.loads(examples("client", text)[0]))
    # the plural stands in the way of the other spellings
    asked.body = {key: value for key, value in asked.body.items() if key not in {"item_types", "types"}}
    PARSERS[name](asked, None)
    assert documented == asked.keys_asked - EVERYWHERE


def test_every_reply_has_its_part_and_its_examples_and_no_other() -> None:
    described = parts("Replies")
    assert set(described) == REPLY_TYPES
    for name, text in described.items():
        assert {orjson.loads(example)["type"] for example in examples("server", text)} <= {name}


def test_every_type_of_response_stands_in_the_document_and_no_other() -> None:
    assert set(first_column(SECTIONS["Responses of a run"])) - {"type"} == RESPONSE_TYPES


def test_every_error_code_stands_in_the_document_with_its_meaning_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", SECTIONS["Error codes"], re.MULTILINE)
    assert dict(rows) == ERROR_CODES


def test_every_close_code_stands_in_the_document_with_its_verdict_and_no_other() -> None:
    rows = re.findall(r"^\| (\d+) \| (yes|no) \| (.+) \|$", SECTIONS["Close codes"], re.MULTILINE)
    assert rows == [(str(int(code)), "yes" if code.comes_back else "no", code.reason) for code in CloseCode]


def test_every_reason_of_a_snapshot_stands_in_the_document_and_no_other() -> None:
    table = SECTIONS["Connecting"].split("| reason |")[1]
    assert set(first_column(table)) == SNAPSHOT_REASONS


def test_every_parameter_of_the_address_stands_in_the_document_and_no_other() -> None:
    table = SECTIONS["Connecting"].split("| parameter |")[1].split("| reason |")[0]
    assert set(first_column(table)) - {"parameter"} == {
        "workspace",
        "since",
        "epoch",
        "snapshot",
        "user_id",
        "token",
    }
