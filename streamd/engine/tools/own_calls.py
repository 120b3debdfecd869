"""Executes an agent's own tools: each call once, its result recorded before the model sees it, its failures contained."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import orjson
import structlog

from streamd.engine.journal import RunUpdates
from streamd.engine.live import AT_WORK, ENDS_ALL, LiveRun, raised_at
from streamd.engine.record import RecordedCalls, RecordedResult
from streamd.engine.tools._checked_call import CheckedCall
from streamd.engine.tools.call_scope import InTurn
from streamd.errors import AgentError, RefusedError, RunError, StreamdError, TooLargeError
from streamd.facts import frozen
from streamd.ports.tool import IdempotencyKey, ToolFunction, UnusableResultError
from streamd.ports.tool_context import ToolContext

log = structlog.get_logger(__name__)

MOST_RESULT_BYTES: Final = 1_000_000
"""Size of a tool's result: it goes onto the run's stream in one entry. A model is told less of it."""


class ItemChanges(Protocol):
    """The changes of items by one step."""

    @property
    def calls(self) -> RecordedCalls:
        """Records of the changes."""

    async def repeat(self, keys: Sequence[str]) -> None:
        """Replay the recorded changes under these keys, for their counts."""


class CallVisit(Protocol):
    """The run as one call of a tool sees it."""

    updates: dict[str, object]
    conclusion: str

    @property
    def key(self) -> IdempotencyKey:
        """The call's own key."""

    @property
    def as_context(self) -> ToolContext:
        """The same, as the tool's function expects it."""

    @property
    def item_tools(self) -> ItemChanges:
        """The changes of items by this call."""


@frozen(eq=False)
class OwnToolCalls:
    """Executes calls of an agent's own tools in one node of a run."""

    run: LiveRun
    step: str
    """The name of the node's step."""
    items: ItemChanges
    """The changes of items by the node."""
    visit: Callable[[str, str, InTurn], CallVisit]
    """Creates a call's view of the run, from the call's name, its tool and its turn."""
    update: Callable[..., None]
    """Changes the state of the graph."""

    async def call(self, call: CheckedCall, function: ToolFunction, in_turn: InTurn) -> RecordedResult:
        """Return the result of a call, executed now or before the daemon died.

        Args:
            call: the call.
            function: the function of its tool.
            in_turn: waits until it may change items.

        Raises:
            RefusedError: with a message for the model: something is changed in a run that may not edit.
            StreamdError: the run cannot continue: its budget of tokens or items is used up.

        """
        body = await self.run.replay.result(call.key)
        if body is not None:
            result = RecordedResult.decode(body)
            if result.item_calls:
                await in_turn()
                is_own = result.item_calls[0].startswith(f"{call.key}:")  # in older runs they are the node's
                items = self.visit(call.key, call.tool.name, in_turn).item_tools if is_own else self.items
                await items.repeat(result.item_calls)
            return result
        if call.tool.effect == "write":
            self.run.check("edit")
        # The turn that asked for it is on disk first: otherwise a new turn might ask for it under another key.
        await self.run.services.journal.flushed(self.run.record.workspace, self.run.flow)
        result = await self._done(call, function, in_turn)
        self.run.output.persist(RunUpdates(results=(self.run.output.result(call.key, result.encode()),)))
        await self.run.services.journal.flushed(self.run.record.workspace, self.run.flow)
        return result

    async def _done(self, call: CheckedCall, function: ToolFunction, in_turn: InTurn) -> RecordedResult:
        limit = asyncio.timeout(call.tool.timeout_seconds)
        visit = self.visit(call.key, call.tool.name, lambda: _outside(limit, in_turn()))
        name, content, is_error = call.tool.name, "", True
        try:
            async with limit:
                result = await function(visit.as_context, call.arguments, visit.key)
            content = _text(name, result)
            is_error = False
        except TooLargeError:
            raise  # the model has no other way
        except (RefusedError, AgentError) as refusal:
            content = refusal.message
        except StreamdError:
            raise
        except UnusableResultError as error:
            log.exception("tool_result_unusable", **self._where(call))
            content = (
                f"{name} was executed, but its result cannot be used ({error}); go on without the result"
            )
        except (
            BaseException
        ) as error:  # anything may happen in somebody else's tool, also a panic of Rust; it is logged
            if isinstance(error, ENDS_ALL) and not isinstance(error, Exception):
                raise
            content = self._failed(call, error, is_late=isinstance(error, TimeoutError) and limit.expired())
        if visit.conclusion:
            raise RunError(f"the tool {name} cannot conclude its run: it returns what there is to say")
        return RecordedResult(content, is_error, visit.updates, tuple(visit.item_tools.calls.taken))

    def _failed(self, call: CheckedCall, error: BaseException, *, is_late: bool) -> str:
        """Log a failure, and return the model's message about it."""
        name, seconds = call.tool.name, call.tool.timeout_seconds
        where = self._where(call)
        if is_late:
            log.warning("tool_timed_out", **where, seconds=seconds)
            what = f"{name} took longer than {seconds:g} seconds and was stopped"
        else:
            work = AT_WORK.get()
            at = raised_at(error, "" if work is None else work.code_path)
            log.error("tool_failed", **where, at=at, exc_info=error)
            what = f"{name} failed inside the daemon"
        return f"{what}, and what it was to do may be done or not; go on without it, and say so"

    def _where(self, call: CheckedCall) -> dict[str, object]:
        record = self.run.record
        return {
            "run": record.run_id,
            "agent": record.agent,
            "node": self.step,
            "tool": call.tool.name,
            "call": call.key,
        }


async def _outside(limit: asyncio.Timeout, waiting: Awaitable[None]) -> None:
    """Wait for something without the time that it takes being counted."""
    now = asyncio.get_running_loop().time
    until, started = limit.when(), now()
    limit.reschedule(None)
    try:
        await waiting
    finally:
        limit.reschedule(None if until is None else until + now() - started)


def _text(name: str, result: object) -> str:
    """Encode a result for the model. Raises RefusedError when it is too long, UnusableResultError when it is no JSON."""
    try:
        body = result.encode() if isinstance(result, str) else orjson.dumps(result)
    except (TypeError, UnicodeEncodeError) as error:
        raise UnusableResultError(str(error)) from None
    if len(body) > MOST_RESULT_BYTES:
        raise RefusedError(
            f"the result of {name} has {len(body):,} bytes, and may have {MOST_RESULT_BYTES:,}; ask for less"
        )
    return body.decode()
