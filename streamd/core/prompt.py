"""Prompts of models: system prompt, conversation, tools and response format."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from streamd.core.tasks import Task
from streamd.facts import frozen

Role = Literal["user", "assistant"]


@frozen
class Text:
    """A block of text."""

    text: str


@frozen
class ToolUse:
    """A tool call by the model."""

    tool_use_id: str
    name: str
    input: Mapping[str, object]


@frozen
class ToolResult:
    """The result of a tool call."""

    tool_use_id: str
    content: str
    """JSON or plain text."""
    is_error: bool = False


@frozen
class OpaqueBlock:
    """A block that only the model's vendor can read, such as signed thinking; returned unchanged in the next prompt."""

    body: Mapping[str, object]


Block: TypeAlias = Text | ToolUse | ToolResult | OpaqueBlock


@frozen
class Message:
    """One message of the conversation."""

    role: Role
    blocks: tuple[Block, ...]


@frozen
class ToolSpec:
    """Describes a tool to a model."""

    name: str
    description: str
    input_schema: Mapping[str, object]
    """JSON Schema of the input, an object."""


@frozen
class Prompt:
    """One request to a model."""

    agent: str
    """The agent that sends it; the configuration maps it to a model, effort and limits."""
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    schema: Mapping[str, object] | None = None
    """JSON Schema of the answer if it must be a JSON object instead of text."""
    task: Task | None = None
    """The request in structured form, for the offline model. A language model reads the messages only."""
    today: str = ""
    """The day and the time zone, in words: it changes, so it stands behind what is the same from turn to turn."""
    may_call: bool = True
    """Whether the model may call its tools in this turn."""
    earlier: int = 0
    """Number of messages of earlier runs, which come first: where there is no room for all, the oldest of them are left out."""
    shown: str = ""
    """Text that was shown before the stream broke off; the answer continues right after it."""
