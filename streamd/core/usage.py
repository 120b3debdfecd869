"""What language models cost: tokens and money."""

from typing import Final

import attrs

_PER_PRICE: Final = 1_000_000


@attrs.frozen
class Price:
    """US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0
    cache_write: float = 0.0
    cache_read: float = 0.0


@attrs.frozen
class Usage:
    """Tokens and what they cost. Sums with `+`."""

    input_tokens: int = 0
    """Without those that went through the prompt cache."""
    output_tokens: int = 0
    """Thinking among them."""
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cost_usd: float = 0.0
    estimated: bool = False
    """Whether some of it is a guess: a stream that was cut off never says what it cost."""

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input_tokens + self.output_tokens + self.cache_write_tokens + self.cache_read_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cost_usd + other.cost_usd,
            self.estimated or other.estimated,
        )

    def priced(self, price: Price) -> "Usage":
        """The same tokens with what they cost at this price."""
        dollars = (
            self.input_tokens * price.input
            + self.output_tokens * price.output
            + self.cache_write_tokens * price.cache_write
            + self.cache_read_tokens * price.cache_read
        ) / _PER_PRICE
        return attrs.evolve(self, cost_usd=dollars)


NOTHING_USED: Final = Usage()
