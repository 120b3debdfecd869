"""The model of one visit of a node, with the names under which its turns are recorded."""

from collections.abc import Mapping
from typing import Final

from streamd.core.item_tools import describe_types
from streamd.core.prompt import Message, Prompt, Text
from streamd.core.tasks import Task
from streamd.engine.live import LiveRun, local_time
from streamd.engine.steps._tool_loop import ToolLoop
from streamd.engine.steps.model_stream import ModelStream, chunk_format_of
from streamd.engine.tools import Toolset
from streamd.facts import define
from streamd.ports.agent import Agent
from streamd.ports.generation import ChunkFormat

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@define(eq=False)
class NodeModel:
    """Asks the agent's model."""

    live: LiveRun
    agent: Agent
    path: str
    """The step's name."""
    _turns: int = 0

    def think(
        self,
        text: str,
        task: Task | None,
        system: str,
        schema: Mapping[str, object] | None,
        chunk_format: ChunkFormat | None,
    ) -> ModelStream:
        """Ask one question, for text or for an object of this schema."""
        messages = (Message("user", (Text(text),)),)
        prompt = Prompt(
            self.agent.name, self._system(system), messages, schema=schema, task=task, today=self._today()
        )
        encoded = chunk_format_of(self.agent, chunk_format)
        return ModelStream(self.live, prompt, self._next_turn(), (self.path,), encoded)

    def act(
        self,
        messages: tuple[Message, ...],
        tools: Toolset,
        task: Task,
        system: str,
        chunk_format: ChunkFormat | None,
    ) -> ToolLoop:
        """Ask the model to do something with these tools."""
        types = self.live.services.types
        prompt = Prompt(
            self.agent.name,
            f"{self._system(system)}\n\nItem types and their fields:\n{describe_types(types)}",
            messages,
            tools=tools.specs,
            task=task,
            earlier=len(messages) - 1,
            today=self._today(),
        )
        encoded = chunk_format_of(self.agent, chunk_format)
        return ToolLoop(self.live, prompt, self._next_turn, (self.path,), encoded, tools)

    def _system(self, more: str) -> str:
        added = self.live.services.instructions_for(self.agent.name)
        return "\n\n".join(filter(None, (self.agent.system, more, added)))

    def _today(self) -> str:
        services = self.live.services
        return today_in_words(services.clock.now_ms(), services.options.time_zone)

    def _next_turn(self) -> str:
        self._turns += 1
        return f"{self.path}:t{self._turns - 1}"


def today_in_words(now_ms: int, time_zone: str) -> str:
    """Name the day of a Unix time and the time zone; an empty zone is the machine's."""
    now = local_time(now_ms, time_zone)
    offset = now.strftime("%z")
    zone = f"{time_zone or now.tzname()} (UTC{offset[:3]}:{offset[3:5]})"
    return f"Today is {_DAYS[now.weekday()]}, {now.date().isoformat()}, in the time zone {zone}."
