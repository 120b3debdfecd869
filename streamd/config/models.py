"""Options about language models: which one, how it is asked, what it costs, and what agents want otherwise."""

from typing import Literal

import attrs

from streamd.config.checks import http_address, no_blanks, not_empty
from streamd.config.option import option


@attrs.frozen
class ModelOptions:
    """`[models]`: the language model that thinks, unless an agent asks for another."""

    provider: Literal["auto", "anthropic", "offline"] = option("auto")
    """Anthropic's when there is a key and otherwise the offline model, or always one of them."""
    api_key: str = option("", check=no_blanks, secret=True, also="ANTHROPIC_API_KEY")
    """The key for it."""
    base_url: str = option("", check=http_address, also="ANTHROPIC_BASE_URL")
    """Where it is asked; empty: where its maker answers."""
    model: str = option("claude-sonnet-5-5", check=not_empty)
    """The model that answers."""
    intent_model: str = option("claude-haiku-5-5", check=not_empty)
    """The model that says what a request is about."""
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] = option("medium")
    """How hard it thinks; empty leaves it to the model."""
    thinking: bool = option(default=True)
    """Whether it thinks before it answers, with summaries for those who watch."""
    max_output_tokens: int = option(8192, at_least=1, at_most=1_000_000)
    """Of one turn, thinking among them."""
    stall_seconds: float = option(60.0, at_least=0.01)
    """Without anything from a model that is answering: the connection is given up."""
    retry_base_seconds: float = option(1.0, at_least=0)
    """Before the second attempt, about; doubled before each further one."""
    max_attempts: int = option(5, at_least=1, at_most=100)
    """How often one turn is asked for when it fails in a way that may pass."""
    check_at_start: bool = option(default=True)
    """Whether the daemon asks at its start if the models exist and how long they will."""


@attrs.frozen
class AgentOptions:
    """`[agents.<name>]`: what one agent wants otherwise. None: as for all."""

    model: str | None = option(None, check=not_empty)
    """The model that this agent asks."""
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] | None = option(None)
    """How hard it thinks."""
    thinking: bool | None = option(None)
    """Whether it thinks before it answers."""
    max_output_tokens: int | None = option(None, at_least=1, at_most=1_000_000)
    """Of one turn."""
    stall_seconds: float | None = option(None, at_least=0.01)
    """Without anything from its model."""
    timeout_seconds: float | None = option(None, at_least=0.1)
    """For this agent's part of a run."""
    instructions: str | None = option(None)
    """Text that its system prompt ends in."""
    replaces: bool | None = option(None)
    """Whether this agent, of an installed package, may take the name, the intents and the phrases of others."""


@attrs.frozen
class PriceOptions:
    """`[prices."<model>"]`: US dollars for a million tokens. All four have to be said."""

    input: float = option(0.0, at_least=0, required=True)
    """That the model reads."""
    output: float = option(0.0, at_least=0, required=True)
    """That it writes, thinking among them."""
    cache_write: float = option(0.0, at_least=0, required=True)
    """That it puts into the prompt cache for five minutes."""
    cache_read: float = option(0.0, at_least=0, required=True)
    """That it takes from the prompt cache."""
