"""The fair queue: a bound on how many run at a time, shared among users whoever asks most."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairQueue:
    """Gives places. Users take turns: who asks for a hundred waits behind whoever asks for one."""

    def __init__(self, places: int, *, per_user: int) -> None:
        self._free = places
        self._per_user = per_user
        self._held: dict[str, int] = {}
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Who waits, the user whose turn it is first."""

    @asynccontextmanager
    async def slot(self, user: str) -> AsyncIterator[None]:
        """A place for as long as the block lasts."""
        await self._take(user)
        try:
            yield
        finally:
            self._give_back(user)

    async def _take(self, user: str) -> None:
        if user not in self._waiting and self._may(user):
            self._hold(user)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(user)  # it was given in the same moment
            else:
                self._leave(user, turn)
            raise

    def _may(self, user: str) -> bool:
        return self._free > 0 and self._held.get(user, 0) < self._per_user

    def _hold(self, user: str) -> None:
        self._free -= 1
        self._held[user] = self._held.get(user, 0) + 1

    def _give_back(self, user: str) -> None:
        self._free += 1
        self._held[user] -= 1
        if not self._held[user]:
            del self._held[user]
        self._hand_out()

    def _leave(self, user: str, turn: "asyncio.Future[None]") -> None:
        self._waiting[user].remove(turn)
        if not self._waiting[user]:
            del self._waiting[user]

    def _hand_out(self) -> None:
        while self._free:
            user = next((user for user in self._waiting if self._may(user)), None)
            if user is None:
                return
            turn = self._waiting[user].popleft()
            self._hold(user)
            self._waiting.move_to_end(user)
            if not self._waiting[user]:
                del self._waiting[user]
            turn.set_result(None)
