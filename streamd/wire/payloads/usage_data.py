"""Usage of language models, as clients receive it."""

from typing import Literal, NotRequired, TypedDict


class UsageData(TypedDict):
    """The tokens and money that language models used."""

    input_tokens: int
    output_tokens: int
    cache_write_tokens: int
    cache_read_tokens: int
    cost_usd: float
    """US dollars."""
    estimated: bool
    """Whether some of it is a guess."""


class UsageRowData(TypedDict):
    """Usage of one day, user or agent, or of several of them together, as `by` wants it."""

    day: NotRequired[str]
    """`YYYY-MM-DD`, in UTC."""
    user_id: NotRequired[str]
    """Empty of users who were forgotten."""
    agent: NotRequired[str]
    """`intent` is the question what a request is about."""
    usage: UsageData


class AllowanceData(TypedDict):
    """A budget of the configuration, as it stands now."""

    of: Literal["user", "workspace"]
    per: Literal["day", "month"]
    unit: Literal["tokens", "cost_usd"]
    limit: float
    used: float
    """Without the requests that are in work."""
    renewed_at: str
    """When the day or the month ends."""


class UsageReply(TypedDict):
    """Usage on some days."""

    first_day: str
    last_day: str
    user_id: NotRequired[str | None]
    """Whose usage it is; absent where it is everybody's."""
    total: UsageData
    rows: list[UsageRowData]
    """The newest day first."""
    more: bool
    """Whether there are more rows than were asked for."""
    budgets: list[AllowanceData]
    """Those that are configured: the user's, or yours; and the workspace's for whoever may see it."""
