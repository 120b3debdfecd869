"""What other packages import: every name says what it is, and the reference shows all of them."""

import subprocess
from pathlib import Path

import orjson

import streamd
from tests.support.schemas import DOCUMENT

NAMES = sorted(set(streamd.__all__) - {"__version__"})


def test_every_public_name_says_what_it_is() -> None:
    assert NAMES
    assert [name for name in NAMES if not (getattr(streamd, name).__doc__ or "").strip()] == []


def test_the_reference_shows_every_public_name(root: Path, tmp_path: Path) -> None:
    subprocess.run([root / "scripts" / "docs", tmp_path], capture_output=True, timeout=120, check=True)

    page = (tmp_path / "streamd.html").read_text()
    assert [name for name in streamd.__all__ if f'<section id="{name}">' not in page] == []
    assert orjson.loads((tmp_path / "schemas.json").read_bytes()) == DOCUMENT
