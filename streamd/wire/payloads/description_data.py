"""The reply to `describe`, section by section."""

from typing import NotRequired, TypedDict


class DescribedModels(TypedDict):
    """The models by name."""

    offline: bool
    """Whether rules answer, without a language model."""
    intent: str
    """The model that finds out what a request is about."""
    agents: dict[str, str]
    """The model of each agent, by the agent's name."""


class DescribedMessages(TypedDict):
    """All types of messages, and the codes."""

    client: list[str]
    """Messages to the daemon."""
    replies: list[str]
    responses: list[str]
    """Responses of runs, those that installed agents declare included."""
    events: list[str]
    """Broadcasts, beside events that somebody publishes."""
    error_codes: dict[str, str]
    """What each code means."""
    close_codes: dict[str, str]
    """What each code means."""


class DescriptionReply(TypedDict):
    """The description of the daemon. Absent sections were not asked for."""

    protocol: int
    """The version of the protocol."""
    server: str
    """The program and its version."""
    item_types: NotRequired[dict[str, dict[str, object]]]
    """By name: as `config.toml` declares them."""
    criteria: NotRequired[dict[str, dict[str, object]]]
    """By item type and name: `where` and `aliases`, as `config.toml` declares them."""
    agents: NotRequired[dict[str, dict[str, object]]]
    """By name: what each answers to, its nodes, tools and state."""
    triggers: NotRequired[dict[str, dict[str, object]]]
    """By name, without what they ask."""
    models: NotRequired[DescribedModels]
    limits: NotRequired[dict[str, float]]
    """By name."""
    messages: NotRequired[DescribedMessages]
    schemas: NotRequired[dict[str, object]]
    """A JSON Schema document of every message."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""
