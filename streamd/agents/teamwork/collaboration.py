"""Joint work: one question on its way through several agents, and what is known of it so far."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final

import attrs

from streamd.agents import wording
from streamd.agents.teamwork.plan import Coordination
from streamd.core.run import Response
from streamd.ports.agent import Run
from streamd.ports.generation import Consultation

_DATA: Final = (
    "inventory_data",
    "supplier_data",
    "historical_data",
    "forecast_periods",
    "period",
    "product_id",
)
"""Of a context that orders changes: what those who only help may know of it."""
_HANDED_ON: Final[Mapping[str, str]] = {
    "analysis_results": "stock_analysis",
    "forecast_results": "forecasts",
    "supplier_results": "supplier_analysis",
}
"""What agents found, by the type of the response, as the context in which others read it."""
_INTERACTION: Final = ("from_agent", "to_agent", "query", "response", "metadata")


def handed_on(found: Mapping[str, object]) -> dict[str, object]:
    """What agents found so far, by the type of the response, as the context that the next one reads."""
    return {_HANDED_ON[kind]: data for kind, data in found.items() if kind in _HANDED_ON}


@attrs.define
class Collaboration:
    """What is known, and how far it is."""

    run: Run
    question: str
    plan: Coordination
    steps: int
    done: int = 0
    found: list[tuple[str, str]] = attrs.field(factory=list)
    """(agent, what it said); nothing where it failed."""
    data: dict[str, object] = attrs.field(factory=dict)
    """What agents told as data, by the type of the response."""
    interactions: list[dict[str, object]] = attrs.field(factory=list)
    statuses: dict[str, str] = attrs.field(factory=dict)
    """How it went, by agent."""

    @property
    def orders_changes(self) -> bool:
        """Whether the request is to change items: that is the primary agent's work and nobody else's."""
        return bool(self.run.understanding.calls)

    def progress(self, message: str, *, steps: int = 1) -> Response:
        """So much more is done."""
        self.done += steps
        share = {"progress": round(self.done / self.steps, 3), "step": self.done, "total_steps": self.steps}
        return Response("progress", message, extra=share)

    def context(self, *, for_primary: bool = False) -> dict[str, object]:
        """For those who are asked next: the request's context, and what was found until now."""
        given = self.run.request.context
        # What those who help hear must not order the change once more.
        narrowed = self.orders_changes and not for_primary
        kept = {key: given[key] for key in _DATA if key in given} if narrowed else dict(given)
        known = handed_on(self.data)
        contributions = [{"agent": agent, "text": text} for agent, text in self.found if text]
        return {**kept, **known, "contributions": contributions}

    def take(self, consultation: Consultation) -> None:
        """Note what came of a consultation."""
        said = consultation.text if consultation.status == "completed" else ""
        self.found.append((consultation.agent, said))
        self.data.update(consultation.data)
        self.statuses[consultation.agent] = consultation.status

    def note(self, interaction: Mapping[str, object]) -> None:
        """Keep one agent's asking another, for the end of the run."""
        self.interactions.append({key: interaction[key] for key in _INTERACTION if key in interaction})

    async def follow(self, consultation: Consultation) -> AsyncGenerator[Response, None]:
        """What a consultation tells; afterwards what came of it is known here."""
        async for response in consultation:
            yield response
            if response.type == "interaction":
                self.note(response.extra)
        self.take(consultation)
        yield self.progress(wording.agent_ended(consultation.agent, consultation.status))

    def conclude(self, answer: str) -> None:
        """Say what the run's last response says."""
        metadata = {
            "primary_agent": self.plan.primary,
            "coordination_mode": self.plan.mode,
            "supporting_agents": list(self.plan.supporting),
            "statuses": self.statuses,
        }
        self.run.conclude(answer, response=answer, interactions=self.interactions, metadata=metadata)
