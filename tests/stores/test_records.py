"""Records of newer and of older versions are read."""

import orjson
import pytest

from streamd.core.item import ItemId, Seq
from streamd.core.principal import ANONYMOUS_PRINCIPAL, Principal
from streamd.core.run import RunOptions, RunRequest
from streamd.core.thread import Checkpoint, Interrupt, InterruptAnswer, StreamCheckpoint
from streamd.core.tool_calls import ChangeItems, ItemEdit
from streamd.core.usage import NOTHING_USED, Usage
from streamd.engine.record import RecordedCall
from streamd.errors import StoreError
from streamd.stores._records import from_json, to_json
from tests.stores.samples import checkpoint, interrupt, stream_checkpoint

NEWER = {"colour": "blue", "deep": {"a": 1}}


def with_more(fact: object) -> dict[str, object]:
    return {**orjson.loads(to_json(fact)), **NEWER}


def test_keys_that_nobody_knows_are_passed_over() -> None:
    options = {"multitask": "enqueue", "budget": {"tokens": 5, **NEWER}, **NEWER}
    request = from_json(RunRequest, {"user_input": "Count", "options": options, **NEWER})
    assert request.options.multitask == "enqueue"
    assert request.options.budget.tokens == 5
    assert from_json(Usage, {"output_tokens": 2, **NEWER}) == Usage(output_tokens=2)
    assert from_json(Checkpoint, with_more(checkpoint(1))) == checkpoint(1)
    assert from_json(Interrupt, with_more(interrupt("i"))) == interrupt("i")
    assert from_json(StreamCheckpoint, with_more(stream_checkpoint())) == stream_checkpoint()
    answered = {**with_more(interrupt("i")), "answer": {"decision": "approve", **NEWER}}
    assert from_json(Interrupt, answered).answer == InterruptAnswer("approve")


def test_keys_that_are_missing_have_their_defaults() -> None:
    assert from_json(RunRequest, {"user_input": "Count"}) == RunRequest(
        "Count", principal=ANONYMOUS_PRINCIPAL
    )
    assert from_json(RunRequest, {"user_input": "Count", "options": None}).options == RunOptions()
    assert from_json(Usage, {}) == NOTHING_USED
    older = orjson.loads(to_json(checkpoint(1)))
    del older["progress"]
    assert from_json(Checkpoint, older).progress == {}
    del older["principal"]
    assert from_json(Checkpoint, older).principal == ANONYMOUS_PRINCIPAL


def test_a_record_without_what_it_cannot_do_without_is_told() -> None:
    with pytest.raises(StoreError, match="a RunRequest in the store is incomplete"):
        from_json(RunRequest, {})


@pytest.mark.parametrize("lacking", ["user_id", "authenticated", "workspaces", "rights"])
def test_a_principal_that_lacks_something_opens_nothing(lacking: str) -> None:
    principal = Principal("ann", authenticated=True, workspaces=None, rights=frozenset({"read"}))
    written = orjson.loads(to_json(RunRequest("Count", principal=principal)))
    assert set(written["principal"]) == {"user_id", "authenticated", "workspaces", "rights"}
    del written["principal"][lacking]
    with pytest.raises(StoreError, match="a RunRequest in the store is incomplete"):
        from_json(RunRequest, written)


def test_what_a_newer_version_says_in_a_value_is_read_and_numbers_stay_as_they_are() -> None:
    newer = {**orjson.loads(to_json(interrupt("i"))), "reason": "of tomorrow"}
    assert orjson.loads(to_json(from_json(Interrupt, newer)))["reason"] == "of tomorrow"
    call = RecordedCall(ChangeItems((ItemEdit(ItemId("a"), inc={"stock": 5, "price": 0.5}),)), Seq(1), {})
    assert RecordedCall.decode(call.encode()).encode() == call.encode()
    assert b'"stock":5,' in call.encode()


def test_every_attribute_of_a_record_is_saved_and_comes_back() -> None:
    principal = Principal(
        "ann", authenticated=True, workspaces=frozenset({"hall"}), rights=frozenset({"read"})
    )
    request = RunRequest(
        "Count", {"a": [1, None]}, "ann", "hall", "t", "x", RunOptions(use_hitl=True), 7, principal=principal
    )
    assert from_json(RunRequest, orjson.loads(to_json(request))) == request


def test_what_is_no_json_is_told_before_it_is_written() -> None:
    with pytest.raises(StoreError, match="a RunRequest cannot be kept"):
        to_json(RunRequest("Count", {"a": object()}, principal=ANONYMOUS_PRINCIPAL))
