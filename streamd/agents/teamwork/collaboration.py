"""Collaboration: one question on its way through several agents, and their findings so far."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from streamd.agents.teamwork.plan import Coordination
from streamd.core.run import Response
from streamd.facts import define
from streamd.ports.agent import Run
from streamd.ports.generation import Consultation

if TYPE_CHECKING:
    from streamd.core.item import ItemId
    from streamd.ports.agent_wording import ItemChange

_DATA: Final = (
    "inventory_data",
    "supplier_data",
    "historical_data",
    "forecast_periods",
    "period",
    "product_id",
)
"""The keys that supporting agents may see of a context that orders changes."""
_HANDED_ON: Final[Mapping[str, str]] = {
    "analysis_results": "stock_analysis",
    "forecast_results": "forecasts",
    "supplier_results": "supplier_analysis",
}
"""Context keys of agents' findings, by the type of the response."""
_NAMED: Final = 5
"""Items that are named in the answer."""
_INTERACTION: Final = ("from_agent", "to_agent", "query", "response", "metadata")


def handed_on(found: Mapping[str, object]) -> dict[str, object]:
    """Convert agents' findings, by the type of the response, to context for the next agent."""
    return {_HANDED_ON[kind]: data for kind, data in found.items() if kind in _HANDED_ON}


@define
class Collaboration:
    """The findings of a question's agents, and its progress."""

    run: Run
    question: str
    plan: Coordination
    steps: int
    done: int = 0
    found: list[tuple[str, str]] = attrs.field(factory=list)
    """(agent, its answer); empty where it failed."""
    data: dict[str, object] = attrs.field(factory=dict)
    """Agents' data, by the type of the response."""
    interactions: list[dict[str, object]] = attrs.field(factory=list)
    statuses: dict[str, str] = attrs.field(factory=dict)
    """Statuses of the agents' parts, by agent."""

    @property
    def orders_changes(self) -> bool:
        """Whether the request is to change items, which only the primary agent does."""
        return bool(self.run.understanding.calls)

    def progress(self, message: str, *, steps: int = 1) -> Response:
        """Count so many more steps as done."""
        self.done += steps
        share = {"progress": round(self.done / self.steps, 3), "step": self.done, "total_steps": self.steps}
        return Response("progress", message, extra=share)

    def context(self, *, for_primary: bool = False) -> dict[str, object]:
        """Build the context for the next agent: the request's context, and the findings until now."""
        request_context = self.run.request.context
        # A supporting agent's context must not order the change once more.
        narrowed = self.orders_changes and not for_primary
        visible = (
            {key: request_context[key] for key in _DATA if key in request_context}
            if narrowed
            else dict(request_context)
        )
        known = handed_on(self.data)
        contributions = [{"agent": agent, "text": text} for agent, text in self.found if text]
        return {**visible, **known, "contributions": contributions}

    def take(self, consultation: Consultation) -> None:
        """Record a consultation's outcome."""
        answer = consultation.text if consultation.status == "completed" else ""
        self.found.append((consultation.agent, answer))
        self.data.update(consultation.data)
        self.statuses[consultation.agent] = consultation.status

    def note(self, interaction: Mapping[str, object]) -> None:
        """Record an interaction between two agents, for the end of the run."""
        self.interactions.append({key: interaction[key] for key in _INTERACTION if key in interaction})

    async def follow(self, consultation: Consultation) -> AsyncGenerator[Response, None]:
        """Yield a consultation's responses, then record its outcome."""
        async for response in consultation:
            yield response
            if response.type == "interaction":
                self.note(response.extra)
        self.take(consultation)
        yield self.progress(self.run.language.wording.agent_ended(consultation.agent, consultation.status))

    def conclude(self, answer: str) -> None:
        """Set the message of the run's last response."""
        metadata = {
            "primary_agent": self.plan.primary,
            "coordination_mode": self.plan.mode,
            "supporting_agents": list(self.plan.supporting),
            "statuses": self.statuses,
        }
        self.run.conclude(answer, response=answer, interactions=self.interactions, metadata=metadata)


async def changes_in_words(run: Run) -> str:
    """Describe the run's changes of items in words; empty without any."""
    outcome = run.outcome
    if not (outcome.added or outcome.removed or outcome.changed):
        return " ".join(outcome.refused)
    names = {
        item.id: item.name for item in await run.items()
    }  # as the run read them first: with the removed items
    if outcome.added:
        names |= {item.id: item.name for item in await run.items(fresh=True)}
    changes: tuple[tuple[ItemChange, Sequence[ItemId]], ...] = (
        ("added", outcome.added),
        ("removed", outcome.removed),
        ("changed", outcome.changed),
    )
    done = [
        run.language.wording.changes_done(change, len(ids), [names.get(one, one) for one in ids[:_NAMED]])
        for change, ids in changes
        if ids
    ]
    return " ".join([*done, *outcome.refused])
