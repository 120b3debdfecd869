"""Toolsets: the tools of a model in one task, and those withheld because its agent only helps."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.prompt import ToolResult, ToolSpec, ToolUse
from streamd.engine.steps._human_input import asked_before
from streamd.engine.steps._own_tools import OwnToolCalls
from streamd.engine.steps._pending_tools import results_of
from streamd.errors import ForbiddenError, InvalidMessageError, did_you_mean
from streamd.ids import derived_id
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool


@attrs.frozen(eq=False)
class Toolset:
    """The tools of one `act`: item tools, and others, from its agent or from the call.

    Where the agent only helps, those that change something are withheld: its model does not see them, and a call of one
    is refused all the same.
    """

    visit: Run
    """The run during this visit of the node."""
    agent: str
    calls: OwnToolCalls
    for_items: Sequence[Tool]
    others: Sequence[Tool]
    may_change: bool

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """Specifications of the tools for the model, always in the same order."""
        return tuple(
            tool.spec for tool in (*self.for_items, *self.others) if self.may_change or tool.effect == "read"
        )

    async def call(self, turn: str, key: str, use: ToolUse) -> str | None:
        """Call a tool for the model.

        Args:
            turn: the name of the model's turn.
            key: the call's own name.
            use: the model's call.

        Returns:
            the result, as text; None when the call is left pending.

        Raises:
            RefusedError: with a message for the model.

        """
        tool = next((tool for tool in (*self.for_items, *self.others) if tool.name == use.name), None)
        names = ", ".join(spec.name for spec in self.specs)
        if tool is None:
            meant = did_you_mean(use.name, names.split(", "))
            raise InvalidMessageError(f"there is no tool {use.name}{meant}; there are {names}", path="name")
        if not self.may_change and tool.effect == "write":
            raise ForbiddenError(
                f"{use.name} is not allowed here, as you only help: say what should be done; there are {names}"
            )
        tool.check(use.input)
        if tool.function is None:
            run = self.calls.run
            if tool.effect == "write" and await asked_before(run, _question(turn)) is None:
                run.check("edit")
            return None
        if tool in self.for_items:
            return str(await tool.function(self.visit, use.input, IdempotencyKey(key)))
        return await self.calls.call(tool, tool.function, use.input, key)

    async def results(self, turn: str, pending: Mapping[str, ToolUse]) -> Mapping[str, ToolResult]:
        """Return the results of pending calls; the run ends until a client sends them.

        Args:
            turn: the name of the model's turn.
            pending: the calls by their own names, as the results are.

        """
        run = self.calls.run
        ids = {call_key: derived_id("call", run.replay.scope, call_key) for call_key in pending}
        calls = {ids[call_key]: use for call_key, use in pending.items()}
        results = await results_of(run, self.agent, self.calls.step, _question(turn), calls)
        return {call_key: results[call_id] for call_key, call_id in ids.items()}


def _question(turn: str) -> str:
    """The name of the question in which a turn's pending calls wait for their results."""
    return f"{turn}:pending"
