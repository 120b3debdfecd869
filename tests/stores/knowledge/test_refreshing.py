"""The index follows the folder."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streamd.ports.knowledge import Extent
from streamd.stores.knowledge.folder_knowledge import Scan
from tests.stores.knowledge.shelf import Shelf, sources, told, until
from tests.stores.places import IS_ROOT

pytestmark = pytest.mark.requirement("B4")


async def test_documents_in_folders_below_are_found_by_their_path(shelf: Shelf) -> None:
    shelf.put("a/b/c.md", "Deep tea.")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea") == ["a/b/c.md"]


async def test_new_changed_and_removed_documents_are_followed(shelf: Shelf) -> None:
    kept, gone = shelf.put("kept.txt", "Tea."), shelf.put("gone.txt", "Coffee.")
    async with shelf.opened() as knowledge:
        assert await knowledge.refresh() == Scan(added=2)
        shelf.put("new.txt", "Water.")
        shelf.put(kept.name, "Milk, and no longer the other one.")
        gone.unlink()
        assert await knowledge.refresh() == Scan(added=1, changed=1, removed=1)
        assert await sources(knowledge, "tea coffee") == []
        assert await sources(knowledge, "milk") == ["kept.txt"]
        assert await sources(knowledge, "water") == ["new.txt"]
        assert await knowledge.extent() == Extent(documents=2, passages=2)


async def test_what_has_not_changed_is_not_read_again(shelf: Shelf) -> None:
    path = shelf.put("a.txt", "Tea.")
    stamp = path.stat()
    async with shelf.read() as knowledge:
        path.write_text("Mud.")
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as if nobody had touched it
        assert await knowledge.refresh() == Scan()
        assert await sources(knowledge, "tea") == ["a.txt"]


async def test_the_same_size_at_another_time_is_a_change(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge:
        shelf.put("a.txt", "Mud.")
        assert await knowledge.refresh() == Scan(changed=1)
        assert await sources(knowledge, "mud") == ["a.txt"]


async def test_a_renamed_document_is_found_under_its_new_name_only(shelf: Shelf) -> None:
    path = shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge:
        path.rename(path.with_name("b.txt"))
        await knowledge.refresh()
        assert await sources(knowledge, "tea") == ["b.txt"]


async def test_many_documents_come_and_go_without_a_trace(shelf: Shelf) -> None:
    paths = [shelf.put(f"{number:03}.txt", f"Tea number {number}.\n\n{'x ' * 2000}") for number in range(200)]
    async with shelf.read() as knowledge:
        assert await knowledge.extent() == Extent(200, 1000)
        for path in paths[::2]:
            path.unlink()
        assert await knowledge.refresh() == Scan(removed=100)
        assert await knowledge.extent() == Extent(100, 500)
        assert len(await knowledge.search("tea", limit=300)) == 100
        shelf.put("again.txt", "Tea once more.")
        await knowledge.refresh()
        assert len(await knowledge.search("tea", limit=300)) == 101


async def test_a_missing_folder_is_an_empty_knowledge_base_until_it_appears(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    async with shelf.opened() as knowledge:
        assert await knowledge.refresh() == Scan()
        assert await knowledge.is_empty()
        shelf.put("a.txt", "Tea.")
        assert await knowledge.refresh() == Scan(added=1)
        assert not await knowledge.is_empty()


async def test_a_folder_that_goes_takes_its_documents_along(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge:
        shelf.folder.rename(shelf.folder.with_name("elsewhere"))
        assert await knowledge.refresh() == Scan(removed=1)
        assert await knowledge.is_empty()


async def test_documents_without_text_leave_it_empty(shelf: Shelf) -> None:
    shelf.put("empty.txt", "")
    shelf.put("blank.md", "\n \n")
    async with shelf.read() as knowledge:
        assert await knowledge.is_empty()
        assert await knowledge.extent() == Extent(0, 0)
        assert await knowledge.refresh() == Scan()


async def test_whether_it_is_empty_is_not_answered_before_anybody_has_looked(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.opened() as knowledge:
        assert not await knowledge.is_empty()


async def test_whoever_asks_during_the_first_look_waits_for_it(shelf: Shelf) -> None:
    for number in range(200):
        shelf.put(f"{number}.txt", "Tea.")
    async with shelf.opened() as knowledge:
        looking = asyncio.create_task(knowledge.refresh())
        await asyncio.sleep(0)
        assert not await knowledge.is_empty()
        await looking


async def test_a_look_that_is_cancelled_is_done_again(shelf: Shelf) -> None:
    for number in range(300):
        shelf.put(f"{number}.txt", "Tea.")
    async with shelf.opened() as knowledge:
        for turns in range(20):
            looking = asyncio.create_task(knowledge.refresh())
            for _ in range(turns):
                await asyncio.sleep(0)
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
        await knowledge.refresh()
        assert await knowledge.extent() == Extent(300, 300)
        assert len(await knowledge.search("tea", limit=400)) == 300


async def test_what_a_cancelled_look_had_written_goes_with_its_file(shelf: Shelf) -> None:
    paths = [shelf.put(f"{number}.txt", "Tea.") for number in range(300)]
    async with shelf.opened() as knowledge, asyncio.timeout(20):
        looking = asyncio.create_task(knowledge.refresh())
        while not (await knowledge.extent()).documents:
            continue
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        for path in paths:
            path.unlink()
        await knowledge.refresh()
        assert await knowledge.extent() == Extent(0, 0)


async def test_whoever_waits_for_a_look_that_is_cancelled_looks_alone(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.opened() as knowledge, asyncio.timeout(20):
        looking = asyncio.create_task(knowledge.refresh())
        asking = [asyncio.create_task(knowledge.is_empty()) for _ in range(5)]
        await asyncio.sleep(0)
        looking.cancel()
        assert await asyncio.gather(*asking) == [False] * 5


async def test_watching_finds_what_comes_later(shelf: Shelf) -> None:
    async with shelf.opened() as knowledge, asyncio.timeout(20):
        watching = asyncio.create_task(knowledge.watch())
        assert await knowledge.is_empty()
        shelf.put("a.txt", "Tea.")
        while await knowledge.is_empty():
            continue
        assert await sources(knowledge, "tea") == ["a.txt"]
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
async def test_a_folder_that_may_not_be_read_keeps_what_was_indexed(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge:
        shelf.folder.chmod(0)
        try:
            async with asyncio.timeout(20):
                with capture_logs() as events:
                    watching = asyncio.create_task(knowledge.watch())
                    await until(knowledge, lambda: bool(told(events, "knowledge_scan_failed")))
                    watching.cancel()
        finally:
            shelf.folder.chmod(0o700)
        assert await sources(knowledge, "tea") == ["a.txt"]


async def test_a_failed_look_is_told_once_and_tried_again(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.txt", "Tea.")
    async with shelf.read() as knowledge, asyncio.timeout(20):
        aside = shelf.folder.rename(tmp_path / "aside")
        shelf.folder.symlink_to(shelf.folder)  # a link to itself cannot be read by anybody
        with capture_logs() as events:
            watching = asyncio.create_task(knowledge.watch())
            await until(knowledge, lambda: bool(told(events, "knowledge_scan_failed")))
            for _ in range(20):
                await knowledge.extent()
            (aside / "b.txt").write_text("Tea, too.")
            found = tmp_path / "found"
            found.symlink_to(aside)
            found.replace(shelf.folder)  # in one instant: a folder that is not there is an empty one
            await until(knowledge, lambda: bool(told(events, "knowledge_indexed")))
            watching.cancel()
        assert len(told(events, "knowledge_scan_failed")) == 1
        assert await sources(knowledge, "tea") == ["a.txt", "b.txt"]


async def test_a_look_is_logged_in_numbers_and_only_when_something_changed(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.")
    with capture_logs() as events:
        async with shelf.read() as knowledge:
            await knowledge.refresh()
    (event,) = told(events, "knowledge_indexed")
    assert (event["added"], event["changed"], event["removed"], event["documents"], event["passages"]) == (
        1,
        0,
        0,
        1,
        1,
    )
    assert "Tea" not in str(events)
