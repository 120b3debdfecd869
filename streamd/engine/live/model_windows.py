"""Windows: how many tokens, as they are estimated here, each model reads at once."""

from typing import Final

import attrs

_LEAST: Final = 1000
_MARGIN: Final = 0.95


@attrs.define(eq=False)
class ModelWindows:
    """As configured, until a model refuses a prompt as too long: its vendor counts, and the estimate is corrected by that."""

    tokens: int
    _learned: dict[str, int] = attrs.field(factory=dict)

    def of(self, model: str) -> int:
        """Return how many estimated tokens a prompt may have."""
        return max(_LEAST, self._learned.get(model, self.tokens))

    def learn(self, model: str, estimated: int, measured: tuple[int, int]) -> None:
        """Take in that a prompt of so many estimated tokens was refused.

        Args:
            model: the model that refused it.
            estimated: its tokens by our estimate.
            measured: its tokens and the allowed ones by the vendor's count.

        """
        read, most = measured
        room = int(estimated * min(_MARGIN, most / max(1, read) * _MARGIN))
        self._learned[model] = max(_LEAST, min(self.of(model), room))
