"""Every line of the sample file of requests does what the file says."""

from collections.abc import Mapping
from typing import Any

import pytest

from streamd.core.item import item_of
from streamd.core.item_type import ItemTypes
from tests.support.samples import SAMPLE_ITEMS, SAMPLE_REQUESTS

from .harness import outcome_of

pytestmark = pytest.mark.requirement("A6", "A7")


@pytest.mark.parametrize("row", SAMPLE_REQUESTS, ids=lambda row: row["say"])
def test_a_sample_request_does_what_the_file_says(row: Mapping[str, Any], types: ItemTypes) -> None:
    found = outcome_of(row["say"], [item_of(flat) for flat in SAMPLE_ITEMS], types, row.get("context"))
    expected = row["expect"]
    added = list(found.added)
    for wanted in expected["added"]:
        for _ in range(wanted["count"]):
            fields = {"type": wanted["type"], **wanted.get("fields", {})}
            one = next(item for item in added if all(item.get(key) == value for key, value in fields.items()))
            added.remove(one)
    assert not added
    assert sorted(found.removed) == sorted(expected["removed"])
    assert {key: dict(fields) for key, fields in found.changed.items()} == expected["changed"]
    if "intent" in expected:
        assert found.understanding.intent.primary_intent == expected["intent"]
    for words in expected.get("reply_mentions", []):
        assert words in found.words.replace(",", "")
