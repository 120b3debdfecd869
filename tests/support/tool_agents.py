"""An agent with tools of its own, for a daemon that may be killed: what it ordered stands in a file."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from streamd import Agent, IdempotencyKey, RefusedError, Response, Run, Tool, tool
from tests.support.daemon import ROOT

SECRET: Final = "what the tool was thinking of"
ORDERS: Final = Path("orders.jsonl")
GO: Final = Path("go")
"""While this file is not there, an order for something slow never ends."""

log = structlog.get_logger(__name__)


def _note(made: Mapping[str, object]) -> None:
    with ORDERS.open("a") as file:
        file.write(json.dumps(made) + "\n")


async def order(run: Run, item: str, key: IdempotencyKey, quantity: int = 1) -> dict[str, object]:
    """Order an item.

    Args:
        item: What to order.
        quantity: How many.

    """
    _note({"item": item, "quantity": quantity, "key": key, "run": run.thread_id})
    log.info("order_started", item=item)
    if item == "slow" and not GO.exists():
        await asyncio.Event().wait()
    if item == "nothing":
        raise RefusedError("nothing is not sold; order something")
    if item == "bomb":
        raise RuntimeError(SECRET)
    return {"ordered": item, "quantity": quantity}


@tool(effect="read")
async def price(item: str) -> float:
    """Look up what an item costs."""
    return float(len(item))


SHOW_MAP: Final = Tool(
    "show_map",
    "Shows a place on the reader's map; gives what they marked there.",
    {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
        "additionalProperties": False,
    },
)


async def _buy(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


BUYER: Final = Agent("buyer", _buy, tools=(order, price, SHOW_MAP), agent_id="buyer_agent")

FILES: Final = {
    "tool_agents-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tool-agents\nVersion: 1\n",
    "tool_agents-1.dist-info/entry_points.txt": f"[streamd.agents]\nbuyer = {__name__}:BUYER\n",
}
"""What installs it in the directory of a daemon."""
VARIABLES: Final = {"PYTHONPATH": f"{ROOT}:."}


def orders(directory: Path, thread_id: str) -> list[Mapping[str, Any]]:
    """What was ordered in a thread, each call of the tool once."""
    path = directory / ORDERS
    lines = path.read_text().splitlines() if path.exists() else []
    return [one for one in map(json.loads, lines) if one["run"] == thread_id]
