"""Which files are documents, and what is told of those that are not."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.stores.knowledge.shelf import Event, Shelf, sources, told
from tests.stores.places import IS_ROOT

SKIPPED = "knowledge_file_skipped"


async def skipped(shelf: Shelf) -> Sequence[Event]:
    with capture_logs() as events:
        async with shelf.read() as knowledge:
            await knowledge.refresh()
    assert "secret" not in str(events)
    return told(events, SKIPPED)


async def test_every_format_is_read_whatever_the_case_of_its_ending(shelf: Shelf) -> None:
    names = ["a.md", "b.markdown", "c.txt", "d.rst", "e.csv", "f.html", "g.HTM", "h.MD"]
    for name in names:
        shelf.put(name, "Tea")
    async with shelf.read() as knowledge:
        assert sorted(await sources(knowledge, "tea", limit=20)) == names


async def test_other_files_are_no_documents(shelf: Shelf) -> None:
    for name in ("a.py", "b.pdf", "noending", "c.md~", "d.txt.bak", "e.json"):
        shelf.put(name, "Tea")
    assert await skipped(shelf) == []
    async with shelf.read() as knowledge:
        assert await knowledge.is_empty()


async def test_hidden_files_and_folders_are_ignored(shelf: Shelf) -> None:
    for name in (".a.md", ".git/b.md", "c/.d/e.md", ".md"):
        shelf.put(name, "Tea")
    async with shelf.read() as knowledge:
        assert await knowledge.is_empty()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01\x02secret", "it is a binary file"),
        (b"secret \xff\xfe\xfa", "it is not text in UTF-8; save it as UTF-8"),
        ("Straße".encode("latin-1"), "it is not text in UTF-8; save it as UTF-8"),
        (b"secret " * 100_000, "it is larger than 100000 bytes; part it, or raise the limit"),
    ],
    ids=["binary", "garbage", "latin-1", "huge"],
)
async def test_a_file_without_text_is_skipped_and_told_once_by_name(
    shelf: Shelf, content: bytes, reason: str
) -> None:
    shelf.put("a.txt", content)
    shelf.put("b.txt", "Tea.")
    (event,) = await skipped(shelf)
    assert (event["file"], event["reason"]) == ("a.txt", reason)
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea secret") == ["b.txt"]


async def test_a_file_as_large_as_allowed_is_read(shelf: Shelf) -> None:
    shelf.put("a.txt", b"tea " * 25_000)
    assert await skipped(shelf) == []


async def test_a_skipped_file_is_read_when_it_was_mended_and_goes_when_it_was_spoiled(shelf: Shelf) -> None:
    shelf.put("a.txt", b"tea\0")
    async with shelf.opened() as knowledge:
        assert (await knowledge.refresh()).skipped == 1
        shelf.put("a.txt", "Tea.")
        scan = await knowledge.refresh()
        assert (scan.added, scan.skipped) == (1, 0)
        assert await sources(knowledge, "tea") == ["a.txt"]
        with capture_logs() as events:
            shelf.put("a.txt", b"\0tea")
            assert (await knowledge.refresh()).skipped == 1
        assert await knowledge.is_empty()
        assert len(told(events, SKIPPED)) == 1


async def test_utf_16_and_byte_order_marks_are_understood(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea at dawn.".encode("utf-16"))
    shelf.put("b.md", b"\xef\xbb\xbf# Tea\n\nAt dusk.")
    async with shelf.read() as knowledge:
        found = {passage.source: passage.title for passage in await knowledge.search("tea")}
    assert found == {"a.txt": "a", "b.md": "Tea"}


async def test_a_link_out_of_the_folder_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("Secret tea.")
    (shelf.folder / "file.txt").symlink_to(outside / "secret.txt")
    (shelf.folder / "relative.txt").symlink_to("../outside/secret.txt")
    (shelf.folder / "folder").symlink_to(outside)
    (shelf.folder / "nowhere.txt").symlink_to("missing.txt")
    (shelf.folder / "circle.txt").symlink_to("circle.txt")
    (shelf.folder / "loop").symlink_to(shelf.folder)
    async with shelf.read() as knowledge:
        assert await knowledge.is_empty()


async def test_a_link_within_the_folder_is_a_document_unless_its_file_is_one(shelf: Shelf) -> None:
    shelf.put("real.txt", "Tea.")
    shelf.put(".versions/3/hidden.txt", "Milk.")
    (shelf.folder / "again.txt").symlink_to("real.txt")
    (shelf.folder / "current.txt").symlink_to(".versions/3/hidden.txt")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea") == ["real.txt"]
        assert await sources(knowledge, "milk") == ["current.txt"]


async def test_the_folder_itself_may_be_a_link(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.txt", "Tea.")
    shelf.folder.rename(tmp_path / "elsewhere")
    shelf.folder.symlink_to(tmp_path / "elsewhere")
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea") == ["a.txt"]


async def test_what_is_no_regular_file_is_not_waited_for(shelf: Shelf) -> None:
    os.mkfifo(shelf.folder / "pipe.txt")
    (shelf.folder / "folder.txt").mkdir()
    shelf.put("folder.txt/a.txt", "Tea.")
    async with asyncio.timeout(20), shelf.read() as knowledge:
        assert await sources(knowledge, "tea") == ["folder.txt/a.txt"]


async def test_names_in_every_language_are_kept_and_those_that_cannot_be_printed_are_skipped(
    shelf: Shelf,
) -> None:
    shelf.put("über 茶\u202f1;.txt", "Tea.")
    shelf.put("line\nbreak.txt", "Milk.")
    with open(os.fsencode(shelf.folder) + b"/byte\xff.txt", "wb") as file:  # noqa: ASYNC230, PTH123 - a name in bytes
        file.write(b"Mud.")
    events = await skipped(shelf)
    assert sorted(event["file"] for event in events) == ["byte\\udcff.txt", "line\\nbreak.txt"]
    async with shelf.read() as knowledge:
        assert await sources(knowledge, "tea milk mud") == ["über 茶\u202f1;.txt"]


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
async def test_what_may_not_be_read_is_skipped(shelf: Shelf) -> None:
    shelf.put("a.txt", "Tea.").chmod(0)
    shelf.put("b/c.txt", "Tea.")
    shelf.put("d.txt", "Tea.")
    (shelf.folder / "b").chmod(0)
    try:
        events = await skipped(shelf)
        assert sorted(event["file"] for event in events) == ["a.txt", "b"]
    finally:
        (shelf.folder / "b").chmod(0o700)


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
async def test_what_could_not_be_read_is_tried_again_and_told_once(shelf: Shelf) -> None:
    path = shelf.put("a.txt", "Milk.")
    path.chmod(0)
    with capture_logs() as events:
        async with shelf.read() as knowledge:
            await knowledge.refresh()
            assert len(told(events, SKIPPED)) == 1
            path.chmod(0o600)
            await knowledge.refresh()
            assert await sources(knowledge, "milk") == ["a.txt"]
