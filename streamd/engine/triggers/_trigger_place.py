"""A trigger in one workspace: where it stands, and how it starts runs within its limits."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

import attrs
import structlog

from streamd.core.run import RunRequest, TriggerCause
from streamd.core.triggers.declarations import ActiveTrigger
from streamd.core.triggers.trigger import TriggerMove, TriggerPosition
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle import Runs, start_triggered
from streamd.engine.live import LiveRun
from streamd.errors import RunError, TriggerChainError
from streamd.facts import define

log = structlog.get_logger(__name__)

_MINUTE_SECONDS: Final = 60.0


@define(eq=False)
class TriggerPlace:
    """Starts the runs of a trigger in a workspace, one after the other."""

    active: ActiveTrigger
    position: TriggerPosition
    runs: Runs
    running: set[LiveRun] = attrs.field(factory=set)
    """Runs of the trigger that have not ended, also those that were resumed."""
    slowed_until_ms: int = 0
    """When it may start its next run, while it waits for that because of `max_per_minute`; else 0."""
    _freed: asyncio.Event = attrs.field(factory=asyncio.Event)
    _started: deque[float] = attrs.field(init=False)
    """Times of its last starts, on the loop's clock: as many as there may be within a minute."""

    @_started.default
    def _no_starts(self) -> deque[float]:
        return deque(maxlen=self.active.trigger.max_per_minute)

    @property
    def workspace(self) -> str:
        """The workspace."""
        return self.position.workspace

    @property
    def name(self) -> str:
        """Name of the trigger."""
        return self.active.name

    def take(self, run: LiveRun) -> None:
        """Count a run that has begun, if the trigger started it."""
        task = run.control.task
        if run.record.trigger == self.name and task is not None:
            self.running.add(run)
            task.add_done_callback(lambda _: self._release(run))

    def _release(self, run: LiveRun) -> None:
        self.running.discard(run)
        self._freed.set()

    async def room(self) -> None:
        """Wait until another run may start: not too many are running, and not too many were started within a minute."""
        trigger, loop = self.active.trigger, asyncio.get_running_loop()
        is_told = False
        while True:
            if len(self.running) >= trigger.max_running:
                self._freed.clear()
                await self._freed.wait()
                continue
            wait = 0.0
            if len(self._started) == trigger.max_per_minute:
                wait = self._started[0] + _MINUTE_SECONDS - loop.time()
            if wait <= 0:
                return
            if not is_told:
                log.warning(
                    "trigger_slowed", trigger=self.name, workspace=self.workspace,
                    max_per_minute=trigger.max_per_minute, seconds=round(wait, 1),
                )  # fmt: skip
                is_told = True
            self.slowed_until_ms = self.runs.services.clock.now_ms() + round(wait * 1000)
            try:
                await asyncio.sleep(wait)
            finally:
                self.slowed_until_ms = 0

    async def start(self, after: TriggerPosition, cause: TriggerCause, told: Mapping[str, object]) -> None:
        """Start a run and move the trigger, in one commit; one whose chain is too long fails before it begins.

        `told` stands in the context of its request, as `trigger`. Raises as `start_triggered`.
        """
        trigger = self.active.trigger
        request = RunRequest(
            trigger.request,
            {**trigger.context, "trigger": {"name": self.name, **told}},
            trigger.user_id,
            self.workspace,
            agent=trigger.agent,
            trigger=cause,
            principal=trigger.principal,
        )
        refusal: RunError | None = None
        if len(cause.chain) > trigger.max_chain:
            refusal = TriggerChainError(
                f"{trigger.max_chain} runs of triggers have led to each other ({', '.join(cause.chain[:-1])}), "
                f"so trigger {self.name} stops here; look whether they go round in a circle, "
                f"or allow more in triggers.{self.name}.max_chain"
            )
        run_id = await start_triggered(self.runs, request, TriggerMove(self.position, after), refusal)
        self.position = after
        self._started.append(asyncio.get_running_loop().time())
        if refusal is None:
            log.info("trigger_fired", trigger=self.name, workspace=self.workspace, run=run_id)
        else:
            log.warning(
                "trigger_chain_cut", trigger=self.name, workspace=self.workspace, run=run_id,
                chain=list(cause.chain), max_chain=trigger.max_chain,
            )  # fmt: skip

    async def pass_over(self, after: TriggerPosition) -> None:
        """Move the trigger without starting a run. Raises the refusal."""
        updates = RunUpdates(trigger=TriggerMove(self.position, after))
        await self.runs.services.journal.persist(self.workspace, updates)
        self.position = after

    async def reload(self) -> None:
        """Read where the trigger stands: a write that failed may have been committed all the same."""
        for found in await self.runs.services.store.trigger_positions():
            if found.key == self.position.key:
                self.position = found
