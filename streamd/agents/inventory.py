"""The inventory agent: looks at the stock, then does what was asked."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Final

from streamd.agents.given import given_items
from streamd.agents.off_loop import off_loop
from streamd.core.analysis.stock import StockAnalysis, analyze_stock
from streamd.core.item import Item, ItemId
from streamd.core.run import Response
from streamd.ports.agent import Agent, Run

LISTED_AT_MOST: Final = 500
"""Entries of each list in `analysis_results`; how many there are in all stands beside them."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Analyse the stock (the store's, or what `context.inventory_data` gives), then carry the request out."""
    yield Response("inventory_analysis", "Analyzing current inventory levels…")
    items = given_items(run.request.context.get("inventory_data"), "inventory")
    if items is None:
        items = await run.items("inventory")
    demand = await run.demand()
    analysis = await off_loop(len(items), _analysis, items, demand)
    low = analysis.low_stock_items
    yield Response(
        "analysis_results",
        f"Found {len(low)} low stock {'item' if len(low) == 1 else 'items'}",
        _capped(analysis.as_data()),
    )
    await run.carry_out(run.understanding.calls)


def _analysis(items: Iterable[Item], demand: Mapping[ItemId, Sequence[tuple[str, float]]]) -> StockAnalysis:
    return analyze_stock(
        items, {item_id: [quantity for _, quantity in rows] for item_id, rows in demand.items()}
    )


def _capped(data: Mapping[str, object]) -> dict[str, object]:
    """The same with long lists cut, and their full lengths told."""
    lengths = {name: len(value) for name, value in data.items() if isinstance(value, list)}
    cut = {name: value[:LISTED_AT_MOST] if isinstance(value, list) else value for name, value in data.items()}
    return {**cut, "counts": lengths}


AGENT: Final = Agent(
    name="inventory",
    steps=steps,
    intents=frozenset({"inventory_management"}),
    agent_id="inventory_agent",
    description="stock levels, and adding, changing and removing items",
)
