import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from streamd import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


def test_an_event_is_one_line_of_json_where_no_terminal_is() -> None:
    told = io.StringIO()
    logs.set_up("info", "auto", told)

    logs.named("runs").info("run_finished", run="r1", seconds=0.5)

    event = json.loads(told.getvalue())
    timestamp = event.pop("timestamp")
    assert event == {"event": "run_finished", "level": "info", "room": "runs", "run": "r1", "seconds": 0.5}
    assert timestamp.endswith("Z")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(timestamp)).total_seconds()) < 60


def test_a_terminal_gets_lines_for_people() -> None:
    told = Terminal()
    logs.set_up("info", "auto", told)

    logs.named("runs").info("run_finished", run="r1")

    assert "run_finished" in told.getvalue()
    assert not told.getvalue().startswith("{")


def test_less_important_events_than_the_level_are_not_told() -> None:
    told = io.StringIO()
    logs.set_up("warning", "json", told)
    log = logs.named("runs")

    log.info("unimportant")
    log.warning("important")

    assert json.loads(told.getvalue())["event"] == "important"


def test_a_logger_made_before_follows_a_later_set_up() -> None:
    log = logs.named("runs")
    told = io.StringIO()
    logs.set_up("error", "json", io.StringIO())
    log.error("before")
    logs.set_up("info", "json", told)

    log.info("after")

    assert json.loads(told.getvalue())["event"] == "after"


def test_warnings_of_libraries_come_out_in_the_same_form() -> None:
    told = io.StringIO()
    logs.set_up("info", "json", told)

    logging.getLogger("websockets.server").warning("dropped %d", 3)

    event = json.loads(told.getvalue())
    assert (event["event"], event["level"], event["logger"]) == ("dropped 3", "warning", "websockets.server")


def test_libraries_never_tell_what_passes_through_them_not_even_at_debug() -> None:
    told = io.StringIO()
    logs.set_up("debug", "json", told)

    logging.getLogger("websockets.server").debug("< TEXT secret")
    logging.getLogger("aiosqlite").debug("INSERT secret")

    assert told.getvalue() == ""


@pytest.mark.parametrize("field", ["token", "authorization", "password", "body", "user_input"])
def test_a_token_or_the_body_of_a_message_is_hidden_if_it_is_passed_by_mistake(field: str) -> None:
    told = io.StringIO()
    logs.set_up("info", "json", told)

    logs.named("edge").info("session_opened", **{field: "hunter2"})

    assert "hunter2" not in told.getvalue()
    assert json.loads(told.getvalue())[field] == "(hidden)"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_local_variables(form: logs.Format) -> None:
    told = io.StringIO()
    logs.set_up("info", form, told)

    def fail(text: str) -> None:
        doubled = text * 2
        raise RuntimeError(f"a text of {len(doubled)} letters")

    try:
        fail("abc")
    except RuntimeError:
        logs.named("runs").exception("run_failed")

    assert "a text of 6 letters" in told.getvalue()
    assert "abcabc" not in told.getvalue()


@pytest.mark.parametrize("value", [2**70, "\ud800", object(), {1: b"x"}, {(1, 2): 3}])
def test_a_line_comes_out_whatever_it_was_given(value: object) -> None:
    told = io.StringIO()
    logs.set_up("info", "json", told)

    logs.named("runs").info("odd", value=value)

    assert json.loads(told.getvalue())["event"] == "odd"
