import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.document_passage import Passage
from streamd.core.tasks import Answer
from streamd.writing._answering import answer_of
from streamd.writing._sentence_splitting import split
from streamd.writing.citations import cited_in, split_sources

from .materials import PASSAGES, RETURNS, SHOP, SUPPLIERS, TEXTS

QUESTION = "Which supplier should we use for copper wire?"
ROLES = ["", "research", "analysis", "ideation", "unheard of"]


def test_the_statement_that_answers_comes_first_with_its_source() -> None:
    told = answer_of(Answer("How many days do I have to return damaged goods?", SHOP))

    assert told.startswith("Goods may be returned within 30 days of delivery [1].")
    assert "Sources: [1] Returns policy (returns.md)" in told


def test_a_sentence_that_leans_on_the_one_before_comes_with_it() -> None:
    told = answer_of(Answer("When are refunds paid?", [RETURNS]))

    assert "Refunds are paid within 5 working days [1]. It takes longer abroad [1]." in told


@pytest.mark.parametrize("role", ROLES)
def test_when_nothing_is_known_it_says_so_and_what_to_do(role: str) -> None:
    told = answer_of(Answer("Who won the chess championship?", SHOP, role=role))

    assert told.startswith("Nothing that answers “Who won the chess championship?” was found")
    for advice in ("knowledge folder", "items", "API key"):
        assert advice in told
    assert "copper" not in told


def test_facts_about_items_come_before_documents_and_need_no_source() -> None:
    told = answer_of(Answer(QUESTION, SHOP, facts=("Copper Wire 2mm has 500 pieces in stock.",)))

    assert told.startswith("Copper Wire 2mm has 500 pieces in stock. ")
    assert "copper wire" in told.split("stock.", 1)[1]


def test_facts_that_do_not_answer_are_not_passed_off_as_the_answer() -> None:
    told = answer_of(Answer("Who won the chess championship?", facts=("3 items are low on stock.",)))

    assert told.endswith("What is known about the items: 3 items are low on stock.")
    assert told.startswith("Nothing that answers")


def test_an_answer_to_half_a_question_says_which_half_is_not_answered() -> None:
    told = answer_of(Answer("Who approves refunds?", [RETURNS]))

    assert "Refunds are paid within 5 working days [1]." in told
    assert "Nothing was found about “approves”." in told


def test_a_question_without_a_word_to_look_up_is_answered_by_the_facts() -> None:
    assert (
        answer_of(Answer("How are we doing?", facts=("3 items are low on stock.",)))
        == "3 items are low on stock."
    )


def test_what_was_found_before_is_used_but_neither_questions_nor_that_nothing_was_found() -> None:
    memories = [
        "User asked which box is red?",
        "The red box holds 12 bolts.",
        answer_of(Answer("What is in the red box?")),
    ]

    told = answer_of(Answer("What is in the red box?", memories=memories))

    assert "From an earlier conversation: The red box holds 12 bolts." in told
    assert told.count("red box") == 1


@pytest.mark.parametrize(
    "wish", ["answer briefly", "I prefer short answers", "Please keep it short", "answer_length: brief"]
)
@pytest.mark.parametrize("role", ROLES)
def test_a_wish_for_short_answers_leaves_two_sentences(wish: str, role: str) -> None:
    told = answer_of(Answer(QUESTION, SHOP, preferences=[wish], role=role))

    body, sources = split_sources(told)
    assert 1 <= len(split(body)) <= 2
    assert sources


def test_a_wish_against_short_answers_is_none_for_them() -> None:
    assert answer_of(Answer(QUESTION, SHOP, preferences=["I don't like short answers"])).count(".") > 3


def test_a_wish_for_points_makes_a_list() -> None:
    body, _ = split_sources(answer_of(Answer(QUESTION, SHOP, preferences=["use bullet points"])))

    assert all(line.startswith("- ") for line in body.splitlines())


def test_what_the_asker_prefers_comes_first_and_is_mentioned() -> None:
    without = answer_of(Answer("Which supplier delivers copper wire?", [SUPPLIERS]))
    asian = answer_of(
        Answer("Which supplier delivers copper wire?", [SUPPLIERS], preferences=["I prefer goods from Asia"])
    )

    assert without.startswith("Nordic Metals")
    assert asian.startswith("Global Parts")
    assert "You prefer goods from Asia." in asian


def test_what_the_asker_wants_to_avoid_comes_last() -> None:
    told = answer_of(
        Answer("Which supplier delivers copper wire?", [SUPPLIERS], preferences=["avoid Sweden"])
    )

    assert told.startswith("Global Parts")
    assert "You want to avoid Sweden." in told


def test_a_preference_that_has_nothing_to_do_with_the_question_is_not_mentioned() -> None:
    assert "coffee" not in answer_of(Answer(QUESTION, SHOP, preferences=["I prefer coffee over tea"]))


def test_a_preference_that_the_sources_know_nothing_of_is_said_to_be_so() -> None:
    told = answer_of(Answer(QUESTION, SHOP, preferences=["I prefer European suppliers"]))

    assert "You prefer European suppliers; the sources say nothing about that." in told


def test_asked_for_preferences_it_tells_them() -> None:
    told = answer_of(Answer("What do I prefer?", preferences=["I prefer tea", "answer briefly"]))

    assert told == "You told me: “I prefer tea” and “answer briefly”."


def test_research_says_which_words_of_the_question_no_source_has() -> None:
    told = answer_of(Answer("Which copper wire supplier accepts bitcoin?", SHOP, role="research"))

    assert told.startswith("Findings:\n- ")
    assert "Not covered by the sources: “accepts” and “bitcoin”." in told


def test_analysis_tells_strengths_from_risks() -> None:
    told = answer_of(Answer(QUESTION, SHOP, role="analysis"))

    strengths, risks = told.split("Risks:")
    assert "never been late" in strengths
    assert "12% of its deliveries were late" in risks


def test_ideas_follow_from_the_material_and_claim_no_more() -> None:
    told = answer_of(Answer(QUESTION, SHOP, role="ideation"))

    assert re.search(r"^1\. ", told, re.MULTILINE)
    assert "None of them goes beyond what is known" in told


def test_the_citations_of_a_document_are_not_taken_for_ours() -> None:
    told = answer_of(
        Answer("How tall is the tower?", [Passage("t", "Tower", "The tower is 90 m tall [44].")])
    )

    assert told == "The tower is 90 m tall [1].\n\nSources: [1] Tower (t)"


def test_facts_and_memories_that_are_only_a_citation_are_none() -> None:
    assert answer_of(Answer("", memories=["[1]"], facts=("[1]",))).startswith("Nothing about this was found")


@given(TEXTS, PASSAGES, st.lists(TEXTS, max_size=2), st.lists(TEXTS, max_size=2), st.sampled_from(ROLES))
def test_an_answer_is_never_empty_and_cites_only_what_it_lists(
    question: str, passages: list[Passage], memories: list[str], wishes: list[str], role: str
) -> None:
    told = answer_of(Answer(question, passages, memories, wishes, tuple(memories), role))

    body, sources = split_sources(told)
    assert told.strip()
    # A question and preferences are quoted as they are.
    if "[" not in question + "".join(wishes):
        assert set(cited_in(body)) == set(sources)
