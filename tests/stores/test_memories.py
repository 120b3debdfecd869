"""What every store promises of what agents remember."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamd.core.memory import Memory, MemoryFilter, MemoryId
from streamd.ports.store import Batch, Store
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import (
    clear,
    commit,
    memory,
)

pytestmark = pytest.mark.requirement("A12")

HALL = MemoryFilter("hall")


async def remember(store: Store, *memories: Memory) -> None:
    for workspace in {one.workspace for one in memories}:
        await commit(
            store, Batch(workspace, memories=[one for one in memories if one.workspace == workspace])
        )


async def found(store: Store, query: str, wanted: MemoryFilter = HALL, limit: int = 5) -> list[str]:
    return [one.memory_id for one in await store.memories.search(wanted, query, limit)]


async def latest(
    store: Store, wanted: MemoryFilter = HALL, limit: int = 100, before_ms: int | None = None
) -> list[str]:
    return [one.memory_id for one in await store.memories.latest(wanted, limit, before_ms=before_ms)]


async def test_a_memory_comes_back_as_it_was_committed(store: Store) -> None:
    whole = Memory(
        MemoryId("m"), "hall", "", "ann", "preference", 'Likes "tea" \u0000 🚚', 5, {"key": "drink", "value": [1.5, None]}
    )  # fmt: skip
    await remember(store, whole)
    assert await store.memories.latest(HALL) == [whole]
    assert await store.memories.search(HALL, "tea") == [whole]


FORMS = [
    "pallets", "PALLET", "low pallet zebra", "the pallets?", "café", "CAFE", "cafe\u0301", "running out", "a pallet-truck", "42",
]  # fmt: skip


@pytest.mark.parametrize("query", FORMS)
async def test_a_memory_is_found_by_any_of_its_words_in_any_form(store: Store, query: str) -> None:
    text = "The Café\u2019s pallets ran out; running low_on 42 lids"
    await remember(store, memory("m", text), memory("n", "Nothing else"))
    assert await found(store, query) == ["m"]


@pytest.mark.parametrize("query", ["", "   ", "zebra", "the zebra", "?!", "_", "🚚"])
async def test_nothing_is_found_when_no_word_is_in_any(store: Store, query: str) -> None:
    await remember(store, memory("m", "the boxes"))
    assert await found(store, query) == []


async def test_words_that_any_sentence_has_count_when_there_are_no_others(store: Store) -> None:
    await remember(store, memory("m", "to be or not to be"), memory("n", "boxes"))
    assert await found(store, "to be") == ["m"]
    assert await found(store, "what is to be done with boxes") == ["n"]


QUERIES = [
    '"', '""', '"boxes', "boxes*", "text:boxes", "{text}: boxes", "^boxes", "boxes AND", "NOT boxes", "NEAR(boxes, 2)",
    "(boxes", "boxes)", "-boxes", "+boxes", "boxes; DROP TABLE memories", "boxes\u0000", "'boxes'", "place : boxes",
    "boxes " * 5_000, " ".join(f"w{number}" for number in range(5_000)), "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_no_sign_in_a_query_is_an_operator(store: Store, query: str) -> None:
    await remember(store, memory("m", "boxes"))
    assert await found(store, query) == (["m"] if "boxes" in query else [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.text() | st.text(st.sampled_from('ab "*(){}:^-+,.\u0000\ud800AND OR NOT NEAR')))
async def test_no_query_fails(store: Store, query: str) -> None:
    await remember(store, memory("m", "a b"))
    await found(store, query)


async def test_the_best_match_comes_first(store: Store) -> None:
    others = [memory(f"x{number}", f"Pallets were moved, {number}") for number in range(10)]
    await remember(
        store,
        memory("both", "Tape for boxes is short", at_ms=1),
        memory("one", "Boxes of all sizes stand in the hall", at_ms=3),
        memory("twice", "Boxes, boxes", at_ms=2),
        *others,
    )
    assert await found(store, "boxes tape") == ["both", "twice", "one"]
    assert await found(store, "boxes tape", limit=1) == ["both"]
    assert await found(store, "boxes tape", limit=0) == []


async def test_of_equal_matches_the_newest_comes_first(store: Store) -> None:
    await remember(
        store,
        memory("a", "box 1", at_ms=10), memory("c", "box 3", at_ms=30),
        memory("b", "box 2", at_ms=20), memory("d", "box 4", at_ms=30),
    )  # fmt: skip
    assert await found(store, "box") == ["d", "b", "c", "a"], "whatever the clock says"
    assert await latest(store) == ["d", "b", "c", "a"]
    assert await latest(store, limit=2) == ["d", "b"]
    assert await latest(store, before_ms=30) == ["b", "a"]
    await remember(store, memory("b", "box 2", at_ms=5))
    assert await latest(store) == ["b", "d", "c", "a"]


async def test_nothing_of_one_workspace_is_seen_in_another(store: Store) -> None:
    await remember(
        store,
        memory("m", "Boxes in the hall"),
        memory("m", "Boxes in the yard", workspace="yard"),
        memory("n", "Boxes", workspace="ha"),
    )
    assert await found(store, "boxes") == ["m"]
    assert await store.memories.search(MemoryFilter("hall"), "yard") == []
    assert [one.text for one in await store.memories.latest(MemoryFilter("yard"))] == ["Boxes in the yard"]
    assert await found(store, "68616C6C yard ha", MemoryFilter("hall")) == []


async def test_memories_are_told_apart_by_agent_user_and_kind(store: Store) -> None:
    await remember(
        store,
        memory("mine", "box", agent="a", user_id="ann", kind="analysis"),
        memory("everyone's", "box", agent="", user_id="bob", kind="preference"),
        memory("yours", "box", agent="b", user_id="ann", kind="insight"),
    )
    expected = {
        MemoryFilter("hall", agent="a"): {"mine", "everyone's"},
        MemoryFilter("hall", agent=""): {"everyone's"},
        MemoryFilter("hall", user_id="ann"): {"mine", "yours"},
        MemoryFilter("hall", user_id=""): set(),
        MemoryFilter("hall", kinds=frozenset({"analysis"})): {"mine"},
        MemoryFilter("hall", user_id="ann", kinds=frozenset({"preference"})): set(),
        MemoryFilter("hall", kinds=frozenset({"analysis", "preference"})): {"mine", "everyone's"},
        MemoryFilter("hall", kinds=frozenset()): set(),
        MemoryFilter("hall", "b", "ann", frozenset({"insight"})): {"yours"},
    }
    for wanted, ids in expected.items():
        assert set(await found(store, "box", wanted)) == ids
        assert set(await latest(store, wanted)) == ids


async def test_a_memory_with_the_same_id_is_replaced(store: Store) -> None:
    await remember(store, memory("m", "Likes coffee"), memory("m", "Likes cocoa"))
    await remember(store, memory("m", "Likes tea", at_ms=2_000))
    assert await store.memories.latest(HALL) == [memory("m", "Likes tea", at_ms=2_000)]
    assert await found(store, "tea") == ["m"]
    assert await found(store, "coffee cocoa") == []


async def test_what_is_cleared_is_found_no_more(store: Store) -> None:
    await remember(
        store,
        *(memory(f"m{number}", f"box {number}", agent="a") for number in range(450)),
        memory("other", "box", agent="b"),
        memory("yard", "box", agent="a", workspace="yard"),
    )
    assert await clear(store, MemoryFilter("hall", agent="a")) == 450
    assert await clear(store, MemoryFilter("hall", agent="a")) == 0
    assert await found(store, "box") == ["other"]
    assert await found(store, "box", MemoryFilter("yard")) == ["yard"]


async def test_one_memory_is_forgotten_and_no_other(store: Store) -> None:
    await remember(store, memory("m", "box"), memory("n", "box"), memory("m", "box", workspace="yard"))
    await commit(store, Batch("hall", forgotten=[MemoryId("m")]))
    await commit(store, Batch("hall", forgotten=[MemoryId("m")]))
    await commit(store, Batch("attic", forgotten=[MemoryId("n")]))
    assert await found(store, "box") == ["n"]
    assert await found(store, "box", MemoryFilter("yard")) == ["m"]


async def test_the_index_of_words_stays_true_to_the_table(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_sqlite(str(path)) as store:
        await remember(store, *(memory(str(number), f"box {number}") for number in range(20)))
        await remember(store, *(memory(str(number), f"lid {number}") for number in range(5, 15)))
        await commit(store, Batch("hall", forgotten=[MemoryId("7")]))
        await clear(store, MemoryFilter("hall", user_id="nobody"))
    database = sqlite3.connect(path)
    database.execute("INSERT INTO memory_words (memory_words, rank) VALUES ('integrity-check', 1)")
    database.close()
