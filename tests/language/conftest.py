import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes

ROOT = Path(__file__).parents[2]

GIVEN = [
    {"id": "inv-a", "type": "inventory", "name": "Product A", "current_stock": 150, "min_stock": 50, "max_stock": 200,
     "reorder_point": 75, "supplier": "TechCorp Solutions", "location": "Warehouse A", "unit_cost": 25.99},
    {"id": "inv-b", "type": "inventory", "name": "Product B", "current_stock": 25, "min_stock": 30, "max_stock": 100,
     "reorder_point": 40, "supplier": "Global Parts Inc", "location": "Warehouse B", "unit_cost": 15.5},
    {"id": "inv-c", "type": "inventory", "name": "Product C", "current_stock": 0, "min_stock": 20, "max_stock": 80,
     "reorder_point": 25, "supplier": "Budget Suppliers Ltd", "location": "Warehouse A", "unit_cost": 45.0},
    {"id": "inv-d", "type": "inventory", "name": "Copper Wire 2mm", "current_stock": 500, "min_stock": 50,
     "max_stock": 300, "reorder_point": 80, "supplier": "Global Parts Inc", "location": "Warehouse B", "unit_cost": 1.2},
    {"id": "sup-1", "type": "supplier", "name": "TechCorp Solutions", "reliability_score": 95, "delivery_time": 7,
     "location": "North America"},
    {"id": "sup-2", "type": "supplier", "name": "Global Parts Inc", "reliability_score": 78, "delivery_time": 14,
     "location": "Asia Pacific"},
    {"id": "sup-3", "type": "supplier", "name": "Budget Suppliers Ltd", "reliability_score": 45, "delivery_time": 21,
     "location": "Europe"},
]  # fmt: skip


@pytest.fixture(scope="session")
def types() -> ItemTypes:
    return item_types_from(tomllib.loads((ROOT / "config.toml").read_text())["item_types"])


@pytest.fixture(scope="session")
def items() -> Sequence[Item]:
    return [item_of(flat) for flat in GIVEN]  # type: ignore[arg-type]  # a table of plain values
