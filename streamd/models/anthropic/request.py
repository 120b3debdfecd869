"""From a prompt to what the Messages API is asked.

What stays the same from turn to turn comes first (tools, system, conversation) and is marked for the prompt cache at
two places: behind the system prompt, and behind the newest message. Never sent: sampling parameters, which the API
refuses; a forced tool, which current models refuse; the beginning of an answer as an assistant's message, which they
refuse too.
"""

from collections.abc import Mapping
from typing import Final, assert_never, cast

from anthropic import transform_schema
from anthropic.types import (
    CacheControlEphemeralParam,
    ContentBlockParam,
    MessageParam,
    OutputConfigParam,
    TextBlockParam,
    ThinkingConfigParam,
    ToolParam,
    ToolResultBlockParam,
)

from streamd.core.prompt import Block, Message, Prompt, Sealed, Text, ToolResult, ToolUse
from streamd.errors import ModelError
from streamd.models.anthropic.settings import AgentModel

_CACHED: Final[CacheControlEphemeralParam] = {"type": "ephemeral"}

_GO_ON: Final = (
    "Your previous response was interrupted and ended with the text between the two lines of dashes. The reader has "
    "seen all of it. Continue exactly where it ends, in the middle of a word if that is where it ends: do not repeat "
    "any of it, do not apologise, and do not mention the interruption.\n\n----------\n{shown}\n----------"
)


def system(prompt: Prompt) -> list[TextBlockParam]:
    """Give the system prompt; the mark covers the tools as well, which come before it."""
    return [{"type": "text", "text": prompt.system, "cache_control": _CACHED}] if prompt.system else []


def tools(prompt: Prompt) -> list[ToolParam]:
    """Give the tools that the model may ask for."""
    told: list[ToolParam] = [
        {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}
        for tool in prompt.tools
    ]
    if told and not prompt.system:
        told[-1]["cache_control"] = _CACHED
    return told


def messages(prompt: Prompt) -> list[MessageParam]:
    """Give the conversation; last, if a stream broke off, what it had told and the wish to go on behind it.

    A prompt with a schema begins again instead: half a JSON object cannot be gone on with when the answer must be a
    whole one.
    """
    newest = len(prompt.messages) - 1
    told = [_message(message, cached=at == newest) for at, message in enumerate(prompt.messages)]
    told = [message for message in told if message["content"]]
    if prompt.shown and prompt.schema is None:
        told.append(
            {"role": "user", "content": [{"type": "text", "text": _GO_ON.format(shown=prompt.shown)}]}
        )
    return told


def thinking(options: AgentModel) -> ThinkingConfigParam | None:
    """Give how it may think. Without summaries, text between two tools would come as empty blocks."""
    return {"type": "adaptive", "display": "summarized"} if options.thinking else None


def output_config(prompt: Prompt, options: AgentModel) -> OutputConfigParam | None:
    """Give how hard it tries, and the shape of its answer. Raises ModelError for a schema that cannot be used."""
    config: OutputConfigParam = {}
    if options.effort:
        config["effort"] = options.effort
    if prompt.schema is not None:
        config["format"] = {"type": "json_schema", "schema": _schema(prompt.schema)}
    return config or None


def _schema(schema: Mapping[str, object]) -> dict[str, object]:
    """Give the schema with what the API does not know, such as `maximum`, moved into the descriptions."""
    try:
        return transform_schema(dict(schema))
    except (ValueError, AssertionError) as error:
        raise ModelError(
            "the shape that was asked of the model's answer is not one that it can be held to: in the schema, give "
            "each part one type, or anyOf, enum or const",
            kind="bad_request", retryable=False,
        ) from error  # fmt: skip


def _message(message: Message, *, cached: bool) -> MessageParam:
    # Empty texts are refused by the API.
    blocks = [block for block in message.blocks if not (isinstance(block, Text) and not block.text)]
    newest = len(blocks) - 1
    content = [_block(block, cached=cached and at == newest) for at, block in enumerate(blocks)]
    if message.role == "assistant":
        return {"role": "assistant", "content": content}
    return {"role": "user", "content": content}


def _block(block: Block, *, cached: bool) -> ContentBlockParam:
    match block:
        case Text():
            text: TextBlockParam = {"type": "text", "text": block.text}
            return {**text, "cache_control": _CACHED} if cached else text
        case ToolResult():
            result: ToolResultBlockParam = {
                "type": "tool_result",
                "tool_use_id": block.tool_use_id,
                "content": block.content,
                "is_error": block.is_error,
            }
            return {**result, "cache_control": _CACHED} if cached else result
        case ToolUse():
            return {
                "type": "tool_use", "id": block.tool_use_id, "name": block.name, "input": dict(block.input)
            }  # fmt: skip
        case Sealed():
            return cast("ContentBlockParam", dict(block.body))
        case _:
            assert_never(block)
