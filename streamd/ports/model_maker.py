"""Makers of models: what another maker's package gives in the entry-point group `streamd.models`.

    [project.entry-points."streamd.models"]
    acme = "acme_streamd:open_model"

An entry point is a function that takes the settings and returns an async context manager, which opens a
`streamd.ports.model.Model` and closes it at the end of the daemon. It is called when `models.provider` is the entry point's
name, and only then imported. It opens connections and raises `ModelError` for nothing: what the service has against a
request is for `Model.stream` to tell. It reads secrets of its own from the environment.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Literal, TypeAlias

import attrs

from streamd.core.usage import Price
from streamd.facts import frozen
from streamd.ports.model import Model

GROUP: Final = "streamd.models"
"""The entry-point group."""

Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]


@frozen
class ModelChoice:
    """The model that an agent's prompts go to, and its parameters."""

    model: str
    effort: Effort | None = None
    """How hard it thinks, where the operator says so; None: the model's default."""
    max_output_tokens: int = 8192
    """Of one turn, including thinking."""
    thinking: bool = True
    """Whether it thinks before it answers, as far as that can be chosen."""
    stall_seconds: float = 60.0
    """Without a byte from the model's stream: the stream fails."""


@frozen
class ModelSettings:
    """Settings of the configuration for models."""

    default: ModelChoice
    """For agents that are not in `agents`."""
    agents: Mapping[str, ModelChoice] = attrs.field(factory=dict)
    prices: Mapping[str, Price] = attrs.field(factory=dict)
    """Price by model. A model without one counts as free."""
    base_url: str = ""
    """`models.base_url` where the operator set it for this maker; else empty."""
    api_key: str = attrs.field(default="", repr=False)
    """`models.api_key` where the operator set it for this maker; else empty. Never the key of another maker."""

    def of(self, agent: str) -> ModelChoice:
        """Model and parameters of an agent's prompts."""
        return self.agents.get(agent, self.default)

    @property
    def by_model(self) -> Mapping[str, tuple[str, ...]]:
        """The agents of each model; `*` stands for all without one of their own."""
        found: dict[str, list[str]] = {}
        for agent, choice in (("*", self.default), *self.agents.items()):
            found.setdefault(choice.model, []).append(agent)
        return {model: tuple(agents) for model, agents in found.items()}


OpenModel: TypeAlias = Callable[[ModelSettings], AbstractAsyncContextManager[Model]]
"""An entry point of the group."""
