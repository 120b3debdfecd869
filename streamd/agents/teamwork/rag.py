"""The RAG agent: answers from the documents of the knowledge base and from nothing else."""

from collections.abc import AsyncGenerator
from typing import Final

from streamd.agents.teamwork.background import Background
from streamd.core.run import Response
from streamd.core.tasks import Answer
from streamd.ports.agent import Agent, Run

_PASSAGES: Final = 8
_SYSTEM: Final = """You answer from the documents that stand before the request, and from nothing else. Put the number of the
document behind each statement, as in [1]. What the documents do not say, say that they do not say it."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Search the documents for the question and answer from them."""
    question = run.request.user_input
    passages = await run.look_up(question, _PASSAGES)
    generation = run.think(Background(passages).prompt(question), task=Answer(question, passages))
    async for response in generation:
        yield response
    run.conclude(generation.text)


AGENT: Final = Agent(
    name="rag",
    steps=steps,
    agent_id="rag_agent",
    description="what the documents of the knowledge base say",
    system=_SYSTEM,
)
