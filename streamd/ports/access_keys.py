"""The keys of access, a port: they are kept where the daemon keeps its journal, and changed by commands beside it."""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.access.access_keys import AccessKey


class AccessKeys(Protocol):
    """Reads the keys. Every method may raise StoreError."""

    async def change(self) -> int:
        """A number that is another one whenever a key was made or revoked since."""

    async def keys(self) -> Sequence[AccessKey]:
        """All keys, those that open nothing any more, too."""


class NoAccessKeys:
    """For daemons that ask nobody for a token."""

    async def change(self) -> int:
        """Nothing changes."""
        return 0

    async def keys(self) -> Sequence[AccessKey]:
        """There are none."""
        return ()
