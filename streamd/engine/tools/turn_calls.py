"""The calls of one turn of a model: executed at the same time where they may be, with their results in the model's order."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Literal

import attrs
import structlog

from streamd.core.prompt import ToolResult, ToolUse
from streamd.engine.tools._checked_call import CheckedCall
from streamd.engine.tools.toolset import Toolset
from streamd.errors import RefusedError, TooLargeError
from streamd.facts import define, frozen

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 8
"""Calls of one turn that are executed at the same time."""


@define(eq=False)
class _Call:
    """One call, until its result is known."""

    key: str
    use: ToolUse
    checked: CheckedCall | None = None
    """None: it is refused."""
    refusal: RefusedError | None = None
    result: ToolResult | None = None
    """None: it is left pending."""
    updates: Mapping[str, object] = attrs.field(factory=dict)
    ended: asyncio.Event = attrs.field(factory=asyncio.Event)


@frozen(eq=False)
class TurnCalls:
    """Executes the calls of one turn.

    First those about which nobody is asked, then, one after the other, those that a person has to approve, and at last the
    run waits for the results of pending ones.
    """

    tools: Toolset
    turn: str
    """The name of the turn."""
    agent: str
    """The agent whose model calls."""

    async def results(self, uses: Sequence[ToolUse]) -> tuple[ToolResult, ...]:
        """Return the results of calls, in their order."""
        calls = [_Call(f"{self.turn}:c{number}", use) for number, use in enumerate(uses)]
        at_once, asking = list[_Call](), list[_Call]()
        for call in calls:
            (asking if await self._check(call) else at_once).append(call)
        for group in _groups(at_once):
            await self._execute_together(group)
        for call in asking:
            self.tools.run.control.check_stop()
            await self._execute(call, is_asked=True)
            self._take(call)
        self.tools.run.control.check_stop()
        pending = {call.key: call.use for call in calls if call.result is None}
        answered = await self.tools.results(self.turn, pending) if pending else {}
        for key, result in answered.items():
            self._end(key, result.content, "refused" if result.is_error else "completed")
        return tuple(call.result or answered[call.key] for call in calls)

    async def _check(self, call: _Call) -> bool:
        """Check a call, and return whether a person is asked about it."""
        try:
            call.checked = self.tools.checked(call.key, call.use)
        except RefusedError as refusal:
            call.refusal = refusal
            return False
        return await self.tools.asks(call.checked)

    async def _execute_together(self, group: Sequence[_Call]) -> None:
        """Execute calls at the same time. When all have ended, the first that ends the run does so."""
        if len(group) == 1:
            await self._execute(group[0])
            self._take(group[0])
            return
        places = asyncio.Semaphore(MOST_AT_ONCE)

        async def execute(number: int) -> None:
            async with places:
                await self._execute(group[number], group[:number])

        tasks = [
            asyncio.create_task(execute(number), name=f"tool {call.use.name}")
            for number, call in enumerate(group)
        ]
        try:
            failures = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            if late := [task for task in tasks if not task.done()]:
                for task in late:
                    task.cancel()
                await asyncio.wait(late)
        for call, failure in zip(group, failures, strict=True):
            if failure is not None:
                raise failure
            self._take(call)

    async def _execute(self, call: _Call, before: Sequence[_Call] = (), *, is_asked: bool = False) -> None:
        """Find the result of one call, between its brackets; it is left pending without a result.

        Each bracket is committed at once, as the call may take long.
        """
        run = self.tools.run
        run.output.brackets.start_tool_call(call.use, call.key, self.turn, self.agent)
        run.output.flush()
        try:
            if call.checked is None:
                self._refuse(call, call.refusal or RefusedError("the call cannot be read"))
                return
            checked, note = call.checked, ""
            if is_asked:
                answer = await self.tools.approval(call.checked)
                if answer.call is None:
                    self._end(call.key, answer.note, "refused")
                    call.result = ToolResult(call.use.tool_use_id, answer.note, is_error=True)
                    return
                checked, note = answer.call, answer.note
            found = await self.tools.execute(self.turn, checked, partial(_ended, before))
            if found is not None:
                call.updates, content = found.updates, f"{note}{found.content}"
                if found.is_error:
                    self._refuse(call, RefusedError(content))
                else:
                    self._end(call.key, content, "completed")
                    call.result = ToolResult(call.use.tool_use_id, content)
        except RefusedError as refusal:
            self._refuse(call, refusal)
        finally:
            call.ended.set()

    def _refuse(self, call: _Call, refusal: RefusedError) -> None:
        """Have the model hear why a call came to nothing. Raises the refusal where no model can choose another way."""
        self._end(call.key, refusal.message, "refused")
        if self.tools.run.model.is_offline or isinstance(refusal, TooLargeError):
            raise refusal
        log.info("tool_refused", run=self.tools.run.record.run_id, tool=call.use.name, code=refusal.code)
        call.result = ToolResult(call.use.tool_use_id, refusal.message, is_error=True)

    def _take(self, call: _Call) -> None:
        """Change the state of the graph as a call did; where that cannot be, the model hears of it."""
        if call.updates:
            try:
                self.tools.calls.update(**call.updates)
            except RefusedError as refusal:
                call.result = ToolResult(call.use.tool_use_id, refusal.message, is_error=True)

    def _end(self, key: str, result: str, status: Literal["completed", "refused"]) -> None:
        self.tools.run.output.brackets.end_tool_call(key, result, status)
        self.tools.run.output.flush()


def _groups(calls: Iterable[_Call]) -> Iterator[list[_Call]]:
    """Part calls into those that run at the same time, in their order."""
    group = list[_Call]()
    for call in calls:
        if call.checked is not None and call.checked.runs_alone:
            if group:
                yield group
                group = []
            yield [call]
        else:
            group.append(call)
    if group:
        yield group


async def _ended(calls: Iterable[_Call]) -> None:
    """Wait until calls have ended."""
    for call in calls:
        await call.ended.wait()
