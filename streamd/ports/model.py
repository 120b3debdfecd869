"""Models: language models, or rules in their place.

Above: the engine, which sends prompts, retries, and records turns. Below: a vendor's language model, or rules.
Guarantees:

* `stream` yields deltas as they arrive, and the `Turn` as its last element. A stream that ends without one has failed.
* It raises `ModelError` and nothing else; the error tells whether a retry can succeed, and when.
* It does not retry by itself.
* Closing the generator closes the connection to the vendor at once.
* Streams share nothing but connections: any number may run concurrently.
"""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol, TypeAlias

from streamd.core.prompt import Block, Prompt
from streamd.core.usage import NOTHING_USED, Usage
from streamd.facts import frozen

StopReason = Literal["end_turn", "tool_use", "max_tokens", "refusal", "other"]


@frozen
class TextDelta:
    """The next part of the answer."""

    text: str


@frozen
class ThinkingDelta:
    """The next part of the model's thinking."""

    text: str


@frozen
class ToolUseStarted:
    """The model starts a tool call: a stream that breaks off after this cannot be continued."""

    name: str


@frozen
class ToolUseProgress:
    """The size of a tool call so far; after the first kilobyte, and whenever it has doubled."""

    name: str
    size_bytes: int


@frozen
class UsageUpdate:
    """Usage of the turn so far, as a total, not a difference."""

    usage: Usage


@frozen
class Turn:
    """The whole response of a model."""

    blocks: tuple[Block, ...]
    """Blocks of the assistant's message in the next prompt."""
    stop: StopReason
    model: str
    """Name of the model that responded."""
    usage: Usage = NOTHING_USED
    stop_details: str = ""
    """Explanation of a refusal, for people."""
    cut_call: str = ""
    """The tool whose call was cut at the most tokens of an answer: it is none of the blocks, and must not be executed."""


ModelStreamEvent: TypeAlias = (
    TextDelta | ThinkingDelta | ToolUseStarted | ToolUseProgress | UsageUpdate | Turn
)


class Model(Protocol):
    """Streams responses to prompts; guarantees in the module's docstring."""

    @property
    def is_offline(self) -> bool:
        """Whether rules answer: then a prompt's `task` is read instead of its text, and answers cost nothing."""

    def name(self, agent: str) -> str:
        """Name of the model for an agent's prompts, for the responses `start` and `complete`."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Stream the response to a prompt. Raises ModelError while it is iterated."""
