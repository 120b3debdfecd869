"""Which model answers whom, how it is asked, and what it costs."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from streamd.core.usage import Price

Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]


@attrs.frozen
class AgentModel:
    """How one agent's prompts are asked."""

    model: str
    effort: Effort | None = None
    """How hard it thinks; None leaves it to the model."""
    max_output_tokens: int = 8192
    """Of one turn, thinking among them."""
    thinking: bool = True
    """Whether it thinks as it sees fit, with summaries. False sends nothing about it: some models cannot but think."""
    stall_seconds: float = 60.0
    """Without a single byte: the stream is given up. Pings, which the service sends while a model thinks, are bytes."""
    pings_only_seconds: float = 300.0
    """Without anything but pings: the stream is given up, however alive the connection is."""
    connect_seconds: float = 10.0
    """To reach the service."""


@attrs.frozen
class Settings:
    """Everything that the models need to know."""

    api_key: str = attrs.field(repr=False)
    default: AgentModel
    """For agents that are not among `agents`."""
    agents: Mapping[str, AgentModel] = attrs.field(factory=dict)
    prices: Mapping[str, Price] = attrs.field(factory=dict)
    """For each model. One that is not among them costs nothing."""
    base_url: str | None = None
    """Where they are asked. None: ANTHROPIC_BASE_URL, and without it where their maker answers."""

    def of(self, agent: str) -> AgentModel:
        """How an agent's prompts are asked."""
        return self.agents.get(agent, self.default)
