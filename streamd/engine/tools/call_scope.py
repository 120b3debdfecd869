"""The scope of a call: what a call of a tool has of its own, beside the run (`streamd.ports.tool_context.ToolContext`)."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ParamSpec, TypeAlias, TypeVar, cast

import attrs
import structlog

from streamd.core.principal import Principal
from streamd.core.run import Response, RunId
from streamd.engine.live import LiveRun
from streamd.engine.record import check_encodable
from streamd.errors import InvalidMessageError, RunError
from streamd.facts import define
from streamd.ids import derived_id
from streamd.long_work import FUNCTIONS
from streamd.ports.agent import Agent
from streamd.ports.run import RunLog
from streamd.ports.tool import IdempotencyKey

P = ParamSpec("P")
T = TypeVar("T")

InTurn: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until the calls before this one have ended."""


@define(eq=False)
class CallScope:
    """A step of a run: a visit of a node, or a call of a tool within it."""

    live: LiveRun
    agent: Agent
    path: str
    """The step's name; that of a call is its key."""
    tool: str = attrs.field(default="", kw_only=True)
    """The tool that is called; empty for a visit of a node."""
    in_turn: InTurn | None = attrs.field(default=None, kw_only=True)

    @property
    def run_id(self) -> RunId:
        """The run's own id."""
        return self.live.record.run_id

    @property
    def thread_id(self) -> str:
        """The thread it belongs to."""
        return self.live.record.thread_id

    @property
    def principal(self) -> Principal:
        """The principal whose rights the run has."""
        return self.live.record.request.principal

    @property
    def key(self) -> IdempotencyKey:
        """The call's own key, which is also its `tool_call_id` for clients."""
        return IdempotencyKey(derived_id("call", self.live.replay.scope, self.path))

    @property
    def log(self) -> RunLog:
        """A logger whose events carry the run, the agent, the node and the tool."""
        where = {"run": self.run_id, "agent": self.agent.name, "node": self.path}
        logger: RunLog = structlog.get_logger("streamd.agents").bind(
            **where, **({"tool": self.tool} if self.tool else {})
        )
        return logger

    async def off_loop(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that takes long in a thread."""
        return await FUNCTIONS.run(function, *args, **kwargs)

    async def progress(self, text: str, fraction: float | None = None) -> None:
        """Emit how far the call is."""
        check_encodable("progress", text)
        extra: dict[str, object] = {"tool": self.tool, "tool_call_id": self.key, "agent": self.agent.name}
        if fraction is not None:
            if not 0 <= fraction <= 1:
                raise InvalidMessageError(f"a fraction is 0.0 to 1.0, and {fraction} is not", path="fraction")
            extra["progress"] = round(fraction, 4)
        await self.live.services.journal.room(self.live.record.workspace)
        self.live.output.emit(Response("tool_progress", text, extra=extra, step=self.path))

    def dependency(self, opened_by: Callable[[], AbstractAsyncContextManager[T]]) -> T:
        """Return what a dependency has opened. Raises RunError for one that no tool of an agent declares."""
        opened = self.live.services.dependencies
        if opened_by not in opened:
            name = getattr(opened_by, "__name__", repr(opened_by))
            raise RunError(
                f"{name} is not open: it is opened with the daemon where a tool in Agent(tools=…) has it in its dependencies"
            )
        return cast("T", opened[opened_by])
