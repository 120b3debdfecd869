"""The primary agent's answer: a synthesis of others' findings, or its own work where a synthesis is not needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from streamd.agents.memory_filter import relevant_memories_of
from streamd.agents.quoted_data import TitledData, numbered, with_data
from streamd.agents.teamwork.background import conversation_in, facts_about
from streamd.agents.teamwork.collaboration import Collaboration, changes_in_words
from streamd.agents.teamwork.plan import COORDINATOR, RAG
from streamd.agents.teamwork.roles import ROLES
from streamd.core.run import Response
from streamd.core.tasks import Synthesize
from streamd.errors import ModelError, RunError
from streamd.ports.agent import Run
from streamd.ports.generation import Chunk, ChunkFormat, Generation

THINKERS: Final = frozenset({RAG, *(role.name for role in ROLES)})
"""Agents without a field of their own: they only answer from findings. Others analyse their field, or change it."""
_AUTHORS: Final = frozenset({"trip_planner", "content"})
"""Agents whose text is the answer, and not to be rephrased."""
_PASSAGES: Final = 6


async def answer_question(work: Collaboration) -> AsyncGenerator[Response, None]:
    """Run the primary agent's part, and end the run.

    Raises:
        ModelError: the primary agent's model failed. `agent` is its name.
        RunError: the primary agent could not answer for another reason.

    """
    has_material = any(text for _, text in work.found)
    by_itself = not has_material or work.orders_changes or work.plan.primary in _AUTHORS
    async for response in _alone(work) if by_itself else _synthesis(work):
        yield response


async def _alone(work: Collaboration) -> AsyncGenerator[Response, None]:
    primary = work.plan.primary
    context = work.context(for_primary=True)
    consultation = work.run.consult(primary, work.question, context=context, internal=False, may_change=True)
    async for response in work.follow(consultation):
        yield response
    if consultation.status != "completed":
        failure = consultation.failure
        if isinstance(failure, ModelError):
            # Whether a retry can help is the model error's to decide.
            failure.details = {**failure.details, "agent": primary}
            raise failure
        raise RunError(f"{primary} could not answer: {consultation.error}", agent=primary)
    work.conclude("\n\n".join(filter(None, [await changes_in_words(work.run), consultation.text])))


async def _synthesis(work: Collaboration) -> AsyncGenerator[Response, None]:
    run, primary = work.run, work.plan.primary
    started = asyncio.get_running_loop().time()
    yield Response(
        "agent_start",
        run.language.wording.agent_starts(primary),
        extra={"agent": primary, "query": work.question},
    )
    metadata: dict[str, object] = {"status": "completed", "model": run.model}
    if _has_own_part(work):
        context = work.context(for_primary=True)
        own = run.consult(primary, work.question, context=context, may_change=True)
        async for response in own:
            # For watchers the agent starts and ends once: around its own part and the answer.
            if not _is_frame(response, primary):
                yield response
        work.take(own)
        if own.error:
            metadata["own_part"] = {"status": own.status, "error": own.error}
    generation = await _generation(work)
    try:
        async for response in generation:
            yield response
    except ModelError as error:
        error.details = {**error.details, "agent": primary}
        raise
    metadata["seconds"] = round(asyncio.get_running_loop().time() - started, 3)
    answer = generation.text.strip()
    yield Response("agent_complete", extra={"agent": primary, "response": answer, "metadata": metadata})
    interaction = {
        "from_agent": COORDINATOR, "to_agent": primary, "query": work.question, "response": answer,
        "metadata": metadata,
    }  # fmt: skip
    work.note(interaction)
    yield Response("interaction", extra=interaction)
    work.statuses[primary] = "completed"
    yield work.progress(run.language.wording.agent_answered(primary))
    work.conclude("\n\n".join(filter(None, [await changes_in_words(run), answer])))


def _is_frame(response: Response, agent: str) -> bool:
    """Check whether a response is the start or end of this agent's consultation, not its content."""
    return (response.type in ("agent_start", "agent_complete") and response.extra.get("agent") == agent) or (
        response.type == "interaction" and response.extra.get("to_agent") == agent
    )


def _has_own_part(work: Collaboration) -> bool:
    """Check whether the primary agent has more to do than to answer from findings."""
    understanding = work.run.understanding
    has_answer = bool(understanding.refusal or understanding.reply)
    return work.plan.primary not in THINKERS and (work.plan.primary != "general" or has_answer)


async def _generation(work: Collaboration) -> Generation:
    run, question = work.run, work.question
    passages = await run.look_up(question, _PASSAGES)
    preferences = [memory.text for memory in await run.preferences()]
    sections: list[TitledData] = [
        ("Documents", numbered(passages)),
        ("Items", await _facts(run)),
        ("Known from before", [one.as_text for one in await relevant_memories_of(run, question)]),
        ("What the user wants to hold", preferences),
        ("Earlier in this conversation", conversation_in(run.state)),
    ]
    sections += [(f"{agent} found", text or "nothing: it failed") for agent, text in work.found]
    contributions = [("documents" if agent == RAG else agent, text) for agent, text in work.found]
    return run.think(
        with_data(question, sections),
        task=Synthesize(question, contributions, passages, preferences),
        system=f"You answer as the agent {work.plan.primary}.",
        chunk_format=_chunks_of(work.plan.primary),
    )


async def _facts(run: Run) -> tuple[str, ...]:
    """Return facts about the product that the request names by its id."""
    product = run.request.context.get("product_id")
    return facts_about(await run.items(), {product}, run.language.wording) if isinstance(product, str) else ()


def _chunks_of(agent: str) -> ChunkFormat:
    def chunk_format(chunk: Chunk) -> Response:
        return Response(
            "agent_chunk",
            extra={
                "agent": agent,
                "chunk": chunk.content,
                "reasoning": chunk.reasoning,
                "confidence": chunk.confidence,
                "message_id": chunk.message_id,
            },
        )

    return chunk_format
