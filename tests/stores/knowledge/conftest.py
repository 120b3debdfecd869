from pathlib import Path

import pytest

from tests.stores.knowledge.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "documents").mkdir()
    return Shelf(tmp_path / "documents", tmp_path / "knowledge.db")
