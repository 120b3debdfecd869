"""Another language than English: what runs read, and what they say, is all of the language that is handed in."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson
import pytest

from streamd.core.values import Value
from tests.agents.office import office, sequence
from tests.support.other_language import WORDINGS, Other
from tests.support.snapshots import snapshot_of

ROOT: Final = Path(__file__).parent.parent.parent
CATALOGUE: Final = ("english_wording.py", "_agent_wording.py", "_analysis_wording.py", "findings/*.py")
ITEMS: Final[tuple[Mapping[str, Value], ...]] = (
    {"id": "a", "type": "inventory", "name": "Alpha", "current_stock": 5, "reorder_point": 10, "lead_time": 7},
    {"id": "b", "type": "inventory", "name": "Beta", "current_stock": 0, "reorder_point": 10, "max_stock": 40},
    {"id": "s", "type": "supplier", "name": "Sigma", "delivery_time": 4, "reliability_score": 95, "location": "Oslo"},
)  # fmt: skip


def fragments() -> Iterator[str]:
    """Parts of two words and more of the English texts, without their values."""
    for path in (path for name in CATALOGUE for path in (ROOT / "streamd" / "language").glob(name)):
        tree = ast.parse(path.read_text())
        documented = [
            node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        ]
        docstrings = {id(node.body[0].value) for node in documented if isinstance(node.body[0], ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield from re.findall(r"\w[\w,]*(?: [\w,]+)+", node.value)


ENGLISH: Final = sorted({one for one in fragments() if len(one) > 9})


def english_in(told: Sequence[Mapping[str, object]]) -> list[str]:
    """The English of the catalogue in what people read, in sentences and in `data`."""
    said = orjson.dumps(told).decode()
    return [one for one in ENGLISH if one in said]


async def test_the_catalogue_s_english_is_found_where_it_is_spoken() -> None:
    async with office(*ITEMS) as place:
        told = await place.ask("Analyze the stock")
    assert len(ENGLISH) > 80
    assert "Analyzing current inventory levels" in english_in(told)


async def test_a_request_in_another_language_is_done_and_told_in_that_language() -> None:
    async with office(language=Other()) as place:
        told = await place.ask("adde Epistula")
        (item,) = (await snapshot_of(place.engine.store, "hall")).items
        removed = await place.ask("dele Epistula")
        assert (await snapshot_of(place.engine.store, "hall")).items == []
    messages = {one["type"]: one.get("message") for one in (*removed, *told)}
    assert orjson.loads(item)["name"] == "Epistula"
    assert messages["start"] == "⟦request_received⟧"
    assert messages["intent_analysis"] == "⟦intent_detected⟧"
    assert messages["item_creation"] == "⟦adding⟧"
    assert messages["item_added"] == "⟦added⟧"
    assert messages["item_removal"] == "⟦removing⟧"
    assert messages["item_removed"] == "⟦removed⟧"
    assert messages["complete"] == "⟦summary⟧"
    assert english_in([*told, *removed]) == []


@pytest.mark.parametrize(
    ("agent", "say", "worded"),
    [
        (
            "inventory",
            "specta",
            {
                "analyzing_stock",
                "stock_found",
                "stock_remembered",
                "was_out_of_stock",
                "stock_explained",
                "stockout_impact",
                "stock_advice",
                "need_reasons",
                "order_basis",
                "gap_needed_for",
                "gap_remedy",
            },
        ),
        (
            "supplier",
            "eme",
            {
                "analyzing_suppliers",
                "suppliers_recommended",
                "suppliers_remembered",
                "purchase_explained",
                "score_grounds",
                "supplier_advice",
                "risk_description",
                "risk_mitigation",
                "purchase_recommendation",
            },
        ),
        (
            "forecasting",
            "praedic",
            {
                "forecasting",
                "stock_lasts",
                "forecast_remembered",
                "plan_for",
                "demand_expected",
                "confidence_basis",
            },
        ),
        ("general", "quid?", {"processing", "item_count"}),
        ("team", "specta", {"part_of", "agent_starts"}),
        ("coordinator", "specta", {"work_shared", "no_documents", "documents_skipped", "agent_ended"}),
        ("research", "quid?", {"request_received"}),
        ("rag", "quid?", {"request_received"}),
        ("trip_planner", "Romam", {"looked_up"}),
        ("content", "Alpha", {"section_done"}),
    ],
)
async def test_no_agent_says_anything_in_english_of_its_own(agent: str, say: str, worded: set[str]) -> None:
    language = Other()
    async with office(*ITEMS, language=language) as place:
        await place.demand("a", range(10, 34))
        told = await place.ask(say, agent)
        kept = [
            {"text": memory.text}
            for kind in ("analysis", "insight", "interaction")
            for memory in await place.memories(kind, agent)
        ]
    assert sequence(told)[-1] == "complete"
    assert english_in(told) == []
    assert english_in(kept) == []
    assert worded <= language.brackets.used


async def test_each_text_of_the_catalogue_is_said_by_somebody() -> None:
    rooms = [ROOT / "streamd" / room for room in ("agents", "analysis", "engine", "models", "service")]
    code = "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))

    assert len(WORDINGS) > 85
    assert [name for name in sorted(WORDINGS) if not re.search(rf"\.{name}\b", code)] == []
