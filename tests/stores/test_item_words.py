"""Scans of items, and the full-text index that each commit keeps exact."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.lists.item_words import has_words, keeps_words, search_words
from streamd.ports.store import Batch, NewEntry, Store
from streamd.stores.memory import open_memory
from streamd.stores.sqlite import open_sqlite
from streamd.stores.sqlite.schema import migrate, migrations
from tests.stores.samples import HALL, changed, commit, entry, holding, item, removed

TEXTS = st.sampled_from(
    ["copper wire", "Copper", "Café", "steel", "zinc-plated bolt", "copper copper", "", "日本"]
)
QUERIES = st.sampled_from(["copper", "cop wi", "cafe", "bolt plated", "steel copper", "日", "wire"])


async def found(
    store: Store, query: str | None, *, item_type: str | None = None, after: int = 0
) -> list[str]:
    """Ids of the items that a scan hands out."""
    ids: list[str] = []

    def visit(block: Sequence[Item]) -> bool:
        ids.extend(one.id for one in block)
        return True

    words = None if query is None else search_words(query)
    await store.scan("hall", item_type, visit, after=Seq(after), words=words)
    return ids


async def test_a_scan_hands_out_items_in_order_until_it_is_stopped(store: Store) -> None:
    boxes = [item(f"box-{number}", number, kind="a" if number % 2 else "b") for number in range(1, 1_201)]
    await commit(store, Batch("hall", [entry(number) for number in range(1, 1_201)], holding(*boxes)))
    assert await found(store, None) == [one.id for one in boxes]
    assert await found(store, None, item_type="b", after=1_000) == [one.id for one in boxes[1_001::2]]
    assert await found(store, "the", item_type="a", after=600) == [one.id for one in boxes[600::2]]
    seen: list[int] = []

    def stop_at_once(block: Sequence[Item]) -> bool:
        seen.append(len(block))
        return False

    assert await store.scan("hall", None, stop_at_once) == 1_200
    assert len(seen) == 1
    assert seen[0] < 1_200


async def test_a_scan_hands_out_all_items_however_long_they_are_and_few_long_ones_at_once(
    store: Store,
) -> None:
    long, count = "copper " * 30_000, 80
    boxes = [
        item(f"box-{number}", number, note=long if number > 30 else "copper") for number in range(1, count)
    ]
    await commit(store, Batch("hall", [entry(number) for number in range(1, count)], holding(*boxes)))
    assert await found(store, None) == await found(store, "copper") == [one.id for one in boxes]
    assert await found(store, None, item_type="inventory", after=9) == [one.id for one in boxes[9:]]
    assert [one.id for one in await store.items("hall")] == [one.id for one in boxes]


async def test_what_a_visitor_raises_comes_out_of_the_scan(store: Store) -> None:
    await commit(store, Batch("hall", [entry(1)], holding(item("box", 1))))

    def refuse(_block: Sequence[Item]) -> bool:
        raise LookupError("no more")

    with pytest.raises(LookupError):
        await store.scan("hall", None, refuse)
    assert await found(store, None) == ["box"]


async def test_words_follow_every_change_of_an_item(store: Store) -> None:
    box = item("box", 1, note="copper", stock=1)
    other = item("other", 2, note="steel")
    await commit(store, Batch("hall", [entry(1), entry(2)], holding(box, other)))
    assert await found(store, "copper") == ["box"]
    box = changed(box, 3, note="zinc")
    await commit(store, Batch("hall", [entry(3)], holding(box)))
    assert (await found(store, "copper"), await found(store, "zinc")) == ([], ["box"])
    box = changed(box, 4, note=5)
    await commit(store, Batch("hall", [entry(4)], holding(box)))
    assert await found(store, "zinc") == []
    box = changed(box, 5, note="tin", stock=2)
    await commit(store, Batch("hall", [entry(5)], holding(box)))
    assert await found(store, "tin") == ["box"]
    await commit(store, Batch("hall", [entry(6)], holding(removed("box", 6))))
    assert await found(store, "tin") == []
    again = item("box", 7, note="lead")
    await commit(store, Batch("hall", [entry(7)], holding(again)))
    assert (await found(store, "tin"), await found(store, "lead")) == ([], ["box"])
    # Removed and added again in one batch: the store sees only the last of it.
    once_more = Item(ItemId("box"), again.fields, {**again.versions, "id": Seq(9)}, Seq(9), Seq(9))
    await commit(store, Batch("hall", [entry(8), entry(9)], holding(once_more)))
    assert await found(store, "lead") == ["box"]
    assert await found(store, "the") == ["other", "box"]


async def test_a_search_finds_nothing_of_other_workspaces(store: Store) -> None:
    await commit(store, Batch("hall", [entry(1)], holding(item("box", 1, note="copper"))))
    den = NewEntry(HALL.replace("hall", "den"), Seq(1), b"{}", 1, "item_added", "inventory")  # type: ignore[arg-type]
    await commit(store, Batch("den", [den], holding(item("bin", 1, note="copper"))))
    assert await found(store, "copper") == ["box"]


async def test_new_items_of_several_workspaces_in_one_commit_are_found_each_in_its_own(store: Store) -> None:
    den_entry = NewEntry(HALL.replace("hall", "den"), Seq(1), b"{}", 1, "item_added", "inventory")  # type: ignore[arg-type]
    boxes = holding(item("box", 1, note="copper wire"), item("other", 2, note='zinc "wire"'))
    bins = holding(item("bin", 1, note="copper bolt"))
    await commit(store, Batch("hall", [entry(1), entry(2)], boxes), Batch("den", [den_entry], bins))
    assert (await found(store, "copper"), await found(store, "wire")) == (["box"], ["box", "other"])
    box = changed(item("box", 1, note="copper wire"), 3, note="tin")
    await commit(store, Batch("hall", [entry(3)], holding(box)))
    assert (await found(store, "copper"), await found(store, "tin")) == ([], ["box"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(-(2**53) + 1, 2**53 - 1), TEXTS)),
        min_size=1,
        max_size=14,
    ),
    st.lists(st.integers(1, 3), min_size=14, max_size=14),
    QUERIES,
)
async def test_both_stores_find_what_has_the_words(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[int, str | int | None]],
    sizes: list[int],
    query: str,
) -> None:
    path = tmp_path_factory.mktemp("words") / "journal.db"
    async with open_sqlite(str(path)) as sqlite_store, open_memory() as memory_store:
        now: dict[ItemId, Item | Tombstone] = {}
        top, batch, sizes_left = 0, Batch("hall"), iter(sizes)
        room = next(sizes_left)
        for number, (which, value) in enumerate(edits, 1):
            seq, key = top + 1, ItemId(f"i{which}")
            top, known, new_words = seq, now.get(key), True
            kind = "field_changed"
            if value is None:
                if not isinstance(known, Item):
                    top -= 1
                    continue
                one: Item | Tombstone = removed(key, seq)
                kind = "item_removed"
            elif isinstance(known, Item):
                one = changed(known, seq, note=value)
                new_words = not keeps_words(known.fields, {"note": value})
            else:
                one, kind = item(key, seq, note=value), "item_added"
                if known is not None:
                    one = Item(one.id, one.fields, {**one.versions, "id": Seq(seq)}, one.version, one.added)
            now[key] = one
            batch.put(one, new_words=new_words)
            batch.entries.append(NewEntry(HALL, Seq(seq), b"{}", 1, kind, "inventory"))
            room -= 1
            if room == 0 or number == len(edits):
                await commit(sqlite_store, batch)
                await commit(memory_store, batch)
                batch, room = Batch("hall"), next(sizes_left)
        if batch.entries:
            await commit(sqlite_store, batch)
            await commit(memory_store, batch)
        present = sorted((one for one in now.values() if isinstance(one, Item)), key=lambda one: one.added)
        expected = [one.id for one in present if has_words(one, search_words(query), numbers=False)]
        assert await found(sqlite_store, query) == expected
        assert await found(memory_store, query) == expected


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of schema 4 with items, whose words are not in an index."""
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for number, sql in migrations()[:4]:
            migrate(database, number, sql)
        database.execute("INSERT INTO meta VALUES ('epoch', 'old')")
        database.execute("INSERT INTO streams (id, name, oldest, top) VALUES (7, 'ws/hall', 1, 1000)")
        database.executemany(
            "INSERT INTO items VALUES ('hall', ?, 'part', ?, ?, NULL, ?)",
            [
                (f"i{seq}", seq, seq, f'{{"id":"i{seq}","type":"part","name":"copper {seq}"}}')
                for seq in range(1, 1_001)
            ],
        )
        database.execute("UPDATE items SET body = '{' WHERE id = 'i500'")
    return path


async def test_items_of_an_older_streamd_are_found(old: Path) -> None:
    expected = [f"i{seq}" for seq in range(1, 1_001) if seq != 500]
    async with open_sqlite(str(old)) as store:
        # Written before anybody has searched.
        await commit(store, Batch("hall", [entry(1_001)], holding(removed("i1", 1_001))))
        steel = item("i2", 2, kind="part", note="steel")
        await commit(store, Batch("hall", [entry(1_002)], holding(changed(steel, 1_002, name="steel"))))
        assert await found(store, "copper") == expected[2:]
        assert await found(store, "steel") == ["i2"]
        assert await found(store, "copper 77") == ["i77", "i770", *(f"i77{digit}" for digit in range(1, 10))]
    async with open_sqlite(str(old)) as store:
        assert await found(store, "copper") == expected[2:]
