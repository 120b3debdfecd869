"""The part of `MemoryStore` about files, damage and restarts, of which a store in RAM has none."""

import asyncio
from pathlib import Path

import attrs

from streamd.errors import StoreError


@attrs.define
class NoFile:
    """Never lost, never damaged, and empty after a restart."""

    _age_clock: bytes | None = None

    @property
    def directory(self) -> Path | None:
        return None

    async def lost(self) -> StoreError:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    def unreadable(self, workspace: str, item_types: frozenset[str] | None = None) -> int:  # noqa: ARG002
        return 0

    async def age_clock(self) -> bytes | None:
        return self._age_clock

    async def save_age_clock(self, state: bytes) -> None:
        self._age_clock = state
