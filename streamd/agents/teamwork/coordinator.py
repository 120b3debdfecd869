"""The coordinator: looks up documents, consults supporting agents in parallel, and has one agent write the answer."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

from streamd.agents.teamwork.collaboration import Collaboration
from streamd.agents.teamwork.plan import COORDINATOR, RAG, Coordination, coordination_of
from streamd.agents.teamwork.primary_answer import THINKERS, answer_question
from streamd.core.run import Response
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Consultation

_SYSTEM: Final = """Several agents have worked on a question. Make one answer of what they found: the answer first, then what
it rests on. Say so where they contradict each other, and where nobody found anything. Add nothing that none of them found."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Look up documents, consult agents, and have the answer written."""
    question = run.request.user_input
    if not question.strip():
        raise InvalidMessageError("a question is required: say what the agents should work on", path="query")
    plan = coordination_of(
        run.request.context, run.language.topics_of(question), run.understanding, run.agent_for
    )
    _check_names(run, plan)
    alone = plan.mode == "primary_only"
    work = Collaboration(run, question, plan, steps=1 if alone else 2 + len(plan.supporting))
    yield work.progress(run.language.wording.work_shared(plan.primary, plan.supporting), steps=0)
    for phase in (answer_question,) if alone else (_documents, _support, answer_question):
        async with aclosing(phase(work)) as responses:
            async for response in responses:
                yield response


def _check_names(run: Run, plan: Coordination) -> None:
    """Refuse unknown agents' names before anything starts. Raises InvalidMessageError."""
    for path, names in (("supporting_agents", plan.supporting), ("primary_agent", (plan.primary,))):
        for name in names:
            try:
                run.consult(name, "")  # it is not iterated, so no agent starts
            except InvalidMessageError as error:
                raise InvalidMessageError(error.message, path=path) from None


async def _documents(work: Collaboration) -> AsyncGenerator[Response, None]:
    """Consult the RAG agent, unless there are no documents."""
    run = work.run
    # A resumed run takes the same branch, though the knowledge base may have changed.
    if await run.once("knows_documents", run.knows_documents):
        async for response in work.follow(run.consult(RAG, work.question, context={}, may_change=False)):
            yield response
        return
    message = run.language.wording.no_documents()
    named = {"agent": RAG, "internal": True}
    yield Response(
        "agent_start", run.language.wording.agent_starts(RAG), extra={**named, "query": work.question}
    )
    metadata = {"status": "skipped", "seconds": 0.0, "model": run.model}
    yield Response("agent_complete", message, extra={**named, "response": message, "metadata": metadata})
    work.statuses[RAG] = "skipped"
    yield work.progress(run.language.wording.documents_skipped(RAG))


async def _support(work: Collaboration) -> AsyncGenerator[Response, None]:
    """Consult the supporting agents: in parallel, or one after the other, each with earlier findings."""
    run, names = work.run, work.plan.supporting
    if work.plan.mode == "sequential":
        for name in names:
            async for response in work.follow(_helper(work, name, work.context())):
                yield response
        return
    context = work.context()
    consultations = [_helper(work, name, context) for name in names]
    async with aclosing(run.together(*map(work.follow, consultations))) as responses:
        async for response in responses:
            yield response


def _helper(work: Collaboration, name: str, context: Mapping[str, object]) -> Consultation:
    """Consult a supporting agent, which changes nothing: the primary agent does that."""
    return work.run.consult(name, _question_for(work, name), context=context, may_change=False)


def _question_for(work: Collaboration, name: str) -> str:
    """Return a supporting agent's question: the request, unless it orders changes, which only the primary agent makes."""
    if name in THINKERS:
        return work.question
    if work.orders_changes:
        return work.run.language.wording.look_at(name)
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
