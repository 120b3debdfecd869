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


def test_every_room_is_in_the_architecture(root: Path) -> None:
    text = (root / DOCUMENT).read_text()
    rooms = [
        path
        for path in (*(root / "streamd").iterdir(), *(root / "streamd" / "core").iterdir())
        if path.name not in ("__init__.py", "README.md", "py.typed", "__pycache__")
        and (path.is_dir() or path.parent.name == "streamd")
    ]
    for room in rooms:
        name = str(room.relative_to(root / "streamd")) + ("/" if room.is_dir() else "")
        assert f"`{name}`" in text, name


def test_the_architecture_can_be_read_in_one_go(root: Path) -> None:
    assert len((root / DOCUMENT).read_text().splitlines()) <= 150
