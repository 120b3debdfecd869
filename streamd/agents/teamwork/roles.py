"""Roles: agents that each examine a question from one side, to help the primary agent."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Final

from streamd.agents.teamwork.background import background_of
from streamd.core.run import Response
from streamd.core.tasks import Answer
from streamd.ports.agent import Agent, Run

_GROUND: Final = """Rest on what stands before the request and cite documents by their number, as in [1]. Where you use what
you know yourself, say so. Be brief: another agent puts what you say together with what others say."""


async def _look(run: Run, role: str) -> AsyncGenerator[Response, None]:
    question = run.request.user_input
    known = await background_of(run, question)
    generation = run.think(
        known.prompt(question),
        task=Answer(question, known.passages, known.memories, known.preferences, known.facts, role),
    )
    async for response in generation:
        yield response
    run.conclude(generation.text)


def _role(name: str, description: str, job: str) -> Agent:
    return Agent(
        name=name,
        steps=partial(_look, role=name),
        agent_id=f"{name}_agent",
        description=description,
        system=f"{job}\n{_GROUND}",
    )


RESEARCH: Final = _role(
    "research",
    "what is known about a question, and what is not",
    "You are the one who finds out what is known. List the findings that bear on the request, and what nobody knows yet.",
)
ANALYSIS: Final = _role(
    "analysis",
    "strengths, risks and figures",
    "You are the one who weighs. Say what speaks for and against, which figures count, and what follows from them.",
)
IDEATION: Final = _role(
    "ideation",
    "ways to go on that follow from what is known",
    "You are the one who has ideas. Name a few different ways to go on, each with what it rests on and what it risks.",
)
ROLES: Final = (RESEARCH, ANALYSIS, IDEATION)
