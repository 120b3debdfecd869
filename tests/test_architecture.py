"""The architecture document names what is there: its files exist, and no room is left out."""

import re
from pathlib import Path
from typing import Final

DOCUMENT: Final = "streamd/README.md"
_OTHER_WORDS: Final = re.compile(r"workspace/|run/|scripts/")


def test_every_file_that_the_architecture_names_is_there(root: Path) -> None:
    text = (root / DOCUMENT).read_text()
    named = re.findall(r"`([\w./]+(?:\.py|/))`", text) + re.findall(r"\]\(([^)]+)\)", text)
    assert len(named) > 30
    for name in named:
        if not _OTHER_WORDS.match(name):
            assert (root / "streamd" / name).exists(), name


def test_every_room_and_every_seam_is_in_the_architecture(root: Path) -> None:
    text, package = (root / DOCUMENT).read_text(), root / "streamd"
    files = [*package.glob("*.py"), *(package / "ports").glob("*.py")]
    folders = [path for path in package.rglob("*") if path.is_dir() and path.name != "__pycache__"]
    assert len(folders) > 15
    for path in (*files, *folders):
        name = str(path.relative_to(package)) + ("/" if path.is_dir() else "")
        if not path.name.startswith("_"):  # what a room keeps to itself need not be named
            assert f"`{name}`" in text, name


def test_the_words_are_explained_once(root: Path) -> None:
    words = re.findall(r"\*\*([\w ]+)\*\*", (root / DOCUMENT).read_text().partition("## Words")[2])
    assert len(words) > 30
    assert sorted(words) == sorted(set(words))


def test_the_architecture_can_be_read_in_one_go(root: Path) -> None:
    assert len((root / DOCUMENT).read_text().splitlines()) <= 220
