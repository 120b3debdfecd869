"""Toolsets: the tools of a model in one task, and those withheld because its agent only helps."""

from collections.abc import Mapping, Sequence

from streamd.core.prompt import ToolResult, ToolSpec, ToolUse
from streamd.engine.live import LiveRun, asked_before
from streamd.engine.record import RecordedResult
from streamd.engine.tools import _approvals as approvals
from streamd.engine.tools._checked_call import CheckedCall
from streamd.engine.tools._pending_calls import results_of
from streamd.engine.tools.call_scope import InTurn
from streamd.engine.tools.own_calls import OwnToolCalls
from streamd.errors import ForbiddenError, InvalidMessageError, did_you_mean
from streamd.facts import frozen
from streamd.ids import derived_id
from streamd.ports.tool import IdempotencyKey, Tool
from streamd.ports.tool_context import ToolContext


@frozen(eq=False)
class Toolset:
    """The tools of one `act`: item tools, and others, from its agent or from the call.

    Where the agent only helps, those that change something are withheld: its model does not see them, and a call of one
    is refused all the same.
    """

    visit: ToolContext
    """The run during this visit of the node."""
    agent: str
    calls: OwnToolCalls
    for_items: Sequence[Tool]
    others: Sequence[Tool]
    may_change: bool

    @property
    def run(self) -> LiveRun:
        """The run."""
        return self.calls.run

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """Specifications of the tools for the model, always in the same order."""
        return tuple(
            tool.spec for tool in (*self.for_items, *self.others) if self.may_change or tool.effect == "read"
        )

    def checked(self, key: str, use: ToolUse) -> CheckedCall:
        """Check a model's call. Raises RefusedError with a message for the model."""
        tool = next((tool for tool in (*self.for_items, *self.others) if tool.name == use.name), None)
        names = ", ".join(spec.name for spec in self.specs)
        if tool is None:
            meant = did_you_mean(use.name, names.split(", "))
            raise InvalidMessageError(f"there is no tool {use.name}{meant}; there are {names}", path="name")
        if not self.may_change and tool.effect == "write":
            raise ForbiddenError(
                f"{use.name} is not allowed here, as you only help: say what should be done; there are {names}"
            )
        return CheckedCall(key, use, tool, tool.read(use.input), tool in self.for_items)

    async def asks(self, call: CheckedCall) -> bool:
        """Whether a person is asked about a call."""
        return await approvals.asks(self.run, call)

    async def approval(self, call: CheckedCall) -> approvals.CallApproval:
        """Return a person's answer about a call; without one the run ends here."""
        return await approvals.approval(self.run, self.agent, self.calls.step, call)

    async def execute(self, turn: str, call: CheckedCall, in_turn: InTurn) -> RecordedResult | None:
        """Execute a call.

        Args:
            turn: the name of the model's turn.
            call: the call.
            in_turn: waits until it may change items.

        Returns:
            the result; None when the call is left pending.

        Raises:
            RefusedError: with a message for the model.

        """
        tool = call.tool
        if tool.function is None:
            if tool.effect == "write" and await asked_before(self.run, _question(turn)) is None:
                self.run.check("edit")
            return None
        if call.is_of_items:
            content = await tool.function(self.visit, call.arguments, IdempotencyKey(call.key))
            return RecordedResult(str(content))
        return await self.calls.call(call, tool.function, in_turn)

    async def results(self, turn: str, pending: Mapping[str, ToolUse]) -> Mapping[str, ToolResult]:
        """Return the results of pending calls; the run ends until a client sends them.

        Args:
            turn: the name of the model's turn.
            pending: the calls by their own names, as the results are.

        """
        run = self.run
        ids = {call_key: derived_id("call", run.replay.scope, call_key) for call_key in pending}
        calls = {ids[call_key]: use for call_key, use in pending.items()}
        results = await results_of(run, self.agent, self.calls.step, _question(turn), calls)
        return {call_key: results[call_id] for call_key, call_id in ids.items()}


def _question(turn: str) -> str:
    """The name of the question in which a turn's pending calls wait for their results."""
    return f"{turn}:pending"
