"""Settings of Anthropic's models: model and request parameters of each agent, and prices."""

from collections.abc import Mapping

import attrs

from streamd.core.usage import Price
from streamd.facts import frozen
from streamd.ports.model_maker import Effort


@frozen
class AgentModel:
    """Model and request parameters of one agent's prompts."""

    model: str
    effort: Effort | None = None
    """Effort of the model; None: the model's default."""
    max_output_tokens: int = 8192
    """Of one turn, including thinking."""
    thinking: bool = True
    """Whether adaptive thinking with summaries is requested. False omits the parameter: some models always think."""
    stall_seconds: float = 60.0
    """Timeout between two bytes of the stream, including the pings that the service sends while a model thinks."""
    pings_only_seconds: float = 300.0
    """Timeout between two events other than pings."""
    connect_seconds: float = 10.0
    """Timeout for connecting to the service."""


@frozen
class Settings:
    """Settings of all models and of their client."""

    api_key: str = attrs.field(repr=False)
    default: AgentModel
    """For agents that are not in `agents`."""
    agents: Mapping[str, AgentModel] = attrs.field(factory=dict)
    prices: Mapping[str, Price] = attrs.field(factory=dict)
    """Price by model. A model without one counts as free."""
    base_url: str | None = None
    """URL of the service. None: ANTHROPIC_BASE_URL, and without it Anthropic's own."""

    def of(self, agent: str) -> AgentModel:
        """Model and request parameters of an agent."""
        return self.agents.get(agent, self.default)
