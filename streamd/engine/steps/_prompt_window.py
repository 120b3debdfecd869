"""Prompts made to fit a model's window: what is old gives way to what is new, and what is cut is marked."""

from collections.abc import Sequence
from typing import Final

import attrs
import orjson

from streamd.core.prompt import Block, Message, OpaqueBlock, Prompt, Text, ToolResult, ToolUse
from streamd.core.prompts.abridging import abridged
from streamd.core.prompts.token_estimate import BYTES_PER_TOKEN, tokens_in
from streamd.engine.live import LiveRun

_GONE: Final = "[This result gave way to newer ones. Call the tool again if you need it.]"
_SLACK: Final = 0.8
"""A prompt that does not fit is cut to this share of the window: the turns that follow keep its beginning, and the cache."""
_LEAST_CHARACTERS: Final = 400
"""No text is cut to less."""
_PER_BLOCK: Final = 8
"""Tokens of a block beside its text."""


def tokens_of(prompt: Prompt) -> int:
    """Estimate the tokens of a prompt."""
    tools = sum(tokens_in(tool.description) + _of_json(tool.input_schema) for tool in prompt.tools)
    schema = _of_json(prompt.schema) if prompt.schema is not None else 0
    return tokens_in(prompt.system) + tools + schema + tokens_in(prompt.shown) + _of_messages(prompt.messages)


def within_window(run: LiveRun, prompt: Prompt) -> Prompt:
    """Return the prompt as its agent's model can read it; the offline model reads any."""
    if run.model.is_offline:
        return prompt
    return fitted(prompt, run.services.windows.of(run.model.name(prompt.agent), prompt.agent))


def fitted(prompt: Prompt, tokens: int) -> Prompt:
    """Return the prompt as it is if it has at most so many tokens; else cut to fit.

    First the results of tools give way, the oldest first and never those of the last message; then messages of earlier runs;
    then the longest texts lose their middles.
    """
    size = tokens_of(prompt)
    if size <= tokens:
        return prompt
    room = int(tokens * _SLACK) - (size - _of_messages(prompt.messages))
    messages = _without_old_results(prompt.messages, room)
    earlier = prompt.earlier
    while earlier and _of_messages(messages) > room:
        messages, earlier = messages[1:], earlier - 1
    return attrs.evolve(prompt, messages=tuple(_shortened(messages, room)), earlier=earlier)


def _without_old_results(messages: Sequence[Message], room: int) -> list[Message]:
    kept, over = list(messages), _of_messages(messages) - room
    for at, message in enumerate(kept[:-1]):
        blocks = list(message.blocks)
        for index, block in enumerate(blocks):
            if over > 0 and isinstance(block, ToolResult) and len(block.content) > len(_GONE):
                over -= tokens_in(block.content) - tokens_in(_GONE)
                blocks[index] = attrs.evolve(block, content=_GONE)
        kept[at] = attrs.evolve(message, blocks=tuple(blocks))
    return kept


def _shortened(messages: Sequence[Message], room: int) -> list[Message]:
    """Halve the longest text until all of them fit, or none is long."""
    kept = [list(message.blocks) for message in messages]
    while (over := sum(map(_of_block, (block for blocks in kept for block in blocks))) - room) > 0:
        longest = max(
            ((_of_block(block), at, index) for at, blocks in enumerate(kept) for index, block in enumerate(blocks)
             if not isinstance(block, OpaqueBlock | ToolUse)),
            default=(0, 0, 0),
        )  # fmt: skip
        size, at, index = longest
        if not size:
            break
        length = len(_text(kept[at][index]))
        target = max(_LEAST_CHARACTERS, length * max(size // 2, size - over) // size)
        if target >= length:
            break
        kept[at][index] = _cut(kept[at][index], target)
    return [
        attrs.evolve(message, blocks=tuple(blocks)) for message, blocks in zip(messages, kept, strict=True)
    ]


def _text(block: Block) -> str:
    match block:
        case Text(text=text):
            return text
        case ToolResult(content=content):
            return content
        case _:
            return ""


def _cut(block: Block, most: int) -> Block:
    match block:
        case Text(text=text):
            return Text(abridged(text, most))
        case ToolResult(content=content):
            return attrs.evolve(block, content=abridged(content, most))
        case _:
            return block


def _of_messages(messages: Sequence[Message]) -> int:
    return sum(_of_block(block) for message in messages for block in message.blocks)


def _of_block(block: Block) -> int:
    match block:
        case ToolUse():
            return _PER_BLOCK + _of_json(block.input)
        case OpaqueBlock():
            return _PER_BLOCK + _of_json(block.body)
        case _:
            return _PER_BLOCK + tokens_in(_text(block))


def _of_json(value: object) -> int:
    return len(orjson.dumps(value, default=dict)) // BYTES_PER_TOKEN
