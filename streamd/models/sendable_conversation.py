"""Makes of any conversation one that vendors' APIs take, whoever wrote it: a run, a thread, an edited state.

An API refuses a request as a whole, and a thread whose conversation it refuses would be dead for ever. The strictest rules: each
message has a block, each text a character that is no white space; the first message is the user's, and the last one, too;
each `tool_use` has an id of its own, and its `tool_result` at the beginning of the next message; thinking ends no message.
Blocks that only another vendor can read are left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.json.characters import whole_mapping, without_surrogates
from streamd.core.prompt import Block, Message, OpaqueBlock, Text, ToolResult, ToolUse

_THINKING: Final = frozenset({"thinking", "redacted_thinking"})
_UNKNOWN: Final = (
    "It is not known what came of this call: the run was cut off. Look before you make it again."
)
_GO_ON: Final = "Go on."


def sendable(messages: Iterable[Message], is_own: Callable[[OpaqueBlock], bool]) -> list[Message]:
    """Return the conversation without what the API refuses; a conversation that it takes stays as it is.

    `is_own` says whether the API can read an opaque block.
    """
    sent: list[Message] = []
    open_calls: dict[str, str] = {}  # the id in the conversation, and the one that is sent
    taken: set[str] = set()
    for message in messages:
        if message.role == "assistant":
            readable = (one for one in message.blocks if not isinstance(one, OpaqueBlock) or is_own(one))
            blocks = _of_assistant(readable)
            if not blocks or not (sent or open_calls):
                continue
            if open_calls:
                sent.append(Message("user", tuple(_answers(open_calls, ()))))
            open_calls = _named(blocks, taken)
            sent.append(Message("assistant", tuple(_renamed(block, open_calls) for block in blocks)))
        else:
            results = [block for block in message.blocks if isinstance(block, ToolResult)]
            answers = _answers(open_calls, results)
            strays = [
                Text(f"A tool said: {one.content}") for one in results if one.tool_use_id not in open_calls
            ]
            others = [
                *strays,
                *(
                    block
                    for block in message.blocks
                    if not isinstance(block, ToolUse | ToolResult)
                    and (not isinstance(block, OpaqueBlock) or is_own(block))
                ),
            ]
            blocks = [*answers, *_cleaned(others)]
            open_calls = {}
            if blocks:
                sent.append(Message("user", tuple(blocks)))
    if open_calls:
        sent.append(Message("user", tuple(_answers(open_calls, ()))))
    elif not sent or sent[-1].role == "assistant":
        sent.append(Message("user", (Text(_GO_ON),)))
    return sent


def _of_assistant(blocks: Iterable[Block]) -> list[Block]:
    kept = _cleaned(block for block in blocks if not isinstance(block, ToolResult))
    while kept and isinstance(last := kept[-1], OpaqueBlock) and last.body.get("type") in _THINKING:
        kept.pop()
    return kept


def _cleaned(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks without texts of nothing but white space, and without halves of characters."""
    kept: list[Block] = []
    for block in blocks:
        match block:
            case Text(text=text):
                if text.strip():
                    kept.append(Text(without_surrogates(text)))
            case ToolUse():
                kept.append(attrs.evolve(block, input=whole_mapping(block.input)))
            case _:
                kept.append(block)
    return kept


def _named(blocks: Sequence[Block], taken: set[str]) -> dict[str, str]:
    """Give each call an id that no earlier one has."""
    named: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, ToolUse):
            name, number = block.tool_use_id, 2
            while name in taken:
                name, number = f"{block.tool_use_id}_{number}", number + 1
            taken.add(name)
            named[block.tool_use_id] = name
    return named


def _renamed(block: Block, names: Mapping[str, str]) -> Block:
    if not isinstance(block, ToolUse):
        return block
    return attrs.evolve(block, tool_use_id=names[block.tool_use_id])


def _answers(open_calls: Mapping[str, str], results: Sequence[ToolResult]) -> list[Block]:
    """Return a result for each open call, in their order; what is missing is told as not known."""
    given = {result.tool_use_id: result for result in results}
    answers: list[Block] = []
    for tool_use_id, name in open_calls.items():
        result = given.get(tool_use_id, ToolResult(tool_use_id, _UNKNOWN, is_error=True))
        answers.append(attrs.evolve(result, tool_use_id=name, content=without_surrogates(result.content)))
    return answers
