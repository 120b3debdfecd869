"""Builds requests of the Messages API from prompts.

What is equal from turn to turn comes first (tools, system, conversation), with two breakpoints for the prompt cache:
after the system prompt, and after the newest message. Never sent: sampling parameters, which the API rejects; a forced
tool and a prefilled assistant message, which current models reject.
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
    ToolChoiceNoneParam,
    ToolParam,
    ToolResultBlockParam,
)

from streamd.core.json.characters import without_surrogates
from streamd.core.prompt import Block, Message, OpaqueBlock, Prompt, Text, ToolResult, ToolUse
from streamd.errors import ModelError
from streamd.models.anthropic.settings import AgentModel
from streamd.models.sendable_conversation import sendable
from streamd.models.streamed_pieces import CONTINUE, KEPT_THOUGHTS

_CACHED: Final[CacheControlEphemeralParam] = {"type": "ephemeral"}


def system(prompt: Prompt) -> list[TextBlockParam]:
    """The system prompt; its cache breakpoint covers the tools as well, which precede it. The day stands behind it."""
    blocks: list[TextBlockParam] = []
    if prompt.system.strip():
        text = without_surrogates(prompt.system)
        blocks.append({"type": "text", "text": text, "cache_control": _CACHED})
    if prompt.today:
        blocks.append({"type": "text", "text": prompt.today})
    return blocks


def tools(prompt: Prompt) -> list[ToolParam]:
    """The tools that the model may call."""
    params: list[ToolParam] = [
        {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}
        for tool in prompt.tools
    ]
    if params and not prompt.system.strip():
        params[-1]["cache_control"] = _CACHED
    return params


def tool_choice(prompt: Prompt) -> ToolChoiceNoneParam | None:
    """No choice of tools where none may be called; they are told all the same, as the conversation has calls of them."""
    return {"type": "none"} if prompt.tools and not prompt.may_call else None


def messages(prompt: Prompt) -> list[MessageParam]:
    """The conversation; after a stream that broke off, its text with the request to continue it comes last.

    A prompt with a schema starts again instead: a response that must be one JSON object cannot continue half of one.
    """
    conversation = sendable(prompt.messages, lambda block: block.body.get("type") != KEPT_THOUGHTS)
    newest = len(conversation) - 1
    params = [_message(message, cached=at == newest) for at, message in enumerate(conversation)]
    if prompt.shown and prompt.schema is None:
        params.append(
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": CONTINUE.format(shown=without_surrogates(prompt.shown))}
                ],
            }
        )
    return params


def thinking(options: AgentModel) -> ThinkingConfigParam | None:
    """The thinking parameter. Without summaries, text between two tool calls would arrive as empty blocks."""
    return {"type": "adaptive", "display": "summarized"} if options.thinking else None


def output_config(prompt: Prompt, options: AgentModel) -> OutputConfigParam | None:
    """Effort and response format. Raises ModelError for a schema that the API cannot use."""
    config: OutputConfigParam = {}
    if options.effort:
        config["effort"] = options.effort
    if prompt.schema is not None:
        config["format"] = {"type": "json_schema", "schema": _schema(prompt.schema)}
    return config or None


def _schema(schema: Mapping[str, object]) -> dict[str, object]:
    """Move keywords that the API does not support, such as `maximum`, into the descriptions of a schema."""
    try:
        return transform_schema(dict(schema))
    except (ValueError, AssertionError) as error:
        raise ModelError(
            "the shape that was asked of the model's answer is not one that it can be held to: in the schema, give "
            "each part one type, or anyOf, enum or const",
            kind="bad_request", retryable=False,
        ) from error  # fmt: skip


def _message(message: Message, *, cached: bool) -> MessageParam:
    newest = len(message.blocks) - 1
    content = [_block(block, cached=cached and at == newest) for at, block in enumerate(message.blocks)]
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
        case OpaqueBlock():
            return cast("ContentBlockParam", dict(block.body))
        case _:
            assert_never(block)
