"""The general agent: requests about other types, and those that are about nothing in particular."""

from collections.abc import AsyncGenerator
from typing import Final

from streamd.core.run import Response
from streamd.ports.agent import Agent, Run


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Carry the request out; what there is to say stands in the completion."""
    yield Response("general_processing", "Processing your request…")
    await run.carry_out(run.understanding.calls)
    understanding = run.understanding
    yield Response("general_complete", understanding.refusal or understanding.reply or "Request processed")


AGENT: Final = Agent(
    name="general",
    steps=steps,
    intents=frozenset({"general"}),
    agent_id="general_agent",
    description="everything else: questions, and items of other types",
)
