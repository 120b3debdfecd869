"""Usage of language models: tokens and cost."""

from collections.abc import Collection, Iterable
from typing import Final, Literal, get_args

import attrs

from streamd.facts import frozen

_PER_PRICE: Final = 1_000_000


@frozen
class Price:
    """Price of a model in US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0
    cache_write: float = 0.0
    cache_read: float = 0.0


@frozen
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

UsageKey = Literal["day", "user_id", "agent"]
USAGE_KEYS: Final[tuple[UsageKey, ...]] = get_args(UsageKey)


@frozen
class DayUsage:
    """Usage by an agent for a user on one day."""

    day: str
    """`YYYY-MM-DD`, in UTC; empty in a total over days."""
    user_id: str
    """Empty in a total over users, and of users who were forgotten."""
    agent: str
    """Empty in a total over agents."""
    usage: Usage


@frozen
class UsageFilter:
    """Selects what was used on some days. An attribute that is None does not restrict."""

    first_day: str
    """`YYYY-MM-DD`, in UTC, as is the last one. Both count."""
    last_day: str
    user_id: str | None = None
    agent: str | None = None

    def lets_through(self, one: DayUsage) -> bool:
        """Whether it is selected."""
        return (
            self.first_day <= one.day <= self.last_day
            and self.user_id in (None, one.user_id)
            and self.agent in (None, one.agent)
        )


def totals(rows: Iterable[DayUsage], by: Collection[UsageKey]) -> list[DayUsage]:
    """Add up rows that have the same values of these keys, and leave the others empty; in the order of the keys."""
    sums: dict[tuple[str, str, str], Usage] = {}
    for one in rows:
        key = (
            one.day if "day" in by else "",
            one.user_id if "user_id" in by else "",
            one.agent if "agent" in by else "",
        )
        sums[key] = sums.get(key, NOTHING_USED) + one.usage
    return [DayUsage(*key, usage) for key, usage in sorted(sums.items())]
