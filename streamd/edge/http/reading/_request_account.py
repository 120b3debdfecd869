"""The part of a connection in the account of what waits: bodies that are read, and answers that are not."""

from collections.abc import Callable

from streamd.engine.delivery import UserBytes
from streamd.errors import BusyError
from streamd.facts import define


@define(eq=False)
class RequestAccount:
    """Accounts for the request of a connection until it is answered, and for an answer until the client reads it."""

    usual: Callable[[], UserBytes]
    """The account of a connection of which nobody has asked yet who it is."""
    _account: UserBytes | None = None
    _held: int = 0
    _unread: int = 0

    def hold(self, account: UserBytes, size: int) -> None:
        """Account for so much more of the request, until `release`. Raises BusyError where too much waits."""
        account.remove(self._held)
        is_admitted = account.admits(self._held + size)  # a request that is all there is may be of any size
        self._held += size if is_admitted else 0
        account.add(self._held)
        self._account = account
        if not is_admitted:
            raise BusyError("too much waits already; send this again in a moment", retry_after_ms=1000)

    def release(self) -> None:
        """Account for nothing of the request any more: it is answered."""
        if self._account is not None:
            self._account.remove(self._held)
        self._held = 0
        self._forget()

    def count_unread(self, size: int) -> None:
        """Account for so much of an answer that the client does not read."""
        if size == self._unread:
            return
        account = self._account = self._account or self.usual()
        account.remove(self._unread)
        account.add(size)
        self._unread = size
        self._forget()

    def _forget(self) -> None:
        if not self._held and not self._unread:
            self._account = None
