"""The trip planner: outline, look up, write, judge, look up again, rewrite; a person may approve between any two."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, Literal

import orjson

from streamd.agents.quoted_data import TitledData, numbered, with_data
from streamd.agents.trip_state import (
    MOST_PASSAGES,
    TripState,
    as_data,
    brief_in,
    messages_with,
    number,
    passages_in,
    prompt_for,
    prompts_now,
    text,
)
from streamd.core.document_passage import Passage
from streamd.core.run import Response
from streamd.core.tasks import Critique, Draft, Plan, Queries, Task
from streamd.core.thread import State
from streamd.errors import ModelError
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Chunk, ChunkFormat, Generation

_SYSTEM: Final = """You plan trips and write texts together with a person, in steps. The person sees each step and may change
what came of it before the next one."""
_QUERIES: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {"queries": {"type": "array", "items": {"type": "string"}}},
    "required": ["queries"],
    "additionalProperties": False,
}
_MOST_QUERIES: Final = 3
_A_QUERY: Final = 4


async def _planner(run: Run) -> AsyncGenerator[Response, None]:
    """Write an outline; clear the state of the thread's earlier request."""
    task = run.request.user_input
    brief = {key: value for key, value in run.request.context.items() if key != "prompts"}
    preferences = [memory.text for memory in await run.preferences()]
    run.update(
        task=task, brief=brief, prompts=prompts_now(run), plan="", queries=[], content=[], draft="", critique="",
        revision_number=0, max_revisions=run.options.max_revisions or 0,
        messages=messages_with(run.state, "HumanMessage", task),
    )  # fmt: skip
    generation = _think(
        run, "planner", Plan(_with_facts(task, brief), _kind(run), preferences),
        _sections(run, ("What the user wants to hold", preferences)),
    )  # fmt: skip
    async for response in generation:
        yield response
    _report(run, generation.text, plan=generation.text)


async def _travel_plan(run: Run) -> AsyncGenerator[Response, None]:
    """Look up what the outline needs."""
    async for response in _look_up(run, "travel_plan", text(run.state, "plan"), []):
        yield response


async def _generate(run: Run) -> AsyncGenerator[Response, None]:
    """Write the draft, or rewrite it after a critique."""
    state = run.state
    passages, plan = passages_in(state, run.language), text(state, "plan")
    draft, critique = text(state, "draft"), text(state, "critique")
    task = Draft(
        text(state, "task"),
        _kind(run),
        plan,
        passages,
        draft if critique else "",
        critique,
        brief_in(state),
    )
    known = _sections(run, ("Documents", numbered(passages)))
    known += [("Draft", draft), ("Critique", critique)] if critique else []
    generation = _think(run, "generate", task, known)
    async for response in generation:
        yield response
    _report(run, generation.text, draft=generation.text, revision_number=number(state, "revision_number") + 1)
    run.conclude(generation.text)


async def _reflect(run: Run) -> AsyncGenerator[Response, None]:
    """Judge the draft."""
    state = run.state
    draft = text(state, "draft")
    task = Critique(text(state, "task"), _kind(run), draft, text(state, "plan"), brief_in(state))
    generation = _think(run, "reflect", task, [*_sections(run), ("Draft", draft)])
    async for response in generation:
        yield response
    _report(run, generation.text, critique=generation.text)


async def _travel_critique(run: Run) -> AsyncGenerator[Response, None]:
    """Look up what the critique misses, and add it to earlier passages."""
    critique, known_passages = text(run.state, "critique"), passages_in(run.state, run.language)
    async for response in _look_up(run, "travel_critique", critique, known_passages):
        yield response


async def _look_up(
    run: Run, node: str, about: str, known_passages: Sequence[Passage]
) -> AsyncGenerator[Response, None]:
    topic = text(run.state, "task")
    title = "Critique" if node == "travel_critique" else "Outline"
    generation = run.think(
        with_data(topic, [(title, about)]),
        task=Queries(topic, about, _MOST_QUERIES),
        system=prompt_for(run, node),
        schema=_QUERIES,
    )
    try:
        async for response in generation:
            yield response
    except ModelError:
        pass  # good queries are a help: without them the topic is looked up
    queries = _queries_in(generation.data) or [topic]
    passages = list(known_passages)
    held = {(passage.source, passage.line) for passage in passages}
    for query in queries:
        for passage in await run.look_up(query, _A_QUERY):
            if (passage.source, passage.line) not in held:
                held.add((passage.source, passage.line))
                passages.append(passage)
    fresh = passages[len(known_passages) :]
    # Passages for the newest critique are worth more than the first ones.
    newest = passages[-MOST_PASSAGES:]
    _report(
        run,
        _lookup_report(run, queries, fresh),
        queries=queries,
        content=[as_data(passage) for passage in newest],
    )


def _queries_in(data: Mapping[str, object]) -> list[str]:
    queries = data.get("queries")
    wanted = (
        [query.strip() for query in queries if isinstance(query, str)] if isinstance(queries, list) else []
    )
    return [query for query in wanted if query][:_MOST_QUERIES]


def _lookup_report(run: Run, queries: Sequence[str], fresh: Sequence[Passage]) -> str:
    sources = dict.fromkeys(passage.source for passage in fresh)
    return run.language.wording.looked_up(queries, len(fresh), list(sources))


def _think(run: Run, node: str, task: Task, known: Sequence[TitledData]) -> Generation:
    return run.think(
        with_data(text(run.state, "task"), known),
        task=task,
        system=prompt_for(run, node),
        chunk_format=_words_at(node),
    )


def _sections(run: Run, *more: TitledData) -> list[TitledData]:
    """List the sections before the request, the same for every node's model."""
    brief = brief_in(run.state)
    facts = orjson.dumps(brief).decode() if brief else ""
    return [*more, ("Facts given", facts), ("Outline", text(run.state, "plan"))]


def _with_facts(task: str, brief: Mapping[str, object]) -> str:
    """Add the outline's facts to the task."""
    facts = [
        f"{name} {value}" for name in _PLANNED_BY if isinstance(value := brief.get(name), str | int | float)
    ]
    return f"{task} ({', '.join(facts)})" if facts else task


_PLANNED_BY: Final = ("destination", "days", "budget", "currency", "travellers", "when")


def _kind(run: Run) -> str:
    """Return `trip`, unless the task is to write about something that is no travelling."""
    topics, brief = run.language.topics_of(text(run.state, "task")), brief_in(run.state)
    travels = "travel" in topics or "destination" in brief or "days" in brief
    return "trip" if travels or "writing" not in topics else "essay"


def _words_at(node: str) -> ChunkFormat:
    """Emit text chunks as they arrive, with their node."""

    def chunk_format(chunk: Chunk) -> Response:
        return Response(
            "content",
            extra={
                "content": chunk.content,
                "reasoning": chunk.reasoning,
                "confidence": chunk.confidence,
                "agent": AGENT.name,
                "node": node,
                "message_id": chunk.message_id,
            },
        )

    return chunk_format


def _report(run: Run, reply: str, **values: object) -> None:
    """Put a node's result into the state, with its message for chats."""
    message = {"type": "AIMessage", "content": reply}
    run.update(**values, message=message, messages=messages_with(run.state, "AIMessage", reply))


def _after_draft(state: State) -> Literal["reflect"] | None:
    """Return the next node while the draft may be revised. `revision_number` counts drafts, so that many revisions are left."""
    return "reflect" if number(state, "revision_number") <= number(state, "max_revisions") else None


_NODES: Final = {
    "planner": _planner,
    "travel_plan": _travel_plan,
    "generate": _generate,
    "reflect": _reflect,
    "travel_critique": _travel_critique,
}

AGENT: Final = Agent(
    name="trip_planner",
    nodes=_NODES,
    edges={
        "planner": "travel_plan",
        "travel_plan": "generate",
        "generate": _after_draft,
        "reflect": "travel_critique",
        "travel_critique": "generate",
    },
    hitl_before=frozenset(_NODES) - {"planner"},
    agent_id="trip_planner_agent",
    description="trips and texts in steps: outline, research, draft, critique; a person may change each",
    system=_SYSTEM,
    state=TripState,
)
