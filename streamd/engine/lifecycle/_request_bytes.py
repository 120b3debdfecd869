"""The memory that requests take until their runs have ended, in the account of what waits, by group of askers."""

from typing import Final

import attrs
import orjson

from streamd.core.run import RunId, RunRequest
from streamd.engine.delivery import UserBytes, WaitingBytes
from streamd.engine.live import LiveRun
from streamd.errors import BusyError
from streamd.facts import define

_MEMORY_PER_BYTE: Final = 16
"""Memory that a context takes, for each of its bytes as JSON, about."""
_RETRY_MS: Final = 1000


@define
class RequestBytes:
    """Counts the requests of runs that wait or go on, and refuses what is too much.

    Runs go on when their clients have left, so it is the group that counts, not the connection: without authentication
    that is the workspace.
    """

    waiting: WaitingBytes
    _held: dict[RunId, tuple[UserBytes, int]] = attrs.field(factory=dict)

    def check_room(self, request: RunRequest) -> None:
        """Raise BusyError where the runs of the asker's group hold too much already, or the group of what all hold."""
        if not self._account(request).admits(_memory_of(request)):
            raise BusyError(
                "the requests that go on or wait are too long together; ask again when one of them has ended",
                retry_after_ms=_RETRY_MS,
            )

    def hold(self, run: LiveRun) -> None:
        """Count the request of a run; a no-op where it is counted already."""
        if run.record.run_id not in self._held:
            request = run.record.request
            account, size = self._account(request), _memory_of(request)
            account.add(size)
            self._held[run.record.run_id] = account, size

    def release(self, run: LiveRun) -> None:
        """Stop counting the request of a run; a no-op where it is not counted."""
        account, size = self._held.pop(run.record.run_id, (None, 0))
        if account is not None:
            account.remove(size)

    def _account(self, request: RunRequest) -> UserBytes:
        return self.waiting.of(("runs", request.asker.group))


def _memory_of(request: RunRequest) -> int:
    return _MEMORY_PER_BYTE * (len(request.user_input) + len(orjson.dumps(request.context)))
