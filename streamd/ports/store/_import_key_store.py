"""The part of the store that remembers how imported rows are told apart."""

from collections.abc import Mapping
from typing import Protocol


class ImportKeyStore(Protocol):
    """Keys of imports: the field that made the ids of the rows, by item type."""

    async def import_keys(self, workspace: str) -> Mapping[str, str]:
        """Read the key of each item type whose rows were ever imported into a workspace."""

    async def save_import_key(self, workspace: str, item_type: str, key: str) -> None:
        """Remember the key of an item type, in place of the one before."""
