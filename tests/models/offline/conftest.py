import tomllib
from pathlib import Path

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item_type import ItemTypes

CONFIG = Path(__file__).parents[3] / "config.toml"


@pytest.fixture
def types() -> ItemTypes:
    return item_types_from(tomllib.loads(CONFIG.read_text())["item_types"])
