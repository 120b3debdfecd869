"""What is found for people's sentences, and in which order."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamd.ports.knowledge import Extent, Knowledge, NoKnowledge
from streamd.stores._search_words import any_word_or_compound
from streamd.stores.knowledge import open_knowledge
from streamd.text.words import STOP_WORDS
from tests.stores.knowledge.shelf import Shelf, sources

pytestmark = pytest.mark.requirement("B4")


async def test_a_sentence_finds_the_passage_that_answers_it_with_where_it_stands(shelf: Shelf) -> None:
    shelf.put(
        "terms/returns.md", "# Returns\n\nGeneral.\n\n## Damaged goods\n\nDamaged goods are refunded.\n"
    )
    shelf.put("hours.txt", "We open at nine.")
    async with shelf.read() as knowledge:
        found, *_ = await knowledge.search("What happens with a damaged good, please?")
    assert found.source == "terms/returns.md"
    assert found.title == "Returns"
    assert found.section == "Damaged goods"
    assert found.line == 7
    assert found.text == "Damaged goods are refunded."
    assert found.score > 0


async def test_endings_case_and_accents_do_not_matter(shelf: Shelf) -> None:
    shelf.put("a.txt", "The CAFÉ was delivering pallets.")
    shelf.put("b.txt", "Nothing of the kind.")
    async with shelf.read() as knowledge:
        for query in ("cafe", "Café", "cafe\u0301", "deliveries of a pallet", "delivered"):
            assert await sources(knowledge, query) == ["a.txt"], query


async def test_one_word_of_the_query_is_enough_and_more_are_better(shelf: Shelf) -> None:
    shelf.put("one.txt", "Lisbon has hills, trams and tiles in plenty.")
    shelf.put("two.txt", "Lisbon has beaches, trains and surf in plenty.")
    shelf.put("other.txt", "Oslo is cold.")
    shelf.put("another.txt", "Rome is old.")
    shelf.put("third.txt", "Bonn is small.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "beaches and surf near Lisbon") == ["two.txt", "one.txt"]


async def test_a_word_in_the_title_weighs_more_than_one_in_the_text(shelf: Shelf) -> None:
    shelf.put("text.md", "# Notes\n\nThe warranty is short, and there is more to say of it.")
    shelf.put("title.md", "# Warranty\n\nIt is short for everything, and there is more to say of it.")
    for number in range(4):
        shelf.put(f"{number}.md", f"# Other {number}\n\nIt is about something else that nobody asks for.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "warranty") == ["title.md", "text.md"]


async def test_words_that_mean_nothing_find_nothing(shelf: Shelf) -> None:
    shelf.put("a.txt", "How are you? What is this about?")
    async with shelf.read() as knowledge:
        assert await knowledge.search("How are you, and what is this?") == ()
        assert await knowledge.search("") == ()
        assert await knowledge.search("you", limit=0) == ()
        assert list(await knowledge.search("zeppelin")) == []


async def test_what_is_written_as_one_word_is_found_as_one(shelf: Shelf) -> None:
    for number in range(6):
        shelf.put(f"{number}.txt", f"Bin {number} holds SKU-{number}07 and 104 screws, but SKU first.")
    shelf.put("wanted.txt", "Bin 9 holds SKU-104 and 307 screws of all kinds.")
    async with shelf.read() as knowledge:
        assert (await sources(knowledge, "where is SKU-104?"))[0] == "wanted.txt"


async def test_apostrophes_do_not_hide_a_word(shelf: Shelf) -> None:
    shelf.put("a.txt", "Each supplier has a rating.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "the supplier\u2019s ratings") == ["a.txt"]
        assert await sources(knowledge, "the supplier's") == ["a.txt"]


async def test_only_the_best_passage_of_a_section_comes(shelf: Shelf) -> None:
    filling = " ".join(["Pallets are stacked in the hall."] * 30)
    shelf.put(
        "long.md",
        f"# Stacking\n\n{filling}\n\nPallets, pallets, pallets.\n\n{filling}\n\n## Else\n\nA pallet.",
    )
    async with shelf.read() as knowledge:
        assert (await knowledge.extent()).passages > 2
        found = await knowledge.search("pallets")
    assert sorted(passage.section for passage in found) == ["", "Else"]


async def test_a_very_long_text_without_headings_is_found_more_than_once(shelf: Shelf) -> None:
    shelf.put("long.txt", "\n\n".join(f"Paragraph {number} is about tea. " * 30 for number in range(30)))
    async with shelf.read() as knowledge:
        found = await knowledge.search("tea", limit=4)
    assert len(found) == 4
    assert len({passage.line for passage in found}) == 4


async def test_the_limit_is_reached_however_many_passages_one_section_has(shelf: Shelf) -> None:
    shelf.put("rows.md", "# Tea\n\n" + "\n\n".join("Tea, tea and tea. " * 50 for _ in range(5)))
    for number in range(3):
        shelf.put(f"{number}.txt", f"Number {number} mentions tea once among a lot of other things.")
    shelf.put("other.txt", "Coffee only.")
    async with shelf.read() as knowledge:
        assert sorted(await sources(knowledge, "tea", limit=4)) == ["0.txt", "1.txt", "2.txt", "rows.md"]
        assert await sources(knowledge, "tea", limit=1) == ["rows.md"]


async def test_what_fits_equally_well_always_comes_in_the_same_order(shelf: Shelf) -> None:
    for name in ("c.txt", "a.txt", "b.txt"):
        shelf.put(name, "The same words about tea.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea") == ["a.txt", "b.txt", "c.txt"]


async def test_nothing_in_a_query_is_a_command(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea and coffee, near the title.")
    queries = (
        '"tea', 'tea"', "tea*", "(tea", "tea)", "tea AND", "OR tea", "NOT tea", "NEAR(tea", "title:tea", "{text} : tea", "^tea",
        "-tea", "tea + ", "tea;", "'tea", "tea\0", "tea\ud800", "text: -tea", "tea -- drop", "tea %", "<b>tea</b>", "C++ tea", ",tea",
    )  # fmt: skip
    async with shelf.read() as knowledge:
        for query in queries:
            assert await sources(knowledge, query) == ["a.txt"], query


async def test_a_query_as_long_as_a_conversation_is_answered(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea and coffee.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea " + " ".join(f"word{number}" for number in range(50_000))) == [
            "a.txt"
        ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(queries=st.lists(st.text(), min_size=1, max_size=30))
async def test_no_text_makes_a_search_fail(queries: list[str]) -> None:
    async with open_knowledge("nowhere", index_path=":memory:") as knowledge:
        for query in queries:
            assert list(await knowledge.search(query)) == []


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Z", "M"])))
def test_a_question_is_quoted_words_joined_by_or(query: str) -> None:
    terms = (any_word_or_compound(query) or '"x"').split(" OR ")
    assert all(term[0] == term[-1] == '"' and term[1:-1].replace(" ", "").isalnum() for term in terms)
    assert not {term[1:-1] for term in terms} & STOP_WORDS


async def test_without_a_folder_there_is_no_knowledge() -> None:
    nothing: Knowledge = NoKnowledge()
    assert await nothing.is_empty()
    assert await nothing.search("tea") == ()
    assert await nothing.extent() == Extent(0, 0)
