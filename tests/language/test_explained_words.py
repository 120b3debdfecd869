"""Every word of a request is explained, or the request is refused and names it; no word of the grammar is taken for another."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import streamd.language
from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes
from streamd.language._spelling_correction import corrected, is_as_written
from streamd.language._tokens import tokenise
from streamd.language._vocabulary_words import RequestWords
from streamd.text.number_words import CARDINALS
from streamd.text.time_words import DAYS_IN, MONTHS, WEEKDAYS

from .harness import outcome_of
from .test_warehouse_sentences import FOLDER, lines, warehouse

pytestmark = pytest.mark.requirement("A6")

__all__ = ["warehouse"]

RELAXED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STRANGE = st.sampled_from(
    ["zorbix", "quaflin", "Vrelmo", "fragile", "leather", "upstairs", "ultra", "nonetheless"]
)
"""Words that nothing here explains, some of them English."""
ANSWERED = [say for say, expected in lines("questions.txt") if expected.startswith("=")]
CARRIED_OUT = [
    say
    for say, expected in lines("orders.txt")
    if expected[0] in "-~"
    and not re.search(r"location=|name=|supplier=|status=|delivery=", expected)  # a text may be of any words
    and not re.search(r", |\. |;", say)  # and so may the statement before an order
]


def with_word(say: str, word: str, at: int) -> str:
    words = say.split(" ")
    at %= len(words) + 1
    return " ".join([*words[:at], word, *words[at:]])


@given(say=st.sampled_from(ANSWERED), word=STRANGE, at=st.integers(0, 20))
@RELAXED
def test_a_question_with_a_word_that_is_not_understood_is_refused_by_that_word(
    say: str, word: str, at: int, warehouse: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(with_word(say, word, at), warehouse, types)
    assert not found.understanding.matched
    assert word in found.words


@given(say=st.sampled_from(CARRIED_OUT), word=STRANGE, at=st.integers(0, 20))
@RELAXED
def test_an_order_with_a_word_that_is_not_understood_is_refused_by_that_word(
    say: str, word: str, at: int, warehouse: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(with_word(say, word, at), warehouse, types)
    assert found.nothing
    assert word in found.words


BEGINNINGS = st.lists(st.sampled_from(["Bay", "Dock", "North", "South", "Cold"]), min_size=1, max_size=2).map(
    " ".join
)
ASKING_BACK = (
    "delete all items in {}", "move everything in {} to Hall 1", "set the stock of items in {} to 5", "show items in {}",
    "how many items are in {}", "total stock of items in {}", "move Hard Hat to {}",
)  # fmt: skip


@given(
    beginning=BEGINNINGS,
    ends=st.sets(st.sampled_from("ABCDEF"), min_size=2),
    say=st.sampled_from(ASKING_BACK),
)
@RELAXED
def test_a_beginning_of_several_values_is_asked_back_with_them(
    beginning: str, ends: set[str], say: str, warehouse: Sequence[Item], types: ItemTypes
) -> None:
    places = [f"{beginning} {end}" for end in sorted(ends)]
    items = [
        *warehouse,
        *(
            item_of(
                {
                    "id": f"p{n}",
                    "type": "inventory",
                    "name": f"Crate {n}",
                    "current_stock": 1,
                    "location": place,
                }
            )
            for n, place in enumerate(places)
        ),
    ]
    found = outcome_of(say.format(beginning), items, types)
    assert found.nothing
    assert not found.understanding.matched
    for place in places:
        assert place in found.understanding.refusal


def said(tree: ast.Module) -> Iterator[str]:
    """The texts in code that are neither documentation nor parts of sentences for people."""
    left_out = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.value


NO_WORDS: Final = {
    "aeiou",
    "countr",
    "repl",
    "dleete",
    "iwth",
    "wiht",
    "speaker",
    "teh",
    "hte",
    "adn",
    "nad",
    "ied",
    "ies",
    "ing",
    "che",
    "sse",
}
"""Parts of patterns, and slips that are always corrected."""


def lexicon() -> list[str]:
    """All words of the grammar: those of its tables, and those that its rules look for; not those that streamd says."""
    folder = Path(streamd.language.__file__).parent
    texts = [
        text
        for path in sorted(folder.glob("*.py"))
        if not path.stem.endswith("wording")
        for text in said(ast.parse(path.read_text()))
    ]
    found = {
        word for text in texts if re.fullmatch(r"[a-z' ,|/-]+", text) for word in re.findall(r"[a-z']+", text)
    }
    units = [form for unit in DAYS_IN for form in (unit, f"{unit}s")]
    return sorted((found | {*CARDINALS, *MONTHS, *WEEKDAYS, *units}) - NO_WORDS)


LEXICON = lexicon()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def near(word: str) -> set[str]:
    """The words that one edit makes of another, which items could be called."""
    parted = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    return {
        *(f"{head}{tail[1:]}" for head, tail in parted),
        *(f"{head}{letter}{tail}" for head, tail in parted for letter in "es"),
        *(f"{head}{letter}{tail[1:]}" for head, tail in parted for letter in LETTERS if tail),
    } - {word}


def test_the_lexicon_is_known_whole() -> None:
    assert len(LEXICON) > 1_300
    assert [word for word in LEXICON if len(word) > 2 and word.isalpha() and not is_as_written(word)] == []


def test_no_word_of_the_grammar_is_ever_corrected() -> None:
    """Not to another word of the grammar, and not to a word of items, of which each is the only one that is near."""
    wrong: dict[str, str] = {}
    for word in LEXICON:
        tokens = tokenise(word)
        for known in [*sorted(near(word))[::7], *LEXICON[::50]]:
            mistakes = corrected(tokens, RequestWords.of([known]))[1]
            wrong |= {word: known} if mistakes else {}
    assert wrong == {}


@pytest.mark.parametrize("word", ["fifth", "sixth", "seventh", "deliver", "weigh"])
def test_an_ordinal_is_no_misspelt_number(word: str, warehouse: Sequence[Item], types: ItemTypes) -> None:
    found = outcome_of(f"set the stock of Hard Hat to {word}", warehouse, types)
    assert found.nothing
    assert word in found.understanding.refusal


NEARLY = st.sampled_from([word for word in LEXICON if len(word) > 4]).flatmap(
    lambda word: st.tuples(st.just(word), st.sampled_from(sorted(near(word) - set(LEXICON))))
)


@given(pair=NEARLY)
@RELAXED
def test_no_item_is_removed_by_a_word_of_the_grammar_that_is_nearly_its_name(
    pair: tuple[str, str], warehouse: Sequence[Item], types: ItemTypes
) -> None:
    word, name = pair
    items = [*warehouse, item_of({"id": "near", "type": "inventory", "name": name})]
    assert outcome_of(f"remove {word}", items, types).removed != ("near",)


def test_the_tables_of_the_warehouse_are_many() -> None:
    assert FOLDER.is_dir()
    assert len(list(lines("orders.txt"))) >= 60
    assert len(list(lines("questions.txt"))) >= 30
