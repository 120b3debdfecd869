"""Resync: inserts a snapshot in band for a cursor whose position the journal no longer holds."""

import asyncio
from itertools import count
from typing import Final

import structlog

from streamd.core.item import Seq
from streamd.core.position import workspace_of
from streamd.core.principal import Asker, Flow
from streamd.engine.delivery.catch_up import CatchUp
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.delivery.snapshot_cache import Snapshots
from streamd.errors import BusyError, StoreError
from streamd.ports.store import working_for

log = structlog.get_logger(__name__)

_RETRY_SECONDS: Final = 1.0


async def resync_lost(catch_up: CatchUp, snapshots: Snapshots) -> None:
    """Resync the cursors that catch-up reports as lost until cancelled."""
    numbers = count()
    async with asyncio.TaskGroup() as tasks:
        while True:
            # Each in a task of its own, as if it were another user: one may wait long for its view.
            with working_for(Flow(Asker("resync", str(next(numbers))), is_kept=True)):
                tasks.create_task(_resync_one(*await catch_up.lost.get(), snapshots), name="resync one")


async def _resync_one(outbox: Outbox, cursor: Cursor, snapshots: Snapshots) -> None:
    while not outbox.closed:
        try:
            await _resync(outbox, cursor, snapshots)
        except BusyError as error:
            log.info("resync_waits", stream=cursor.stream.name, reason=error.message)
            await asyncio.sleep(_RETRY_SECONDS)
        except StoreError as error:
            log.error("resync_failed", stream=cursor.stream.name, reason=error.message)  # noqa: TRY400
            outbox.sink.fail()
            return
        else:
            return


async def _resync(outbox: Outbox, cursor: Cursor, snapshots: Snapshots) -> None:
    kind = cursor.stream.kind
    if kind == "feed":
        # On a feed the newest broadcast replaces the older ones: skip to the window.
        cursor.position = Seq(cursor.stream.window.first - 1)
        cursor.awaits_block = False
        outbox.flush_soon()
        return
    if kind == "run":
        outbox.remove(cursor.stream)  # a run that ended so long ago that it was trimmed
        return
    while True:
        only = cursor.only
        pages = await snapshots.pages(
            workspace_of(cursor.stream.name),
            None if only is None else only.view,
            at_least=Seq(max(cursor.stream.window.first - 1, cursor.position + 1)),
            reason="trimmed",
        )
        if cursor.only == only:
            break  # else the filter was changed meanwhile
    cursor.position = pages.seq
    # Snapshots that the client asked for keep their places: they are answers.
    cursor.insert(pages.seq, pages.payloads)
    cursor.awaits_block = False
    outbox.flush_soon()
