import inspect

import orjson
import pytest

from streamd import errors
from streamd.errors import RefusedError, RunError, StoreError, StreamdError
from streamd.wire.codes import ERROR_CODES, CloseCode, restart_reason
from streamd.wire.frames import MAX_REASON_BYTES
from streamd.wire.refusals import INTERNAL_TEXT, STORE_TEXT, error_keys, request_id_of
from streamd.wire.replies import error

TOLD = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, RefusedError | RunError | StoreError)
]


def test_every_error_that_clients_may_see_has_its_code_in_the_table_and_the_other_way_round() -> None:
    assert {kind.code for kind in TOLD} | {StreamdError.code} == set(ERROR_CODES)


@pytest.mark.parametrize("kind", [kind for kind in TOLD if kind not in (StoreError, errors.ModelError)])
def test_an_error_becomes_its_code_its_message_and_its_details(kind: type[StreamdError]) -> None:
    failure = kind("say it otherwise", version=7)
    assert orjson.loads(error(failure, request_id="r")) == {
        "type": "error",
        "code": kind.code,
        "message": "say it otherwise",
        "retryable": kind.retryable,
        "version": 7,
        "request_id": "r",
    }


def test_a_model_that_failed_says_in_which_way() -> None:
    failure = errors.ModelError("the key is not valid; check it", kind="unauthorized", retryable=False)
    assert orjson.loads(error(failure)) == {
        "type": "error",
        "code": "model_failed",
        "message": "the key is not valid; check it",
        "retryable": False,
        "kind": "unauthorized",
    }


def test_a_model_that_is_overloaded_says_when_to_ask_again() -> None:
    failure = errors.ModelError(
        "the model is overloaded; ask again", kind="overloaded", retryable=True, retry_after_seconds=1.5
    )
    assert orjson.loads(error(failure)) == {
        "type": "error",
        "code": "model_failed",
        "message": "the model is overloaded; ask again",
        "retryable": True,
        "kind": "overloaded",
        "retry_after_ms": 1500,
    }


def test_an_answered_question_says_how_and_by_whom() -> None:
    reply = orjson.loads(error(errors.AnsweredError("no", decision="reject", by="u2")))
    assert (reply["code"], reply["decision"], reply["by"]) == ("answered", "reject", "u2")


def test_an_invalid_message_says_where() -> None:
    assert orjson.loads(error(errors.InvalidMessageError("no", path="item.type")))["path"] == "item.type"


def test_how_long_to_wait_travels_as_a_detail() -> None:
    reply = orjson.loads(error(errors.RateLimitedError("slower", retry_after_ms=250)))
    assert (reply["retry_after_ms"], reply["retryable"]) == (250, True)


def test_the_store_keeps_its_words_for_the_operator() -> None:
    reply = orjson.loads(error(StoreError("/var/lib/streamd.db is read-only", path="/var/lib")))
    assert reply == {"type": "error", "code": "store", "message": STORE_TEXT, "retryable": False}


@pytest.mark.parametrize(
    "failure",
    [KeyError("secret"), RuntimeError("secret"), errors.ConfigurationError([errors.Mistake("x", "secret")])],
)
def test_whatever_else_comes_up_is_internal_and_tells_nothing(failure: Exception) -> None:
    keys = error_keys(failure)
    assert keys == {"code": "internal", "message": INTERNAL_TEXT, "retryable": False}


def test_details_cannot_replace_what_an_error_is_known_by() -> None:
    failure = RefusedError("no", type="item_added", event_type="x", code="y", retryable=True)
    assert orjson.loads(error(failure)) == {
        "type": "error",
        "code": "refused",
        "message": "no",
        "retryable": False,
    }


def test_an_error_that_is_not_ours_has_no_request_id() -> None:
    assert request_id_of(KeyError()) is None


def test_the_range_of_a_private_close_code_is_its_verdict() -> None:
    for code in CloseCode:
        if code >= 4000:
            assert code.comes_back == (code < 4500)


def test_a_client_does_not_come_back_by_itself_after_a_normal_end() -> None:
    assert not CloseCode.NORMAL.comes_back
    assert CloseCode.RESTART.comes_back


def test_reasons_fit_into_a_close_frame() -> None:
    assert all(0 < len(code.reason.encode()) <= MAX_REASON_BYTES for code in CloseCode)


def test_a_restart_says_when_to_come_back() -> None:
    assert orjson.loads(restart_reason(500, 5000)) == {"retry_ms": [500, 5000]}
    assert len(restart_reason(10**9, 10**9)) <= MAX_REASON_BYTES
