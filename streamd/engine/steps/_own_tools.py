"""Executes an agent's own tools: each call once, its result recorded before the model sees it, its failures contained."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs
import orjson
import structlog

from streamd.engine.graph import Visit
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun
from streamd.engine.record import RecordedResult
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.errors import RefusedError, RunError, StreamdError, TooLargeError
from streamd.ids import derived_id
from streamd.ports.tool import IdempotencyKey, Tool, ToolFunction

log = structlog.get_logger(__name__)

MOST_RESULT_BYTES: Final = 1_000_000
"""Size of a tool's result: it goes onto the run's stream in one entry. A model is told less of it."""


@attrs.frozen(eq=False)
class OwnToolCalls:
    """Executes calls of an agent's own tools in one node of a run."""

    run: LiveRun
    step: str
    """The name of the node's step."""
    items: ItemToolExecutor
    """The executor through which the tools change items."""
    visit: Callable[[str], Visit]
    """Creates a call's view of the run, from the call's name."""
    update: Callable[..., None]
    """Changes the state of the graph."""

    async def call(
        self, tool: Tool, function: ToolFunction, arguments: Mapping[str, object], key: str
    ) -> str:
        """Return the result of a call, executed now or before the daemon died.

        Args:
            tool: the tool that is called.
            function: the function of the tool.
            arguments: the call's input.
            key: the call's own name.

        Raises:
            RefusedError: with a message for the model: a wrong input, or a call that failed or was refused, such as one that
                changes something in a run that may not edit.
            StreamdError: the run cannot continue: its budget of tokens or items is used up.

        """
        body = await self.run.replay.result(key)
        if body is not None:
            result = RecordedResult.decode(body)
            await self.items.repeat(result.item_calls)
        else:
            if tool.effect == "write":
                self.run.check("edit")
            # The turn that asked for it is on disk first: otherwise a new turn might ask for it under another key.
            await self.run.services.journal.flushed(self.run.record.workspace, self.run.flow)
            result = await self._done(tool, function, arguments, key)
            self.run.output.persist(RunUpdates(results=(self.run.output.result(key, result.encode()),)))
            await self.run.services.journal.flushed(self.run.record.workspace, self.run.flow)
        if result.updates:
            self.update(**result.updates)
        if result.is_error:
            raise RefusedError(result.content)
        return result.content

    async def _done(
        self, tool: Tool, function: ToolFunction, arguments: Mapping[str, object], key: str
    ) -> RecordedResult:
        visit = self.visit(key)
        before = len(self.items.calls.taken)
        content, is_error = "", True
        try:
            idempotency_key = IdempotencyKey(derived_id("call", self.run.replay.scope, key))
            content = _text(tool.name, await function(visit.as_run, arguments, idempotency_key))
            is_error = False
        except TooLargeError:
            raise  # the model has no other way
        except RefusedError as refusal:
            content = refusal.message
        except StreamdError:
            raise
        except Exception:
            log.exception("tool_failed", run=self.run.record.run_id, tool=tool.name, call=key)
            content = (
                f"{tool.name} failed inside the daemon, and what it was to do may be done or not; "
                "go on without it, and say so"
            )
        if visit.conclusion:
            raise RunError(f"the tool {tool.name} cannot conclude its run: it returns what there is to say")
        return RecordedResult(content, is_error, visit.updates, tuple(self.items.calls.taken[before:]))


def _text(name: str, result: object) -> str:
    """Encode a result for the model. Raises RefusedError when it is too long."""
    text = result if isinstance(result, str) else orjson.dumps(result).decode()
    size = len(text.encode())
    if size > MOST_RESULT_BYTES:
        raise RefusedError(
            f"the result of {name} has {size:,} bytes, and may have {MOST_RESULT_BYTES:,}; ask for less"
        )
    return text
