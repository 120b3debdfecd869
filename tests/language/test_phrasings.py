"""People's many ways of saying a thing do what they say, or refuse; never anything else."""

from collections.abc import Sequence

import pytest

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes

from .harness import outcome_of
from .phrasings import compact, expected_of, rows, shown

pytestmark = pytest.mark.requirement("A6")


@pytest.mark.parametrize(("say", "expected_text"), list(rows()), ids=lambda text: text)
def test_a_phrasing_does_what_its_table_says(
    say: str, expected_text: str, items: Sequence[Item], types: ItemTypes
) -> None:
    expected = expected_of(expected_text)
    found = outcome_of(say, items, types)
    assert found.understanding.refusal == "" or found.nothing
    if expected.kind == "refuse":
        assert found.nothing
        assert found.understanding.refusal
        return
    if expected.kind == "none":
        assert found.nothing
        return
    assert not found.understanding.refusal
    left = list(found.added)
    for kind, fields in expected.added:
        match = [
            item
            for item in left
            if item["type"] == kind and all(shown(item.get(key)) == value for key, value in fields.items())
        ]
        assert match, left
        left.remove(match[0])
    assert not left
    assert sorted(found.removed) == sorted(expected.removed)
    assert {
        item_id: {key: shown(value) for key, value in fields.items()}
        for item_id, fields in found.changed.items()
    } == {item_id: compact(fields) for item_id, fields in expected.changed.items()}
    for words in expected.mentions:
        assert words in found.words.replace(",", "")
