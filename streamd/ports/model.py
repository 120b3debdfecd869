"""Models: who thinks.

Above: the engine, which asks, retries, and keeps what was answered. Below: a vendor's language model, or rules. What a
model promises:

* `stream` yields text as it comes, and as its very last piece the `Turn`. A stream that ends without one has failed.
* It fails with `ModelError` and nothing else; the error says whether trying again can help, and when.
* It does not retry by itself.
* Closing the generator ends the connection to the vendor at once.
* Nothing is shared between two streams but connections: any number may run at the same time.
"""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol, TypeAlias

import attrs

from streamd.core.prompt import Block, Prompt
from streamd.core.usage import NOTHING_USED, Usage

StopReason = Literal["end_turn", "tool_use", "max_tokens", "refusal", "other"]


@attrs.frozen
class TextDelta:
    """Some more of the answer."""

    text: str


@attrs.frozen
class ThinkingDelta:
    """Some more of what the model thinks about it."""

    text: str


@attrs.frozen
class ToolUseStarted:
    """The model begins to ask for a tool: from here on a stream that breaks off cannot simply be gone on with."""

    name: str


@attrs.frozen
class UsageUpdate:
    """What the turn has used until now (not: since the last one)."""

    usage: Usage


@attrs.frozen
class Turn:
    """The answer as a whole."""

    blocks: tuple[Block, ...]
    """To be given back as the assistant's message."""
    stop: StopReason
    model: str
    """Which model answered."""
    usage: Usage = NOTHING_USED
    stop_details: str = ""
    """For people: why it was refused."""


ModelStreamEvent: TypeAlias = TextDelta | ThinkingDelta | ToolUseStarted | UsageUpdate | Turn


class Model(Protocol):
    """See the module's text for what is promised."""

    @property
    def is_offline(self) -> bool:
        """Whether it goes by rules: then it reads a prompt's `task`, and its answers cost nothing."""

    def name(self, agent: str) -> str:
        """Which model answers an agent's prompts, for `start` and `complete`."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Ask. Raises ModelError while it is iterated."""
