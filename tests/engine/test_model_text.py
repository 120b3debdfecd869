"""Streamed text of models: which of it is reasoning, and which repeats what was shown before."""

import pytest

from streamd.engine.steps._model_text import OverlapTrimmer, ThinkingSplitter


def split(text: str, size: int, *, splits: bool = True) -> tuple[str, str]:
    """Content and reasoning of a text in chunks of that size."""
    splitter = ThinkingSplitter(splits=splits)
    parts = [part for at in range(0, len(text), size) for part in splitter.feed(text[at : at + size])]
    parts += splitter.end()
    kinds: dict[str, str] = {"content": "", "reasoning": ""}
    for kind, piece in parts:
        kinds[kind] += piece
    return kinds["content"], kinds["reasoning"]


@pytest.mark.parametrize("size", [1, 2, 5, 11, 400])
@pytest.mark.parametrize(
    ("text", "content", "reasoning"),
    [
        ("<thinking>Hm.</thinking>Yes.", "Yes.", "Hm."),
        ("\n <thinking>Hm.</thinking>\nYes.", "\nYes.", "Hm."),
        ("<thinking>a</thinking>\n<thinking>b</thinking>Yes.", "Yes.", "ab"),
        (
            "Put it between `<thinking>` tags, then go on.",
            "Put it between `<thinking>` tags, then go on.",
            "",
        ),
        ("```\n<thinking>x</thinking>\n```", "```\n<thinking>x</thinking>\n```", ""),
        ("So <thinking>far</thinking> it goes", "So <thinking>far</thinking> it goes", ""),
        ("<think about it", "<think about it", ""),
        ("\n", "\n", ""),
    ],
)
def test_reasoning_is_what_stands_in_tags_before_an_answer(
    text: str, content: str, reasoning: str, size: int
) -> None:
    assert split(text, size) == (content, reasoning)


@pytest.mark.parametrize("size", [1, 7, 400])
@pytest.mark.parametrize("text", ["<thinking> is a tag.", " <thinking>never closed</thin", "<thinking>"])
def test_a_tag_that_is_not_closed_is_text(text: str, size: int) -> None:
    assert split(text, size)[0] == text


def test_a_model_without_tags_of_its_own_is_not_split() -> None:
    text = "<thinking>Bolt</thinking> was added."

    assert split(text, 3, splits=False) == (text, "")


def test_where_a_model_thinks_elsewhere_its_text_is_text() -> None:
    splitter = ThinkingSplitter()

    assert splitter.as_text() == []
    assert splitter.feed("<thinking>is a tag</thinking>") == [("content", "<thinking>is a tag</thinking>")]


@pytest.mark.parametrize(
    ("shown", "then", "new"),
    [
        ("| a | b |\n|---|---|---|\n", "|---|---|---|\n| 1 | 2 |", "|---|---|---|\n| 1 | 2 |"),
        ("| Item | Stock |\n| ---- ", "| ---- |\n| Bolt | 3 |", "| ---- |\n| Bolt | 3 |"),
        ("Title\n========", "========\nmore", "========\nmore"),
        ("1, 1, 1, 1, 1, ", "1, 1, 1, 1, 2", "1, 1, 1, 1, 2"),
        ("There are six bolts in", "six bolts in the box.", " the box."),
        ("There are six bolts", "There are six bolts left.", " left."),
    ],
)
def test_only_words_are_a_repetition(shown: str, then: str, new: str) -> None:
    trimmer = OverlapTrimmer(shown)

    assert "".join((*(trimmer.feed(letter) for letter in then), trimmer.end())) == new
