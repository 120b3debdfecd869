"""Progress of agents in percent, in the shape that older clients read (requirements, C4)."""

from collections.abc import Mapping
from typing import Final, Literal, TypedDict

import attrs

from streamd.core.run import LAST_TYPES, Response
from streamd.core.usage import Usage
from streamd.facts import frozen

ProgressStatus = Literal["running", "completed", "failed", "cancelled", "interrupted"]

_REACHED: Final[Mapping[str, float]] = {
    "start": 2, "agent_start": 5, "intent_analysis": 10,
    "inventory_analysis": 15, "supplier_analysis": 15, "forecasting_analysis": 15, "general_processing": 15,
    "analysis_results": 50, "supplier_results": 50, "forecast_results": 50,
    "item_creation": 55, "item_removal": 55, "item_update": 55, "general_complete": 90,
    "agent_complete": 100, "complete": 100,
}  # fmt: skip
"""Lowest percentage after a response of this type."""
_BULK_FROM: Final = 55.0
_BULK_TO: Final = 95.0
_ENDS: Final[Mapping[str, ProgressStatus]] = {
    "complete": "completed", "error": "failed", "cancelled": "cancelled", "interrupt": "interrupted",
}  # fmt: skip
_SHOWN_CHARACTERS: Final = 2000


class AgentProgressData(TypedDict):
    """Progress of one agent in its newest run, with the keys that clients know."""

    agentId: str
    """The agent, as `agent_id` of events names it."""
    status: ProgressStatus
    """How its newest run stands."""
    percentage: float
    """0 to 100."""
    currentStep: int
    """Of bulk work, how much is done; 0 before there is any."""
    totalSteps: int
    """Of how much."""
    estimatedTimeRemaining: float | None
    """Seconds; null while nobody knows."""
    tokensUsed: int
    """By its run, until now."""
    cost: float
    """US dollars, by its run, until now."""
    content: str
    """The end of what it said."""
    reasoning: str
    """The end of what it thought."""
    confidence: float
    """0 to 1, of what it said."""
    lastUpdated: int
    """Unix time in milliseconds."""


@frozen
class AgentProgress:
    """Progress of one agent in its newest run."""

    agent_id: str
    run_id: str
    started_ms: int
    status: ProgressStatus = "running"
    percentage: float = 0.0
    current_step: int = 0
    total_steps: int = 0
    eta_seconds: float | None = None
    tokens: int = 0
    cost_usd: float = 0.0
    content: str = ""
    """The last 2000 characters of the streamed text."""
    reasoning: str = ""
    confidence: float = 0.0
    updated_ms: int = 0

    def as_data(self) -> AgentProgressData:
        """The progress as a JSON object, with the keys that clients know."""
        return {
            "agentId": self.agent_id,
            "status": self.status,
            "percentage": round(self.percentage, 2),
            "currentStep": self.current_step,
            "totalSteps": self.total_steps,
            "estimatedTimeRemaining": self.eta_seconds,
            "tokensUsed": self.tokens,
            "cost": round(self.cost_usd, 6),
            "content": self.content,
            "reasoning": self.reasoning,
            "confidence": self.confidence,
            "lastUpdated": self.updated_ms,
        }


def started_progress(agent_id: str, run_id: str, now_ms: int) -> AgentProgress:
    """Progress of an agent whose run has just started."""
    return AgentProgress(agent_id, run_id, now_ms, updated_ms=now_ms)


def advanced_progress(before: AgentProgress, response: Response, usage: Usage, now_ms: int) -> AgentProgress:
    """Update the progress by one response.

    Args:
        before: progress before the response.
        response: the emitted response.
        usage: usage of the run so far.
        now_ms: Unix time.

    """
    after = attrs.evolve(before, updated_ms=now_ms, tokens=usage.tokens, cost_usd=usage.cost_usd)
    extra = response.extra
    percentage = max(before.percentage, _REACHED.get(response.type, 0.0))
    if response.type == "progress":
        step, total = extra.get("step"), extra.get("total_steps")
        if isinstance(step, int) and isinstance(total, int):
            after = attrs.evolve(after, current_step=step, total_steps=total)
        share = extra.get("progress")
        if isinstance(share, int | float):
            percentage = max(percentage, _BULK_FROM + (_BULK_TO - _BULK_FROM) * share)
    elif response.type in ("content", "agent_chunk"):
        text = str(extra.get("content") or extra.get("chunk") or "")
        after = attrs.evolve(
            after,
            content=(before.content + text)[-_SHOWN_CHARACTERS:],
            reasoning=(before.reasoning + str(extra.get("reasoning") or ""))[-_SHOWN_CHARACTERS:],
            confidence=_number(extra.get("confidence"), before.confidence),
        )
    status = before.status
    if response.type in LAST_TYPES:
        status = _ENDS[response.type]
    elif response.type == "agent_complete":
        failed = isinstance(response.extra.get("metadata"), Mapping) and _failed(response.extra["metadata"])
        status = "failed" if failed else "completed"
    is_over = status != "running"
    return attrs.evolve(
        after, status=status, percentage=percentage,
        eta_seconds=0.0 if is_over else _eta(before, percentage, now_ms),
    )  # fmt: skip


@frozen
class WorkspaceProgress:
    """Progress of all agents of a workspace."""

    overall: float
    """Mean percentage of the agents, 0 to 100."""
    agents: Mapping[str, Mapping[str, object]]
    """JSON objects as `AgentProgress.as_data` returns them, by agent_id."""
    estimated_completion_ms: int | None
    """Unix time; None while no agent is running."""

    def as_data(self) -> dict[str, object]:
        """The progress as a JSON object, with the keys that clients know."""
        return {
            "overall": self.overall,
            "agents": dict(self.agents),
            "estimatedCompletion": self.estimated_completion_ms,
        }


def workspace_progress(agents: Mapping[str, Mapping[str, object]], now_ms: int) -> WorkspaceProgress:
    """Aggregate the progress of agents, each as `AgentProgress.as_data` returns it."""
    shares = [_number(data.get("percentage"), 0.0) for data in agents.values()]
    left = [
        _number(data["estimatedTimeRemaining"], 0.0)
        for data in agents.values()
        if data.get("status") == "running" and data.get("estimatedTimeRemaining") is not None
    ]
    return WorkspaceProgress(
        round(sum(shares) / len(shares), 2) if shares else 0.0,
        agents,
        now_ms + int(max(left) * 1000) if left else None,
    )


def _failed(metadata: object) -> bool:
    return isinstance(metadata, Mapping) and metadata.get("status") in ("failed", "timed_out")


def _eta(before: AgentProgress, percentage: float, now_ms: int) -> float | None:
    """Remaining seconds at the pace so far; None at 0 percent."""
    seconds = (now_ms - before.started_ms) / 1000
    return round(seconds * (100 - percentage) / percentage, 3) if percentage > 0 else None


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
