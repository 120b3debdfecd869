"""Builds chat-completions requests from prompts.

What is equal from turn to turn comes first, so that servers find it in their caches: system prompt and conversation; the day
follows as a system message of its own only where the server takes several, so it stands at the end of the one there is.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from streamd.core.json.characters import without_surrogates
from streamd.core.prompt import Message, OpaqueBlock, Prompt, Text, ToolResult, ToolUse
from streamd.models.openai._refused_parameters import RefusedParameters
from streamd.models.openai.settings import ChatServer
from streamd.models.sendable_conversation import sendable
from streamd.models.streamed_pieces import CONTINUE, KEPT_THOUGHTS
from streamd.ports.model_maker import ModelChoice

_EFFORTS: Final = {"max": "xhigh"}
"""Where the protocol's word is another."""
_BY_SCHEMA: Final = "Answer with one JSON object and nothing else, no explanation and no fence. It must match this JSON Schema:\n{schema}"


def request_body(
    prompt: Prompt, choice: ModelChoice, server: ChatServer, refused: RefusedParameters
) -> dict[str, Any]:
    """Build the body of a request, without what the server has refused before."""
    body: dict[str, Any] = {
        "model": choice.model,
        "messages": _messages(prompt, names_schema=refused.has("response_format")),
        "stream": True,
        "stream_options": {"include_usage": True},
        server.tokens_key: choice.max_output_tokens,
    }
    if prompt.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name, "description": tool.description, "parameters": dict(tool.input_schema)
                },
            }
            for tool in prompt.tools
        ]  # fmt: skip
        if not prompt.may_call:
            body["tool_choice"] = "none"
    if choice.effort is not None:
        body["reasoning_effort"] = _EFFORTS.get(choice.effort, choice.effort)
    if prompt.schema is not None:
        schema = {"name": "answer", "schema": dict(prompt.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return refused.without({**body, **server.extra_body})


def _messages(prompt: Prompt, *, names_schema: bool) -> list[dict[str, Any]]:
    """The conversation in the protocol's form; after a stream that broke off, the request to continue it comes last."""
    system = [without_surrogates(prompt.system)]
    if prompt.schema is not None and names_schema:
        system.append(_BY_SCHEMA.format(schema=orjson.dumps(prompt.schema, default=dict).decode()))
    text = "\n\n".join(part for part in (*system, prompt.today) if part.strip())
    sent: list[dict[str, Any]] = [{"role": "system", "content": text}] if text else []
    for message in sendable(prompt.messages, _is_own):
        for one in _of_user(message) if message.role == "user" else _of_assistant(message):
            _append(sent, one)
    if prompt.shown and prompt.schema is None:
        words = CONTINUE.format(shown=without_surrogates(prompt.shown))
        _append(sent, {"role": "user", "content": words})
    return sent


def _append(sent: list[dict[str, Any]], message: dict[str, Any]) -> None:
    """Append a message to those before it, as many templates of models want the roles to alternate."""
    last = sent[-1] if sent else {}
    if last.get("role") == message["role"] != "tool" and "tool_calls" not in {*last, *message}:
        message = {**message, "content": f"{last['content']}\n\n{message['content']}"}
        sent.pop()
    sent.append(message)


def _is_own(block: OpaqueBlock) -> bool:
    return block.body.get("type") == KEPT_THOUGHTS


def _of_user(message: Message) -> Iterator[dict[str, Any]]:
    for block in message.blocks:
        if isinstance(block, ToolResult):
            content = f"Error: {block.content}" if block.is_error else block.content
            yield {"role": "tool", "tool_call_id": block.tool_use_id, "content": content}
    text = "\n\n".join(block.text for block in message.blocks if isinstance(block, Text))
    if text:
        yield {"role": "user", "content": text}


def _of_assistant(message: Message) -> Iterator[dict[str, Any]]:
    text = "".join(block.text for block in message.blocks if isinstance(block, Text))
    calls = [
        {
            "id": block.tool_use_id,
            "type": "function",
            "function": {
                "name": block.name, "arguments": orjson.dumps(block.input, default=dict).decode()
            },
        }
        for block in message.blocks
        if isinstance(block, ToolUse)
    ]  # fmt: skip
    if not calls:
        # Thoughts are read again only beside the calls that they led to.
        yield {"role": "assistant", "content": text or "…"}
        return
    sent: dict[str, Any] = {"role": "assistant", "content": text or None, "tool_calls": calls}
    for block in message.blocks:
        if isinstance(block, OpaqueBlock):
            sent[str(block.body.get("key"))] = block.body.get("text")
    yield sent


def sizes(body: Mapping[str, Any]) -> int:
    """Bytes of what a model reads of a request, for an estimate of its tokens."""
    return len(orjson.dumps([body.get("messages"), body.get("tools")], default=dict))
