"""Usage of language models: tokens and cost."""

from typing import Final

import attrs

_PER_PRICE: Final = 1_000_000


@attrs.frozen
class Price:
    """Price of a model in US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0
    cache_write: float = 0.0
    cache_read: float = 0.0


@attrs.frozen
class Usage:
    """Tokens and their cost. Added with `+`."""

    input_tokens: int = 0
    """Without tokens of the prompt cache."""
    output_tokens: int = 0
    """Including thinking."""
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cost_usd: float = 0.0
    estimated: bool = False
    """Whether a part is estimated: a stream that was cut off does not report its usage."""

    @property
    def tokens(self) -> int:
        """Total number of tokens."""
        return self.input_tokens + self.output_tokens + self.cache_write_tokens + self.cache_read_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of both."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cost_usd + other.cost_usd,
            self.estimated or other.estimated,
        )

    def priced(self, price: Price) -> "Usage":
        """The same tokens with their cost at this price."""
        dollars = (
            self.input_tokens * price.input
            + self.output_tokens * price.output
            + self.cache_write_tokens * price.cache_write
            + self.cache_read_tokens * price.cache_read
        ) / _PER_PRICE
        return attrs.evolve(self, cost_usd=dollars)


NOTHING_USED: Final = Usage()
