"""Questions about what runs out, and about safety stocks, are answered by just that."""

from collections.abc import Mapping

from streamd.core.values import Value
from tests.agents.office import office, words


def item(item_id: str, name: str, stock: float) -> Mapping[str, Value]:
    return {
        "id": item_id,
        "type": "inventory",
        "name": name,
        "current_stock": stock,
        "reorder_point": 5,
        "lead_time": 4,
    }


DRILL, BOLT, GLUE = item("a", "Cordless Drills", 18), item("b", "Hex Bolt M6", 0), item("c", "Glue", 400)


async def asked(question: str) -> tuple[str, str]:
    """(all that was said, what the completion says)."""
    async with office(DRILL, BOLT, GLUE) as place:
        for item_id in ("a", "b", "c"):
            await place.demand(item_id, [75.0, 60.0, 90.0] * 4)
        told = await place.ask(question)
    return words(told), told[-1]["message"]


async def test_what_will_run_out_is_told_by_name_with_its_days_before_what_is_out_already() -> None:
    said, message = await asked("Which items will run out within the next 10 days?")
    assert said.startswith(
        "Within the next 10 days 1 item will run out at mean demand: Cordless Drills in 7.3 days"
    )
    assert "Out of stock already: Hex Bolt M6." in said
    assert "Glue" not in said
    assert message == said


async def test_how_long_one_item_lasts_is_answered_about_that_item() -> None:
    said, message = await asked("How long until we run out of Cordless Drills?")
    assert said.startswith("At mean demand the 18 of Cordless Drills in stock last 7.3 days")
    assert "Hex Bolt" not in said
    assert message == said


async def test_a_safety_stock_is_answered_with_its_number() -> None:
    said, message = await asked("Calculate safety stock for Hex Bolt M6")
    assert said.startswith("The safety stock of Hex Bolt M6 is ")
    assert message == said
