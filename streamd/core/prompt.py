"""Prompts: what a language model is asked, and the conversation so far."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from streamd.core.tasks import Task

Role = Literal["user", "assistant"]


@attrs.frozen
class Text:
    """Words."""

    text: str


@attrs.frozen
class ToolUse:
    """The model wants a tool used."""

    tool_use_id: str
    name: str
    input: Mapping[str, object]


@attrs.frozen
class ToolResult:
    """What came of it."""

    tool_use_id: str
    content: str
    """JSON, or words."""
    is_error: bool = False


@attrs.frozen
class Sealed:
    """A block that only the model reads: it is given back unchanged, as the JSON object it came as."""

    body: Mapping[str, object]


Block: TypeAlias = Text | ToolUse | ToolResult | Sealed


@attrs.frozen
class Message:
    """One turn of the conversation."""

    role: Role
    blocks: tuple[Block, ...]


@attrs.frozen
class ToolSpec:
    """Describes a tool to a model."""

    name: str
    description: str
    input_schema: Mapping[str, object]
    """JSON Schema of its input, an object."""


@attrs.frozen
class Prompt:
    """One question to a model."""

    agent: str
    """Whose question it is: the configuration says which model, effort and limits that means."""
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    schema: Mapping[str, object] | None = None
    """JSON Schema of the answer, when it must be one JSON object instead of words."""
    task: Task | None = None
    """The same question as facts, for a model that goes by rules. A language model reads the words only."""
    shown: str = ""
    """What a stream that broke off had told already: the answer goes on right behind it."""
