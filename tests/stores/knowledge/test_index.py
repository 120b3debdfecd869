"""The index is a cache in a file of its own."""
# ruff: noqa: ASYNC240 - nothing else waits for these small files

import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streamd.errors import StoreError
from streamd.ports.knowledge import Extent
from streamd.stores.knowledge import open_knowledge
from streamd.stores.knowledge._index import require_fts5
from streamd.stores.knowledge.folder_knowledge import Scan
from tests.stores.knowledge.shelf import Shelf, sources, told


async def refusal(shelf: Shelf) -> str:
    with pytest.raises(StoreError) as refused:
        async with shelf.opened():
            pass
    return refused.value.message


def spoil(path: Path, begin: int = 0) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(b"spoiled " * 1024)


async def test_what_was_indexed_is_there_after_opening_again(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read():
        pass
    async with shelf.opened() as knowledge:
        assert await sources(knowledge, "tea") == ["a.txt"]
        assert not await knowledge.is_empty()
        assert await knowledge.refresh() == Scan()


async def test_what_changed_while_it_was_closed_is_followed(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    shelf.put("b.txt", "Milk.")
    async with shelf.read():
        pass
    shelf.put("a.txt", "Coffee.")
    (shelf.folder / "b.txt").unlink()
    async with shelf.opened() as knowledge:
        assert await knowledge.refresh() == Scan(changed=1, removed=1)
        assert await sources(knowledge, "tea milk coffee") == ["a.txt"]


@pytest.mark.parametrize("begin", [0, 100, 8192])
async def test_a_damaged_index_is_made_anew(shelf: Shelf, begin: int) -> None:
    for number in range(50):
        shelf.put(f"{number}.txt", f"Tea number {number}. {'word ' * 100}")
    async with shelf.read():
        pass
    spoil(shelf.index, begin)
    with capture_logs() as events:
        async with shelf.read() as knowledge:
            assert await knowledge.extent() == Extent(50, 50)
            assert len(await knowledge.search("tea", limit=60)) == 50
    (event,) = told(events, "knowledge_index_recreated")
    assert event["reason"] == "it is damaged"


async def test_words_that_are_damaged_while_it_is_open_are_made_anew_with_the_next_look(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge:
        connection = sqlite3.connect(shelf.index)
        connection.execute("UPDATE passages_data SET block = x'00ffff00ff' WHERE id > 10")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError):
            await knowledge.search("tea")
        assert await knowledge.refresh() == Scan(added=1)
        assert await sources(knowledge, "tea") == ["a.txt"]


async def test_an_index_of_another_version_is_made_anew(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read():
        pass
    connection = sqlite3.connect(shelf.index)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with capture_logs() as events:
        async with shelf.read() as knowledge:
            assert await sources(knowledge, "tea") == ["a.txt"]
    (event,) = told(events, "knowledge_index_recreated")
    assert event["reason"] == "it is of another version"


async def test_a_database_of_another_program_is_left_alone(shelf: Shelf) -> None:
    connection = sqlite3.connect(shelf.index)
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    before = shelf.index.read_bytes()
    assert "is a database of another program; name another path" in await refusal(shelf)
    assert shelf.index.read_bytes() == before


async def test_nobody_else_may_have_it_open(shelf: Shelf) -> None:
    async with shelf.opened():
        assert "is in use by process" in await refusal(shelf)


async def test_a_missing_directory_is_said(shelf: Shelf, tmp_path: Path) -> None:
    assert "cannot be made" in await refusal(Shelf(shelf.folder, tmp_path / "missing" / "knowledge.db"))


async def test_an_index_in_memory_leaves_nothing_behind(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.txt", "Tea.")
    async with open_knowledge(str(shelf.folder), index_path=":memory:") as knowledge:
        await knowledge.refresh()
        assert await sources(knowledge, "tea") == ["a.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["documents"]


async def test_after_the_end_it_says_that_it_is_closed(shelf: Shelf) -> None:
    async with shelf.opened() as knowledge:
        pass
    with pytest.raises(StoreError, match="closed"):
        await knowledge.search("tea")


def test_a_python_without_full_text_search_is_told_what_to_do() -> None:
    connection = sqlite3.connect(":memory:")
    # Whoever may not make virtual tables has none, as if they were not compiled in.
    connection.set_authorizer(
        lambda action, *_: (
            sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_CREATE_VTABLE else sqlite3.SQLITE_OK
        )
    )
    with pytest.raises(StoreError, match="has no full-text search"):
        require_fts5(connection)
    connection.close()
