import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.text.full_stops import with_full_stop
from streamd.text.lists import listed
from streamd.text.words import stem, terms
from streamd.writing._sentence_splitting import sentences_of, split

from .materials import TEXTS


def test_abbreviations_initials_and_decimals_end_no_sentence() -> None:
    text = "Dr. J. Smith pays 3.10 EUR, e.g. for tram No. 28. He never waits."

    assert split(text) == ("Dr. J. Smith pays 3.10 EUR, e.g. for tram No. 28.", "He never waits.")


def test_a_quoted_question_does_not_end_the_sentence_around_it() -> None:
    assert split("“Really?” he asked. She nodded.") == ("“Really?” he asked.", "She nodded.")


def test_headings_are_no_statements_but_say_what_stands_below() -> None:
    found = sentences_of("# Lisbon\nTrams are\nslow.\n## Food\n- Tarts are **warm**")

    assert [(one.text, one.heading) for one in found] == [
        ("Trams are slow.", "Lisbon"),
        ("Tarts are warm", "Food"),
    ]


def test_a_row_of_a_table_is_a_statement_with_its_columns_names() -> None:
    found = sentences_of("| Ride | Price |\n|---|---|\n| Tram 28 | 3 EUR |\n| Ferry | 1 EUR |")

    assert [one.text for one in found] == ["Tram 28: price 3 EUR", "Ferry: price 1 EUR"]


def test_code_links_and_foreign_citations_are_left_out() -> None:
    found = sentences_of("See [the site](http://x.y/(a)) for prices [12].\n```\nrm everything now\n```")

    assert [one.text for one in found] == ["See the site for prices."]


@pytest.mark.parametrize(
    ("one", "other"),
    [("deliveries", "delivery"), ("stored", "storing"), ("prices", "pricing"), ("planned", "plans")],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_words_that_all_sentences_have_are_no_terms() -> None:
    assert terms("What is the price of it?") == ["pric"]


def test_parts_are_listed_as_a_sentence_lists_them() -> None:
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@given(TEXTS)
def test_splitting_loses_no_word(text: str) -> None:
    assert " ".join(split(text)).split() == text.split()


@given(st.text(max_size=80))
def test_what_is_ended_stays_as_it_is(text: str) -> None:
    assert with_full_stop(with_full_stop(text)) == with_full_stop(text)
