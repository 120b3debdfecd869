"""Records of newer and of older versions are read."""

import orjson
import pytest

from streamd.core.run import RunOptions, RunRequest
from streamd.core.thread import InterruptAnswer
from streamd.core.usage import NOTHING_USED, Usage
from streamd.errors import StoreError
from streamd.stores.records import (
    Fact,
    checkpoint_of,
    fact_json,
    interrupt_of,
    request_of,
    stream_checkpoint_of,
    usage_of,
)
from tests.stores.samples import checkpoint, interrupt, stream_checkpoint

NEWER = {"colour": "blue", "deep": {"a": 1}}


def with_more(fact: Fact) -> dict[str, object]:
    return {**orjson.loads(fact_json(fact)), **NEWER}


def test_keys_that_nobody_knows_are_passed_over() -> None:
    options = {"multitask": "enqueue", "budget": {"tokens": 5, **NEWER}, **NEWER}
    request = request_of({"user_input": "Count", "options": options, **NEWER})
    assert request.options.multitask == "enqueue"
    assert request.options.budget.tokens == 5
    assert usage_of({"output_tokens": 2, **NEWER}) == Usage(output_tokens=2)
    assert checkpoint_of(with_more(checkpoint(1))) == checkpoint(1)
    assert interrupt_of(with_more(interrupt("i"))) == interrupt("i")
    assert stream_checkpoint_of(with_more(stream_checkpoint())) == stream_checkpoint()
    answered = {**with_more(interrupt("i")), "answer": {"decision": "approve", **NEWER}}
    assert interrupt_of(answered).answer == InterruptAnswer("approve")


def test_keys_that_are_missing_have_their_defaults() -> None:
    assert request_of({"user_input": "Count"}) == RunRequest("Count")
    assert request_of({"user_input": "Count", "options": None}).options == RunOptions()
    assert usage_of({}) == NOTHING_USED
    older = orjson.loads(fact_json(checkpoint(1)))
    del older["progress"]
    assert checkpoint_of(older).progress == {}


def test_a_record_without_what_it_cannot_do_without_is_told() -> None:
    with pytest.raises(StoreError, match="a RunRequest in the store is incomplete"):
        request_of({})
