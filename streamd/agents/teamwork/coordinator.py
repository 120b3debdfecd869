"""The coordinator: documents first, then supporting agents side by side, then one agent that makes an answer of it all."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

from streamd.agents import wording
from streamd.agents.teamwork.collaboration import Collaboration
from streamd.agents.teamwork.plan import COORDINATOR, RAG, Coordination, coordination_of
from streamd.agents.teamwork.primary_answer import THINKERS, answered
from streamd.core.run import Response
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Consultation

_SYSTEM: Final = """Several agents have worked on a question. Make one answer of what they found: the answer first, then what
it rests on. Say so where they contradict each other, and where nobody found anything. Add nothing that none of them found."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Have documents looked up, agents consulted, and an answer made of it."""
    question = run.request.user_input
    if not question.strip():
        raise InvalidMessageError("a question is required: say what the agents should work on", path="query")
    plan = coordination_of(
        run.request.context, run.language.topics_of(question), run.understanding, run.agent_for
    )
    _check_names(run, plan)
    alone = plan.mode == "primary_only"
    work = Collaboration(run, question, plan, steps=1 if alone else 2 + len(plan.supporting))
    yield work.progress(wording.work_shared(plan.primary, plan.supporting), steps=0)
    for phase in (answered,) if alone else (_documents, _support, answered):
        async with aclosing(phase(work)) as told:
            async for response in told:
                yield response


def _check_names(run: Run, plan: Coordination) -> None:
    """Refuse names that no agent has, before anything is done. Raises InvalidMessageError."""
    for path, names in (("supporting_agents", plan.supporting), ("primary_agent", (plan.primary,))):
        for name in names:
            try:
                run.consult(name, "")  # it is not iterated, so nobody is asked anything
            except InvalidMessageError as error:
                raise InvalidMessageError(error.message, path=path) from None


async def _documents(work: Collaboration) -> AsyncGenerator[Response, None]:
    """The RAG agent, unless there is nothing to look up in."""
    run = work.run
    # A run that comes back after a crash goes the same way, though the knowledge base may have changed.
    if await run.once("knows_documents", run.knows_documents):
        async for response in work.follow(run.consult(RAG, work.question, context={}, may_change=False)):
            yield response
        return
    said = wording.NO_DOCUMENTS
    named = {"agent": RAG, "internal": True}
    yield Response("agent_start", wording.agent_starts(RAG), extra={**named, "query": work.question})
    metadata = {"status": "skipped", "seconds": 0.0, "model": run.model}
    yield Response("agent_complete", said, extra={**named, "response": said, "metadata": metadata})
    work.statuses[RAG] = "skipped"
    yield work.progress(wording.documents_skipped(RAG))


async def _support(work: Collaboration) -> AsyncGenerator[Response, None]:
    """The supporting agents: side by side, or one after the other, each with what those before it found."""
    run, names = work.run, work.plan.supporting
    if work.plan.mode == "sequential":
        for name in names:
            async for response in work.follow(_helper(work, name, work.context())):
                yield response
        return
    context = work.context()
    consultations = [_helper(work, name, context) for name in names]
    async with aclosing(run.together(*map(work.follow, consultations))) as told:
        async for response in told:
            yield response


def _helper(work: Collaboration, name: str, context: Mapping[str, object]) -> Consultation:
    """A supporting agent at work: what is to be changed is the primary agent's to change."""
    return work.run.consult(name, _asked(work, name), context=context, may_change=False)


def _asked(work: Collaboration, name: str) -> str:
    """What a supporting agent is asked: the question, unless that orders changes, which only the primary agent makes."""
    if name in THINKERS:
        return work.question
    if work.orders_changes:
        return wording.look_at(name)
    if work.run.model == "offline":
        return work.question
    return f"{work.question}\n\n(You help {work.plan.primary}: report what you find, and change nothing.)"


AGENT: Final = Agent(
    name=COORDINATOR,
    steps=steps,
    agent_id="coordinator_agent",
    description="questions that several agents work on side by side and one of them answers",
    system=_SYSTEM,
)
