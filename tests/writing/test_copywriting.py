from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.document_passage import Passage
from streamd.core.tasks import Draft
from streamd.writing._copy_brief import copy_brief
from streamd.writing._copywriting import copy_of
from streamd.writing._readability import reading_ease, syllables, words_in
from streamd.writing._verb_forms import imperative, third
from streamd.writing.quality import SECTIONS, quality_of

from .materials import PASSAGES, TEXTS

BRIEF: Final[Mapping[str, object]] = {
    "product": "Stockwise",
    "audience": "shop owners",
    "tone": "friendly",
    "benefits": ["saves 3 hours of counting a week", "warns before anything runs out", "free returns"],
    "facts": ["1,200 shops in Denmark use it"],
    "keywords": "shop",
    "call_to_action": "start your free month",
}
TOOTHBRUSH: Final = Passage("b.md", "Bamboo toothbrush", "The bamboo toothbrush composts within six months.")


def copy(section: str, brief: Mapping[str, object] = BRIEF, topic: str = "", *passages: Passage) -> str:
    return copy_of(Draft(topic, section, passages=passages, brief=brief))


def test_a_headline_says_the_benefit_in_a_few_words() -> None:
    assert copy("headline") == "Shop owners: save 3 hours of counting a week"


def test_the_body_says_each_benefit_and_fact_in_sentences() -> None:
    assert copy("body") == (
        "Stockwise saves 3 hours of counting a week and warns before anything runs out. What you get: free returns. "
        "1,200 shops in Denmark use it. Stockwise is meant for shop owners. Start your free month."
    )


def test_the_call_asks_for_what_the_brief_wants_done() -> None:
    assert copy("cta") == "Start your free month"


def test_a_lively_tone_calls_louder() -> None:
    assert copy("cta", {**BRIEF, "tone": "playful"}) == "Start your free month!"


def test_a_common_noun_has_its_article_and_documents_are_used() -> None:
    told = copy(
        "body",
        {"benefits": "lasts three months"},
        "Write a landing page for our bamboo toothbrush",
        TOOTHBRUSH,
    )

    assert (
        told == "The bamboo toothbrush lasts three months. The bamboo toothbrush composts within six months."
    )


def test_a_brief_without_anything_is_not_dressed_up() -> None:
    assert "names no benefits, facts or audience" in copy("body", {}, "Copper Wire 2mm")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_text_of_a_full_brief_is_of_good_quality(section: str) -> None:
    assert quality_of(section, copy(section), BRIEF).score >= 75


@pytest.mark.parametrize(
    ("benefit", "asks", "says"),
    [
        ("saves time", "save time", "saves time"),
        ("Cut costs by 20 %", "Cut costs by 20 %", "cuts costs by 20 %"),
        ("lasts three months", "", "lasts three months"),
        ("free returns", "", ""),
        ("nurtures your skin", "nurture your skin", "nurtures your skin"),
        ("carry less", "carry less", "carries less"),
    ],
)
def test_a_benefit_has_its_forms(benefit: str, asks: str, says: str) -> None:
    assert (imperative(benefit), third(benefit)) == (asks, says)


@given(
    TEXTS,
    st.dictionaries(st.sampled_from(["product", "benefits", "facts", "cta", "offer", "audience"]), TEXTS),
    PASSAGES,
)
def test_copy_is_never_empty_and_the_same_brief_gives_the_same_copy(
    topic: str, brief: dict[str, str], passages: list[Passage]
) -> None:
    for section in SECTIONS:
        told = copy(section, brief, topic, *passages)

        assert told.strip()
        assert told == copy(section, brief, topic, *passages)


@pytest.mark.parametrize(
    ("word", "many"),
    [("cat", 1), ("reading", 2), ("banana", 3), ("time", 1), ("wanted", 2), ("table", 2), ("2024", 1)],
)
def test_syllables_are_counted(word: str, many: int) -> None:
    assert syllables(word) == many


def test_reading_ease_is_fleschs() -> None:
    # 6 words of one syllable in one sentence: 206.835 - 1.015 * 6 - 84.6.
    assert reading_ease("The cat sat on the mat.") == pytest.approx(116.145)
    assert reading_ease("") == 0


def components(section: str, text: str) -> Mapping[str, float]:
    return {one.name: one.score for one in quality_of(section, text, BRIEF).components}


def test_the_parts_of_the_quality_add_up_to_it() -> None:
    for section in SECTIONS:
        quality = quality_of(section, copy(section), BRIEF)

        assert sum(one.weight for one in quality.components) == pytest.approx(1)
        assert quality.score == pytest.approx(
            sum(one.score * one.weight for one in quality.components), abs=0.1
        )
        assert all(one.explanation.endswith(".") for one in quality.components)


def test_each_fault_costs_in_the_component_it_belongs_to() -> None:
    good = "Stockwise saves shop owners 3 hours of counting a week"

    assert (
        components("headline", f"{good} and warns them before anything at all runs out in any shop")["length"]
        < 100
    )
    assert components("headline", "Save time now with this")["keywords"] == 0
    assert components("headline", "Truly amazing innovative shop solution")["specificity"] == 0
    assert components("body", "One two three four. " * 12)["freshness"] < 50
    assert (
        components("cta", "The free month")["call to action"]
        < components("cta", "Start your free month")["call to action"]
    )
    assert (
        components("body", "Organisational interoperability necessitates multidimensional harmonisation.")[
            "readability"
        ]
        == 0
    )


def test_an_empty_text_has_no_quality() -> None:
    assert quality_of("headline", " ", BRIEF).score == 0


@given(st.sampled_from([*SECTIONS, "footer"]), TEXTS)
def test_a_quality_is_between_nothing_and_a_hundred(section: str, text: str) -> None:
    quality = quality_of(section, text, BRIEF)

    assert all(0 <= score <= 100 for score in [quality.score, *(one.score for one in quality.components)])
    assert bool(words_in(text)) or quality.score == 0


@pytest.mark.parametrize(
    ("words", "product", "audience"),
    [
        (
            "Write a landing page section for Stockwise, an inventory tool for small shops",
            "Stockwise",
            "small shops",
        ),
        ("Please create copy about our new coffee mug for campers.", "our new coffee mug", "campers"),
        ("Draft a page promoting Nordic Wire", "Nordic Wire", ""),
        ("Reusable coffee mug", "Reusable coffee mug", ""),
    ],
)
def test_what_is_to_be_sold_and_to_whom_is_found_in_the_words_of_the_request(
    words: str, product: str, audience: str
) -> None:
    brief = copy_brief(words, {})
    assert (brief.product, brief.audience) == (product, audience)
    assert copy_brief(words, {"product": "Cup"}).product == "Cup"
