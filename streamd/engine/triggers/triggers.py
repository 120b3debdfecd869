"""All triggers of the daemon, opened where they stood."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import structlog

from streamd.core.position import workspace_stream
from streamd.core.triggers.declarations import ActiveTrigger
from streamd.core.triggers.trigger import TriggerMove, TriggerPosition
from streamd.engine.delivery import Hub
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle import Runs
from streamd.engine.triggers._event_trigger import EventTrigger
from streamd.engine.triggers._schedule_trigger import ScheduleTrigger
from streamd.engine.triggers._trigger_place import TriggerPlace
from streamd.errors import DrainingError, StreamdError

log = structlog.get_logger(__name__)

_RETRY_SECONDS: Final = 1.0

AtWork: TypeAlias = EventTrigger | ScheduleTrigger


class Triggers:
    """Follows events and schedules for every declared trigger, in each of its workspaces."""

    def __init__(self, runs: Runs, hub: Hub, declared: Mapping[str, ActiveTrigger]) -> None:
        self.declared: Final = declared
        self._runs = runs
        self._hub = hub
        self._at_work: list[AtWork] = []

    async def open(self) -> None:
        """Read where the triggers stand. A new one begins with the next event or due time; others are forgotten.

        Called before runs are recovered, so that those of triggers are counted.
        """
        services = self._runs.services
        stored = {one.key: one for one in await services.store.trigger_positions()}
        for workspace, active in self._places():
            before = stored.pop((workspace, active.name), None)
            position = await self._begun(active, workspace, before)
            if position != before:
                await self._move(TriggerMove(before, position))
            self._at_work.append(self._made(TriggerPlace(active, position, self._runs)))
        for gone in stored.values():
            await self._move(TriggerMove(gone, None))
        for one in self._at_work:
            self._runs.watch(one, one.place.workspace, one.place.take)

    def _places(self) -> Iterator[tuple[str, ActiveTrigger]]:
        for active in self.declared.values():
            for workspace in dict.fromkeys(active.trigger.workspaces):
                yield workspace, active

    async def _begun(
        self, active: ActiveTrigger, workspace: str, stored: TriggerPosition | None
    ) -> TriggerPosition:
        """The position to go on from: where the trigger stood, unless it is of another kind by now."""
        services, schedule = self._runs.services, active.schedule
        wanted = "" if schedule is None else schedule.fingerprint
        is_same = stored is not None and stored.schedule == wanted
        if stored is not None and is_same and (schedule is None or active.trigger.catch_up):
            return stored
        if schedule is None:
            top = (await services.store.span(workspace_stream(workspace))).top
            return TriggerPosition(workspace, active.name, seq=top)
        since = stored.due_ms if stored is not None and is_same else 0
        due_ms = max(services.clock.now_ms(), since)
        return TriggerPosition(workspace, active.name, due_ms=due_ms, schedule=wanted)

    async def _move(self, move: TriggerMove) -> None:
        await self._runs.services.journal.persist(move.key[0], RunUpdates(trigger=move))

    def _made(self, place: TriggerPlace) -> AtWork:
        match, schedule = place.active.match, place.active.schedule
        if match is not None:
            return EventTrigger(place, match, self._hub)
        if schedule is None:
            raise ValueError(f"trigger {place.name} has neither events nor a schedule")
        return ScheduleTrigger(place, schedule, self._runs.services.clock)

    def slowed(self) -> Mapping[str, Mapping[str, str]]:
        """Return when triggers that `max_per_minute` has wait start their next runs, as RFC 3339, by trigger and workspace."""
        found: dict[str, dict[str, str]] = {}
        for place in (one.place for one in self._at_work):
            if place.slowed_until_ms:
                until = self._runs.services.clock.text(place.slowed_until_ms)
                found.setdefault(place.name, {})[place.workspace] = until
        return found

    async def run(self) -> None:
        """Do the work of all triggers until cancelled, or until the daemon stops."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._at_work:
                tasks.create_task(_kept_up(one), name=f"trigger {one.place.name}")

    async def settled(self) -> None:
        """Wait until no trigger has anything to do and none of their runs is going on; for tests."""
        while True:
            await self._runs.services.journal.flushed()
            running = [run for one in self._at_work for run in one.place.running]
            busy = [one for one in self._at_work if not one.is_settled]
            if not running and not busy:
                return
            for run in running:
                await run.control.ended.wait()
            for one in busy:
                await one.idle.wait()
            await asyncio.sleep(0)


async def _kept_up(one: AtWork) -> None:
    """Do the work of a trigger; what fails just now is tried again, from where the trigger stands then."""
    while True:
        try:
            await one.run()
        except DrainingError:
            return  # the next start goes on from here
        except StreamdError as error:
            log.warning(
                "trigger_waits", trigger=one.place.name, workspace=one.place.workspace, reason=error.message
            )
        await asyncio.sleep(_RETRY_SECONDS)
        try:
            await one.place.reload()
        except StreamdError as error:
            log.warning(
                "trigger_waits", trigger=one.place.name, workspace=one.place.workspace, reason=error.message
            )
