"""Windows: how many tokens, as they are estimated here, each model reads at once."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.config import Config
from streamd.facts import define

_LEAST: Final = 1000
_MARGIN: Final = 0.95


@define(eq=False)
class ModelWindows:
    """As configured, until a model refuses a prompt as too long: its vendor counts, and the estimate is corrected by that."""

    tokens: int
    by_agent: Mapping[str, int] = attrs.field(factory=dict)
    """Of agents whose models read more or less than that, as configured."""
    _learned: dict[str, int] = attrs.field(factory=dict)

    @classmethod
    def configured(cls, config: Config) -> "ModelWindows":
        """Return the windows of the configuration, less what an answer may take of them."""
        usual = config.models
        by_agent = {
            name: (own.context_tokens or usual.context_tokens)
            - (own.max_output_tokens or usual.max_output_tokens)
            for name, own in config.agents.items()
        }
        return cls(usual.context_tokens - usual.max_output_tokens, by_agent)

    def of(self, model: str, agent: str = "") -> int:
        """Return how many estimated tokens a prompt of an agent for its model may have."""
        configured = self.by_agent.get(agent, self.tokens)
        return max(_LEAST, min(configured, self._learned.get(model, configured)))

    def learn(self, model: str, estimated: int, measured: tuple[int, int]) -> None:
        """Take in that a prompt of so many estimated tokens was refused.

        Args:
            model: the model that refused it.
            estimated: its tokens by our estimate.
            measured: its tokens and the allowed ones by the vendor's count.

        """
        read, most = measured
        room = int(estimated * min(_MARGIN, most / max(1, read) * _MARGIN))
        self._learned[model] = max(_LEAST, min(self._learned.get(model, room), room))
