"""An agent that pays: some of its calls need approval, all go to a register that opens with the daemon; in files."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypedDict

import attrs
import structlog

from streamd import Agent, IdempotencyKey, Response, Run, ToolContext, tool
from tests.support.daemon import ROOT

PAYMENTS: Final = Path("payments.jsonl")
OPENINGS: Final = Path("openings.jsonl")
GO: Final = Path("pay-slow")
"""While this file is not there, what is paid slowly never ends."""

log = structlog.get_logger(__name__)


@attrs.define
class Register:
    """A register of payments."""

    def pay(self, made: Mapping[str, object]) -> None:
        _append(PAYMENTS, made)


@attrs.frozen
class Receipt:
    """What a payment comes to."""

    to: str
    amount: int


class Rate(TypedDict):
    """A rate of exchange."""

    currency: str
    rate: float


def _append(path: Path, line: Mapping[str, object]) -> None:
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")


@asynccontextmanager
async def open_register() -> AsyncIterator[Register]:
    """Open the register."""
    _append(OPENINGS, {"is": "opened"})
    yield Register()
    _append(OPENINGS, {"is": "closed"})


def over_hundred(arguments: Mapping[str, Any]) -> bool:
    """Whether a payment is so large that a person is asked."""
    return bool(arguments["amount"] > 100)


@tool(needs_approval=over_hundred, dependencies={"register": open_register})
async def pay(
    context: ToolContext, register: Register, key: IdempotencyKey, to: str, amount: int = 10
) -> Receipt:
    """Pay somebody."""
    register.pay({"to": to, "amount": amount, "key": key, "thread": context.thread_id})
    await context.progress(f"paying {to}", 0.5)
    context.log.info("payment_started", to=to)
    if to == "slow" and not GO.exists():
        await asyncio.Event().wait()
    return Receipt(to, amount)


@tool(effect="read", timeout_seconds=0.05)
async def audit() -> str:
    """Look through all payments, for ever."""
    await asyncio.Event().wait()
    return ""


@tool(effect="read")
def rates() -> list[Rate]:
    """Look up rates of exchange, in a library without asyncio."""
    time.sleep(0)
    return [{"currency": "EUR", "rate": 1.0}]


async def _work(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


PAYER: Final = Agent("payer", _work, tools=(pay, audit, rates))

FILES: Final = {
    "paying_agent-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: paying-agent\nVersion: 1\n",
    "paying_agent-1.dist-info/entry_points.txt": f"[streamd.agents]\npayer = {__name__}:PAYER\n",
}
"""What installs it in the directory of a daemon."""
VARIABLES: Final = {"PYTHONPATH": f"{ROOT}:."}


def lines(path: Path) -> list[Mapping[str, Any]]:
    """What was written into a file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
