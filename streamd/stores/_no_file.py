"""The part of `MemoryStore` about files, damage and restarts, of which a store in RAM has none, and about what it remembers of imports."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import attrs

from streamd.errors import StoreError
from streamd.facts import define


@define
class NoFile:
    """Never lost, never damaged, and empty after a restart."""

    _age_clock: bytes | None = None
    _import_keys: dict[tuple[str, str], str] = attrs.field(factory=dict)
    """By workspace and item type."""

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

    async def import_keys(self, workspace: str) -> Mapping[str, str]:
        return {kind: key for (place, kind), key in self._import_keys.items() if place == workspace}

    async def save_import_key(self, workspace: str, item_type: str, key: str) -> None:
        self._import_keys[workspace, item_type] = key

    async def forget_cached(self) -> None:
        pass

    async def give_back(self) -> bool:
        return False

    async def checkpoint(self) -> None:
        pass
