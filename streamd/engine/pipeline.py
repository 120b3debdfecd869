"""The pipeline: from a request to an agent, and what the agent tells, step by step."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.language import understand
from streamd.core.run import Response, RunId, RunRequest
from streamd.core.tool_calls import Intent, ToolCall, Understanding
from streamd.engine.shared_items import Reading, SharedItems
from streamd.engine.tool_texts import summary
from streamd.engine.toolbox import Toolbox
from streamd.errors import NotFoundError
from streamd.ports.agent import Agent, Outcome
from streamd.ports.store import Store

_ITEMS_IN_LOOP: Final = 300
"""With more items than this a request is understood in a thread, so that nobody else waits for it."""
_GIVEN_DATA: Final = ("inventory_data", "supplier_data", "historical_data")
"""Keys of a context with data to analyse instead of the store's."""
_NOT_YET: Final = Understanding(Intent("general", 0.0))


@attrs.define
class RunContext:
    """The run as its agent sees it (`streamd.ports.agent.Run`)."""

    run_id: RunId
    request: RunRequest
    types: ItemTypes
    store: Store
    shared_items: SharedItems
    toolbox: Toolbox
    understood: Understanding = _NOT_YET
    consulted: bool = False
    """Whether the agent wanted to know what the request means; if not, the answer is all its own."""
    found: str = ""
    """What the agent said last: the answer, when the request itself has none."""
    _reading: Reading | None = None

    @property
    def understanding(self) -> Understanding:
        """What the request means."""
        self.consulted = True
        return self.understood

    @property
    def outcome(self) -> Outcome:
        """What the run has done so far."""
        return self.toolbox.outcome

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """The workspace's items (of these types), as the run read them first, or as they are now."""
        if self._reading is None or fresh:
            self._reading = await self.shared_items.read(self.request.workspace)
            # What changed after the position counts as unseen, and conflicts.
            self.toolbox.base = self._reading.top
            self.toolbox.read_names = self._reading.names
        items = self._reading.items
        return [item for item in items if item.type in item_types] if item_types else items

    async def demand(self) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Demand history: (date, quantity) per item, oldest first."""
        return await self.store.demand(self.request.workspace)

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Do something to items, in order, and tell about each. Returns what the run has done so far."""
        for call in calls:
            await self.toolbox.carry_out(call)
        return self.toolbox.outcome


async def steps(
    run: RunContext, agents: Mapping[str, Agent], chosen: Callable[[Agent], None]
) -> AsyncGenerator[Response, None]:
    """Everything that a run tells but its last: `start`, the intent, and what the agent tells.

    `chosen` is called once it is known which agent does it.
    """
    request = run.request
    if request.agent and request.agent not in agents:
        raise NotFoundError(
            f"there is no agent {request.agent}; there are: {', '.join(sorted(agents))}", agent=request.agent
        )
    yield Response("start", "Processing your request…", extra={"model": "offline"})
    items = await run.items()
    if len(items) > _ITEMS_IN_LOOP:
        understanding = await asyncio.to_thread(
            understand, request.user_input, request.context, items, run.types
        )
    else:
        understanding = understand(request.user_input, request.context, items, run.types)
    if any(request.context.get(name) is not None for name in _GIVEN_DATA):
        # An answer from the store's items is none about other data: what the agent finds there is.
        understanding = attrs.evolve(understanding, reply="", matched=())
    run.understood = understanding
    intent = understanding.intent
    agent = agents[request.agent] if request.agent else _for_intent(agents, intent)
    chosen(agent)
    yield Response(
        "intent_analysis",
        f"Detected intent: {intent.primary_intent}",
        extra={
            "intent": {
                "primary_intent": intent.primary_intent,
                "confidence": intent.confidence,
                "actions": list(intent.actions),
                "item_types": list(intent.item_types),
                "agent": agent.name,
            }
        },
    )
    async with aclosing(agent.steps(run)) as told:
        async for response in told:
            run.found = response.message or run.found
            yield response


def completion(run: RunContext) -> Response:
    """The last thing that a run tells when all went well: what it did, and what it has to say."""
    outcome, understanding = run.outcome, run.understood if run.consulted else _NOT_YET
    said = [understanding.refusal or understanding.reply, summary(outcome, run.toolbox.names)]
    data: dict[str, object] = {
        "added": outcome.added,
        "removed": outcome.removed,
        "changed": outcome.changed,
    }
    if outcome.refused:
        data["refused"] = outcome.refused
    if understanding.problems:
        data["problems"] = [attrs.asdict(problem) for problem in understanding.problems]
    if understanding.candidates:
        data["candidates"] = understanding.candidates
    if understanding.matched:
        data["matched"] = understanding.matched
    if understanding.refusal:
        data["refusal"] = understanding.refusal
    return Response(
        "complete",
        " ".join(filter(None, said)) or run.found or "Done; nothing was changed.",
        data,
        {"model": "offline"},
    )


def _for_intent(agents: Mapping[str, Agent], intent: Intent) -> Agent:
    for agent in agents.values():
        if intent.primary_intent in agent.intents:
            return agent
    raise NotFoundError(f"no agent takes requests about {intent.primary_intent}")
