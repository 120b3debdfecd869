"""What real chat-completions servers have against a request: tests that speak to the local one are refused the same."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tests.support.model_refusals import tokens_of

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ROLES: Final = frozenset({"system", "user", "assistant", "tool"})


def chat_objection(body: Mapping[str, Any], window_tokens: int) -> str | None:
    """What is wrong with a request, in the words of the servers; None where nothing is."""
    for tool in body.get("tools", ()):
        if not _NAME.fullmatch(tool["function"]["name"]):
            return f"Invalid 'tools[0].function.name': {tool['function']['name']}"
        if tool["function"]["parameters"]["type"] != "object":
            return "Invalid schema for function"
    if body.get("tools") == []:
        return "[] is too short - 'tools'"
    if "tool_choice" in body and not body.get("tools"):
        return "'tool_choice' is only allowed when 'tools' are specified."
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    wrong = _about_messages(body["messages"])
    if wrong is not None:
        return wrong
    tokens = tokens_of(body)
    if tokens > window_tokens:
        return (
            f"This model's maximum context length is {window_tokens} tokens. However, your messages resulted in "
            f"{tokens} tokens. Please reduce the length of the messages."
        )
    return None


def _about_messages(messages: list[dict[str, Any]]) -> str | None:
    if not messages or messages[-1]["role"] not in ("user", "tool"):
        return "The last message must be of the user, or of a tool"
    open_calls: set[str] = set()
    before = ""
    for at, message in enumerate(messages):
        role, content = message["role"], message["content"]
        if role not in _ROLES:
            return (
                f"Invalid value: {role!r}. Supported values are: 'system', 'assistant', 'user', and 'tool'."
            )
        if role == "system" and at:
            return "System message must be at the beginning."
        if role == before and role != "tool":
            return "Conversation roles must alternate user/assistant/user/assistant/..."
        if role == "tool" and message["tool_call_id"] not in open_calls:
            return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        if role != "tool" and open_calls:
            return (
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each."
            )
        calls = message.get("tool_calls")
        if calls == [] or (content is None and not calls):
            return f"Invalid value for 'content' in messages[{at}]: expected a string, got null."
        if content is not None and (not isinstance(content, str) or (role != "tool" and not content.strip())):
            return f"Invalid type for 'messages[{at}].content'"
        if role == "tool":
            open_calls.discard(message["tool_call_id"])
        for call in calls or ():
            if not isinstance(json.loads(call["function"]["arguments"]), dict) or call["id"] in open_calls:
                return f"Invalid 'messages[{at}].tool_calls'"
            open_calls.add(call["id"])
        before = role
    return None
