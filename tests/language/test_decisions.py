"""Texts that say nothing but yes or no."""

import pytest

from streamd.language import English


@pytest.mark.parametrize(
    "text", ["yes", "Yes!", "Yes, please.", "ok", "go ahead", "OK, go ahead", "Sure, do it", "yes and thanks"]
)
def test_yes_in_many_words(text: str) -> None:
    assert English().decision_in(text) == "approve"


@pytest.mark.parametrize(
    "text", ["no", "No.", "no thanks", "don\u2019t", "Please don't!", "never mind", "No, leave it"]
)
def test_no_in_many_words(text: str) -> None:
    assert English().decision_in(text) == "reject"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please",
        "yes, but only two",
        "no stock?",
        "yes no",
        "Remove it",
        "Is it ok?",
        "yes" * 100,
        "thanks",
    ],
)
def test_everything_else_is_neither(text: str) -> None:
    assert English().decision_in(text) is None
