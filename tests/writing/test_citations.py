from hypothesis import given
from hypothesis import strategies as st

from streamd.text.chunks import chunks_of, unstreamed_rest
from streamd.writing.citations import Bibliography, cited_in, split_sources, without_marks

from .materials import TEXTS


def test_sources_are_numbered_as_they_are_cited_first_and_listed_once() -> None:
    sources = Bibliography()

    told = [
        sources.cited("A is so.", "a"),
        sources.cited("B is so.", "b", "a"),
        sources.cited("C is so", "b"),
    ]

    assert told == ["A is so [1].", "B is so [1][2].", "C is so [2]"]
    assert sources.line() == "Sources: [1] a; [2] b"


def test_the_list_of_sources_is_read_on_one_line_or_on_many() -> None:
    for text in (
        "It is so [2].\n\nSources: [1] a; [2] b (b.md)",
        "It is so [2].\n\n**Sources:**\n[1] a\n[2] b (b.md)",
    ):
        assert split_sources(text) == ("It is so [2].", {1: "a", 2: "b (b.md)"})


def test_marks_are_taken_out_with_the_space_before_them() -> None:
    assert without_marks("It is so [1][2], or [1, 3].") == "It is so, or."
    assert cited_in("It is so [1][2], or [1, 3].") == (1, 2, 1, 3)


@given(st.one_of(TEXTS, st.text(max_size=300)))
def test_the_pieces_joined_are_the_text(text: str) -> None:
    pieces = list(chunks_of(text))

    assert "".join(pieces) == text
    assert all(pieces)


def test_a_piece_is_a_sentence_a_line_or_a_clause_of_a_long_sentence() -> None:
    short = "Yes. The bolts are in Hall 2, and the nuts are in Hall 3. And the washers?\n\n- Bolt: 12 pieces in stock at Hall 2"
    assert list(chunks_of(short)) == [
        "Yes. The bolts are in Hall 2, and the nuts are in Hall 3.",
        " And the washers?\n\n- Bolt: 12 pieces in stock at Hall 2",
    ]
    clause = " and then the next one of them is counted again"
    assert list(chunks_of(f"First{clause * 4},{clause}.")) == [f"First{clause * 4},", f"{clause}."]
    assert max(map(len, chunks_of("word " * 500))) <= 240


@given(st.text(st.sampled_from("ab ,.\n"), max_size=2_000))
def test_a_long_text_is_a_handful_of_pieces(text: str) -> None:
    assert sum(1 for _ in chunks_of(text)) <= 1 + len(text) // 20


@given(TEXTS, st.integers(0, 200))
def test_a_text_goes_on_right_behind_what_was_shown(text: str, cut: int) -> None:
    assert text[:cut] + unstreamed_rest(text, text[:cut]) == text


def test_a_text_that_changed_meanwhile_goes_on_at_the_next_sentence() -> None:
    assert unstreamed_rest("One is so. Two was. Three is.", "One is so. Two is") == " Three is."
    assert unstreamed_rest("Short.", "Short. And more") == ""
