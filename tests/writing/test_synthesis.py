from hypothesis import given
from hypothesis import strategies as st

from streamd.core.document_passage import Passage
from streamd.core.tasks import Answer, Synthesize
from streamd.writing._answer_synthesis import synthesis_of
from streamd.writing._answering import answer_of
from streamd.writing._sentence_splitting import split
from streamd.writing.citations import cited_in, split_sources

from .materials import PASSAGES, SHOP, TEXTS

QUESTION = "Which supplier should we use for copper wire?"
CONTRIBUTIONS = [
    (role, answer_of(Answer(QUESTION, SHOP, role=role))) for role in ("research", "analysis", "ideation")
]
FREIGHT = (
    "logistics",
    "Nordic Metals from Sweden delivers copper wire in 14 days [1].\n\nSources:\n[1] Freight log (log.csv)",
)


def test_what_several_say_alike_is_said_once() -> None:
    told = synthesis_of(Synthesize(QUESTION, CONTRIBUTIONS))

    assert told.count("never been late") == 1
    assert told.count("rose by 8%") == 1
    assert "added nothing that the others had not said" in told


def test_citations_are_numbered_anew_over_all_contributions() -> None:
    told = synthesis_of(Synthesize(QUESTION, [*CONTRIBUTIONS, FREIGHT]))

    body, sources = split_sources(told)
    assert "Freight log (log.csv)" in sources.values()
    assert len(set(sources.values())) == len(sources)
    assert set(cited_in(body)) == set(sources)


def test_a_contradiction_stays_with_both_sides_and_their_sources() -> None:
    told = synthesis_of(Synthesize(QUESTION, [*CONTRIBUTIONS, FREIGHT]))

    said = next(line for line in told.splitlines() if "Logistics says" in line)
    assert "Research says: Nordic Metals from Sweden delivers copper wire in 9 days" in said
    assert "14 days" in said


def test_statements_about_different_items_are_neither_repetitions_nor_contradictions() -> None:
    given = [
        (
            "inventory",
            "Product A is low on stock. Product B is low on stock. Product A has 3 left. Product B has 5 left.",
        )
    ]

    told = synthesis_of(Synthesize("Which products are low on stock?", given))

    assert "do not agree" not in told
    for name in ("Product A is low", "Product B is low"):
        assert name in told


def test_who_contributed_nothing_is_said() -> None:
    assert "- Finance contributed nothing." in synthesis_of(
        Synthesize(QUESTION, [*CONTRIBUTIONS, ("finance", "")])
    )


def test_when_nobody_knows_anything_it_says_so_once() -> None:
    nothing = answer_of(Answer("Who won?"))

    told = synthesis_of(Synthesize("Who won?", [("research", nothing), ("analysis", nothing)]))

    assert told.count("Nothing that answers") == 1
    assert told.count("API key") == 1


def test_a_wish_for_short_answers_leaves_two_sentences() -> None:
    body, sources = split_sources(
        synthesis_of(Synthesize(QUESTION, CONTRIBUTIONS, SHOP, ["short answers, please"]))
    )

    assert len(split(body)) == 2
    assert sources


def test_marks_that_stand_for_nothing_are_dropped() -> None:
    assert synthesis_of(Synthesize("Is it so?", [("a", "It is so, they say [3].")])) == "It is so, they say."


@given(TEXTS, st.lists(st.tuples(st.sampled_from(["a", "b"]), TEXTS), max_size=3), PASSAGES)
def test_a_synthesis_is_never_empty_and_cites_only_what_it_lists(
    question: str, contributions: list[tuple[str, str]], passages: list[Passage]
) -> None:
    told = synthesis_of(Synthesize(question, contributions, passages))

    body, sources = split_sources(told)
    assert told.strip()
    if "[" not in question:
        assert set(cited_in(body)) == set(sources)


def test_one_agent_does_not_contradict_itself_about_two_items() -> None:
    said = "The 1,200 of copper wire in stock last 20.7 days. The 18 of copper tube in stock last 7.1 days."
    told = synthesis_of(Synthesize("How long does the stock last?", [("forecasting", said)]))
    assert "do not agree" not in told


def test_an_answer_does_not_open_with_the_fields_of_an_item() -> None:
    said = (
        "Wire (inventory): current stock 5, reorder point 10, max stock 50.\nThe stock of wire lasts 2 days."
    )
    told = synthesis_of(Synthesize("How long does the stock of wire last?", [("inventory", said)]))
    assert told.startswith("The stock of wire lasts 2 days.")
