import tomllib
from pathlib import Path

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item_type import ItemTypes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def types() -> ItemTypes:
    with (ROOT / "config.toml").open("rb") as file:
        return item_types_from(tomllib.load(file)["item_types"])
