"""A scripted model: its turns, in the order in which an agent asks for them."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs
import orjson

from streamd.core.prompt import Block, Prompt, Text, ToolUse
from streamd.engine.live import INTENT
from streamd.errors import ModelError
from streamd.facts import define
from streamd.ports.model import ModelStreamEvent, TextDelta, ToolUseStarted, Turn

TurnPart: TypeAlias = str | ToolUse
Reply: TypeAlias = TurnPart | Sequence[TurnPart] | Mapping[str, object] | ModelError
"""One turn: text, a call of a tool (`call`), several of both, the JSON of a prompt with a schema, or a failure."""
Script: TypeAlias = Iterable[Reply] | Callable[[Prompt], Reply]
"""The turns of agents in order, or a function from a prompt to its turn.

Turns in order answer agents only: what the daemon itself asks, such as where a request belongs that names no agent, its rules
decide then. A function is asked that, too (`prompt.agent` is `intent`, and the answer JSON of `prompt.schema`).
"""


def call(name: str, /, **given: object) -> ToolUse:
    """A model's call of a tool with this input."""
    return ToolUse("", name, given)


@define(eq=False)
class ScriptedModel:
    """Answers by a script. What was answered and not recorded when the daemon was killed is answered again."""

    script: Script
    prompts: list[Prompt] = attrs.field(factory=list)
    """Prompts in the order in which they came."""
    is_offline: bool = attrs.field(default=False, init=False)
    _turns: list[tuple[Prompt, Reply]] = attrs.field(factory=list, init=False)
    """Turns of the current life."""
    _repeated: list[tuple[Prompt, Reply]] = attrs.field(factory=list, init=False)
    _calls: int = attrs.field(default=0, init=False)
    _answers_agents_only: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        if not callable(self.script):
            turns = iter(self.script)
            self.script = lambda _: _next(turns)
            self._answers_agents_only = True

    def name(self, agent: str) -> str:  # noqa: ARG002 - the same for every agent
        """`scripted`, for every agent."""
        return "scripted"

    def be_killed(self) -> None:
        """Answer the same prompts again in the same way: the daemon that asked them may not have recorded the answers."""
        self._repeated, self._turns = [*self._repeated, *self._turns], []

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Stream the next turn of the script."""
        if self._answers_agents_only and prompt.agent == INTENT:
            raise ModelError("the test's script answers agents only", kind="bad_answer", retryable=False)
        reply = self._reply(prompt)
        if isinstance(reply, ModelError):
            raise reply
        if isinstance(reply, Mapping):
            reply = orjson.dumps(reply).decode()
        blocks: list[Block] = []
        for part in [reply] if isinstance(reply, str | ToolUse) else reply:
            if isinstance(part, str):
                yield TextDelta(part)
                blocks.append(Text(part))
            else:
                yield ToolUseStarted(part.name)
                self._calls += 1
                blocks.append(attrs.evolve(part, tool_use_id=f"call-{self._calls}"))
        calls = any(isinstance(block, ToolUse) for block in blocks)
        yield Turn(tuple(blocks), "tool_use" if calls else "end_turn", "scripted")

    def _reply(self, prompt: Prompt) -> Reply:
        repeated = next((turn for turn in self._repeated if turn[0] == prompt), None)
        if repeated is None:
            self.prompts.append(prompt)
            assert callable(self.script)
            turn = (prompt, self.script(prompt))
        else:
            self._repeated.remove(repeated)
            turn = repeated
        self._turns.append(turn)
        return turn[1]


def _next(turns: Iterable[Reply]) -> Reply:
    for turn in turns:
        return turn
    return ModelError("the test's script has no further turn", kind="bad_answer", retryable=False)
