"""The team: passes a request with several parts through their agents, each with the earlier findings."""

from collections.abc import AsyncGenerator
from typing import Final

from streamd.agents.quoted_data import with_data
from streamd.agents.teamwork.collaboration import changes_in_words, handed_on
from streamd.core.run import Response
from streamd.core.tasks import Synthesize
from streamd.ports.agent import Agent, Run

_SYSTEM: Final = """Several agents have worked on parts of a request. Put what they found into one answer: what to do first,
with the numbers that say why. Add nothing that none of them found."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Run the agents of the request's plan in order, each with the earlier findings, and sum up."""
    question, understanding = run.request.user_input, run.understanding
    contributions: list[tuple[str, str]] = []
    findings: dict[str, object] = {}
    for intent in understanding.plan:
        name = run.agent_for(intent)
        context = {**run.request.context, **handed_on(findings), "focus": understanding.focus}
        consultation = run.consult(
            name,
            run.language.wording.part_of(name, question),
            context=context,
            internal=False,
            asked_by=contributions[-1][0] if contributions else None,
        )
        async for response in consultation:
            yield response
        contributions.append((name, consultation.text or consultation.error))
        findings.update(consultation.data)
    preferences = [memory.text for memory in await run.preferences()]
    summary = run.think(
        with_data(question, [(f"{name} found", finding) for name, finding in contributions]),
        task=Synthesize(question, contributions, preferences=preferences),
    )
    async for response in summary:
        yield response
    run.conclude("\n\n".join(filter(None, [await changes_in_words(run), summary.text])))


AGENT: Final = Agent(
    name="team",
    steps=steps,
    description="requests with several parts: stock, demand and suppliers in the order asked",
    system=_SYSTEM,
)
