"""The supplier agent: looks at how suppliers do, then does what was asked."""

from collections.abc import AsyncGenerator
from typing import Final

from streamd.agents.given import given_items
from streamd.agents.off_loop import off_loop
from streamd.core.analysis.suppliers import analyze_suppliers
from streamd.core.run import Response
from streamd.ports.agent import Agent, Run


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Analyse the suppliers (the store's, or what `context.supplier_data` gives), then carry the request out."""
    yield Response("supplier_analysis", "Analyzing supplier performance…")
    items = given_items(run.request.context.get("supplier_data"), "supplier")
    if items is None:
        items = await run.items()
    analysis = await off_loop(len(items), analyze_suppliers, items)
    yield Response("supplier_results", "Supplier analysis completed", analysis.as_data())
    await run.carry_out(run.understanding.calls)


AGENT: Final = Agent(
    name="supplier",
    steps=steps,
    intents=frozenset({"supplier_management"}),
    agent_id="supplier_agent",
    description="supplier performance and risks, and adding, changing and removing suppliers",
)
