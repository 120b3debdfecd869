"""The protocol reference says what the code does, both ways."""

import re
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

import streamd.wire
from streamd.core.agent_progress import started_progress
from streamd.core.brackets import BRACKET_TYPES, ID_KEYS
from streamd.core.memory import Memory, MemoryId
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RESPONSE_TYPES, RunId
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, Thread
from streamd.wire.codec import MESSAGES, parse
from streamd.wire.codes import ERROR_CODES, CloseCode
from streamd.wire.entries import FEED_EVENT_TYPES
from streamd.wire.item_replies import SNAPSHOT_REASONS
from streamd.wire.memory_replies import memory, memory_as_json
from streamd.wire.messages.memory_messages import MAX_PREFERENCE_BYTES, MAX_QUERY_CHARS
from streamd.wire.messages.run_messages import MAX_PROGRESS_HISTORY
from streamd.wire.messages.thread_messages import DEFAULT_LIMIT, MAX_LIMIT, MAX_STATE_BYTES
from streamd.wire.replies import REPLY_TYPES
from streamd.wire.thread_replies import (
    interrupt_as_json,
    interrupt_in_parts,
    interrupts,
    past_checkpoint,
    thread_history,
    thread_state,
)
from tests.support.parse_cases import VALID

TEXT = (Path(streamd.wire.__path__[0]) / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))


def parts(section: str) -> dict[str, str]:
    """The text under each `### `name`` of a section."""
    found = re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", SECTIONS[section], re.MULTILINE | re.DOTALL)
    return dict(found)


def examples(kind: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"^```json {kind}\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `?([\w.]+)`? \|", text, re.MULTILINE)


class Asked(dict[str, object]):
    """A message that notes which keys are read, in the objects in it, too: `options.budget.tokens`."""

    def __init__(self, body: Mapping[str, object], noted: set[str], path: str = "") -> None:
        super().__init__(
            {
                key: Asked(value, noted, f"{path}{key}.") if isinstance(value, dict) else value
                for key, value in body.items()
            }
        )
        self.noted = noted
        self.path = path

    def get(self, key: str, default: object = None) -> object:
        self.noted.add(self.path + key)
        return super().get(key, default)


def test_brackets_are_listed_with_their_keys() -> None:
    listed = first_column(SECTIONS["Brackets"])
    assert set(listed) >= BRACKET_TYPES
    keys = {"type", "key", *BRACKET_TYPES, *ID_KEYS.values()}
    assert set(listed) - keys == {
        "agent", "node", "parent", "internal", "attempt", "tool_use_id", "tool", "arguments", "arguments_truncated", "resumed", "status",
        "result", "result_truncated",
    }  # fmt: skip


def test_every_fenced_example_says_who_sends_it() -> None:
    assert TEXT.count("```") == 2 * (len(examples("client")) + len(examples("server")))


@pytest.mark.parametrize("example", examples("client"))
def test_examples_of_client_messages_parse(example: str) -> None:
    parse(example)


@pytest.mark.parametrize("example", examples("server"))
def test_examples_of_the_daemons_messages_are_json_with_one_of_the_two_keys(example: str) -> None:
    message = orjson.loads(example)
    if message.get("event_type") in FEED_EVENT_TYPES:
        assert not {"type", "seq", "version"} & set(message)
    elif "event_type" in message:
        assert "type" not in message
        assert message["version"] == message["seq"]
    elif "run_seq" in message:
        assert message["type"] in RESPONSE_TYPES
        assert "seq" not in message
        assert isinstance(message["timestamp"], int if message["type"] == "content" else str)
    else:
        assert message["type"] in REPLY_TYPES


def test_every_client_message_has_its_part_with_an_example_and_no_other() -> None:
    described = parts("Client messages")
    assert set(described) == set(MESSAGES)
    for name, text in described.items():
        assert {orjson.loads(example)["type"] for example in examples("client", text)} == {name}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_rows_of_a_client_message_are_the_keys_that_its_class_declares(name: str) -> None:
    text = parts("Client messages")[name]
    rows = first_column(text)
    as_elsewhere = tuple(
        f"{key}." for key in re.findall(r"^\| `([\w.]+)` \|.*\| as in `\w+` \|$", text, re.MULTILINE)
    )
    declared = [key for key in MESSAGES[name].declared_keys() if not key.startswith(as_elsewhere)]
    assert sorted(set(rows) - {"field"}) == sorted(declared)
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_keys_that_a_class_declares_are_those_that_it_reads(name: str) -> None:
    noted: set[str] = set()
    for message in VALID:
        if message["type"] == name:
            MESSAGES[name].parse(Asked(message, noted), None)
    assert MESSAGES[name].declared_keys() == noted


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
        "item_types",
        "where",
        "user_id",
        "token",
    }


def test_every_broadcast_of_a_feed_stands_in_the_document_with_an_example_and_no_other() -> None:
    text = SECTIONS["Progress and quality"]
    table = text.split("| event_type |")[1].split("```")[0]
    assert set(first_column(table)) == FEED_EVENT_TYPES
    assert {orjson.loads(example)["event_type"] for example in examples("server", text)} == FEED_EVENT_TYPES


@pytest.mark.requirement("C4")
def test_the_keys_of_progress_are_those_that_the_code_tells() -> None:
    keys = list(started_progress("inventory_agent", "run-19", 0).as_data())
    text = SECTIONS["Progress and quality"]
    assert first_column(text.split("| key of progress |")[1].split("```")[0]) == keys
    told = orjson.loads(examples("server", text)[0])
    assert list(told["data"]) == [*keys, "run_id"]
    report = orjson.loads(examples("server", parts("Replies")["progress_report"])[0])
    assert all(list(data) == keys for data in report["agents"].values())


QUESTION = Interrupt(
    InterruptId("i"), "w", "t", RunId("r"), "a", "n", "confirmation", "Remove?", 0,
    expires_ms=1, response_schema={}, value={},
)  # fmt: skip
STANDS = Checkpoint(
    CheckpointId("c"),
    "w",
    "t",
    RunId("r"),
    CheckpointId("b"),
    "node",
    0,
    "a",
    "n",
    ("m",),
    {"plan": "p"},
    principal=ANONYMOUS_PRINCIPAL,
)

REMEMBERED = Memory(MemoryId("m"), "w", "a", "u", "insight", "x", 0)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "thread",
            [
                thread_state(Thread("t", "interrupted", STANDS, [QUESTION], RunId("r")), str),
                thread_history("t", [past_checkpoint(STANDS, str)]),
            ],
        ),
        ("interrupts", [interrupts(list(map(orjson.dumps, interrupt_in_parts(QUESTION, str))))]),
        ("memory", [memory("search", [orjson.dumps(memory_as_json(REMEMBERED, str))])]),
    ],
)
def test_examples_have_the_keys_that_the_code_tells(name: str, told: list[bytes]) -> None:
    shown = [orjson.loads(example) for example in examples("server", parts("Replies")[name])]
    assert [shape(example) for example in shown] == [shape(orjson.loads(reply)) for reply in told]


def test_the_example_of_a_question_that_ends_a_run_is_as_the_code_tells_it() -> None:
    told = [orjson.loads(example) for example in examples("server", SECTIONS["Responses of a run"])]
    [question] = [response["interrupt"] for response in told if response["type"] == "interrupt"]
    assert set(question) == set(interrupt_as_json(QUESTION, str))


OPEN = {"values", "data", "value", "response_schema"}
"""Keys whose content is not the protocol's."""


def shape(value: object) -> object:
    """The keys of an object, of those in it and of the first member of its lists."""
    match value:
        case dict():
            return {key: None if key in OPEN else shape(inner) for key, inner in value.items()}
        case [first, *_]:
            return [shape(first)]
        case _:
            return None


@pytest.mark.parametrize("name", ["values", "value", "query", "limit", "history"])
def test_limits_in_the_document_are_those_of_the_code(name: str) -> None:
    rows = {
        row
        for text in parts("Client messages").values()
        for row in re.findall(rf"^\| `{name}` \|.*$", text, re.MULTILINE)
    }
    assert all(any(str(limit) in row for row in rows) for limit in LIMITS[name])


LIMITS = {
    "values": [MAX_STATE_BYTES],
    "value": [MAX_STATE_BYTES, MAX_PREFERENCE_BYTES],
    "query": [MAX_QUERY_CHARS],
    "limit": [MAX_LIMIT, DEFAULT_LIMIT],
    "history": [MAX_PROGRESS_HISTORY],
}
