"""What the real Messages API has against a request: tests that speak to the local one are refused the same."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_BYTES_PER_TOKEN: Final = 3.5


def tokens_of(body: Mapping[str, Any]) -> int:
    """How many tokens a request has, about."""
    counted = {name: body.get(name) for name in ("system", "tools", "messages")}
    return int(len(json.dumps(counted, ensure_ascii=False).encode()) / _BYTES_PER_TOKEN)


def objection(body: Mapping[str, Any], window_tokens: int) -> str | None:
    """What is wrong with a request, in the words of the service; None where nothing is."""
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            return f"{name}: not supported"
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        return "tool_choice: must be auto or none"
    for block in body.get("system") or ():
        if not block["text"].strip():
            return "system: text content blocks must contain non-whitespace text"
    wrong = _about_messages(body["messages"])
    if wrong is not None:
        return wrong
    tokens = tokens_of(body)
    if tokens > window_tokens:
        return f"prompt is too long: {tokens} tokens > {window_tokens} maximum"
    return None


def _about_messages(messages: list[dict[str, Any]]) -> str | None:
    if not messages:
        return "messages: at least one message is required"
    if messages[0]["role"] != "user":
        return "messages: first message must use the user role"
    if messages[-1]["role"] == "assistant":
        return "This model does not support assistant message prefill. The conversation must end with a user message."
    asked: set[str] = set()
    ids: set[str] = set()
    for at, message in enumerate(messages):
        if message["role"] not in ("user", "assistant"):
            return f"messages: Unexpected role {message['role']!r}"
        blocks = message["content"]
        if not blocks:
            return f"messages.{at}: all messages must have non-empty content"
        wrong = _about_blocks(at, message["role"], blocks, asked)
        if wrong is not None:
            return wrong
        asked = {block["id"] for block in blocks if block["type"] == "tool_use"}
        if ids & asked or len(asked) < sum(block["type"] == "tool_use" for block in blocks):
            return "messages: `tool_use` ids must be unique"
        ids |= asked
    return None


def _about_blocks(at: int, role: str, blocks: list[dict[str, Any]], asked: set[str]) -> str | None:
    kinds = [block["type"] for block in blocks]
    for block in blocks:
        if block["type"] == "text" and not block["text"].strip():
            return "messages: text content blocks must contain non-whitespace text"
        if block["type"] == "tool_use" and (role == "user" or not _ID.fullmatch(block["id"])):
            return f"messages.{at}: `tool_use` blocks can only be in assistant messages, with an id"
        if block["type"] == "tool_result" and role == "assistant":
            return f"messages.{at}: `tool_result` blocks can only be in user messages"
    answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    if asked - set(answered):
        return f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks immediately after"
    if set(answered) - asked:
        return f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks"
    if len(answered) != len(set(answered)):
        return f"messages.{at}: each tool_use must have a single result"
    if answered and kinds[: len(answered)] != ["tool_result"] * len(answered):
        return f"messages.{at}: `tool_result` blocks must come first"
    if role == "assistant" and kinds[-1] in ("thinking", "redacted_thinking"):
        return f"messages.{at}: The final block in an assistant message cannot be `thinking`"
    return None
