"""Housekeeping: removes what exceeds the retention limits, in small slices."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final

import structlog

from streamd.engine.journal import Ages, Journal
from streamd.engine.lifecycle import Interrupts, Runs, recover
from streamd.errors import DrainingError, StreamdError
from streamd.ports.store import Retention, RetentionStore

log = structlog.get_logger(__name__)

_UNUSED_SECONDS: Final = 4.0
"""How long what nobody uses (snapshots, past items, windows of streams, blocks) stays in memory, at most twice this."""

_DAY_MS: Final = 86_400_000


async def run_housekeeping(
    *,
    store: RetentionStore,
    journal: Journal,
    forget_unused: Sequence[Callable[[], None]],
    ages: Ages,
    retain_entries: int,
    retain_seconds: float,
    retain_checkpoints: int,
    retain_usage_days: int,
    op_retain_seconds: float,
    max_memories: int,
    runs: Runs,
    interrupts: Interrupts,
    every_seconds: float,
) -> None:
    """Trim the journal, expire interrupts and take over abandoned runs at intervals until cancelled."""
    loop = asyncio.get_running_loop()
    next_trim = loop.time() + every_seconds
    while True:
        await asyncio.sleep(min(_UNUSED_SECONDS, every_seconds))
        for forget in forget_unused:
            forget()
        await store.forget_cached()
        if loop.time() < next_trim:
            continue
        next_trim = loop.time() + every_seconds
        try:
            await ages.advance()
            now_ms = ages.now_ms
            removed = await _trim(
                store,
                journal,
                Retention(
                    entries=retain_entries,
                    oldest_ms=now_ms - int(retain_seconds * 1000),
                    results_oldest_ms=now_ms - int(op_retain_seconds * 1000),
                    now_ms=now_ms,
                    memories=max_memories,
                    checkpoints=retain_checkpoints,
                    usage_day=ages.clock.text(now_ms - retain_usage_days * _DAY_MS)[:10],
                ),
            )
            while await store.give_back():
                await journal.room()
            await interrupts.expire(now_ms)
            if not runs.is_draining:
                await recover(runs)
            if not journal.busy:
                await store.checkpoint()
        except DrainingError:
            continue  # the next start resumes it
        except StreamdError as error:
            log.error("trim_failed", reason=error.message)  # noqa: TRY400
        else:
            if removed:
                log.info("journal_trimmed", entries=removed)


async def _trim(store: RetentionStore, journal: Journal, retention: Retention) -> int:
    """Remove what exceeds the retention limits; returns the number of removed entries."""
    removed = 0
    async with aclosing(store.removals(retention)) as slices:
        async for removals in slices:
            await journal.room()
            await journal.remove(removals)
            removed += sum(removal.entries for removal in removals)
    return removed
