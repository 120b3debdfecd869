"""The fair queue: a bound on concurrent work, shared fairly among those who ask for it."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from streamd.core.principal import Asker
from streamd.facts import define

_RESERVED: Final = 10
"""One place in so many is kept from whoever holds all the others …"""
_FOR_NEWCOMERS: Final = 20
"""… and one in so many from all who hold any, however many they are."""


@define
class _LinePlace:
    """A place in the line."""

    told: Callable[[int], None]
    number: int
    """As it was told last."""


class FairQueue:
    """Grants slots in turn: whoever has a hundred requests does not delay one with a single request."""

    def __init__(self, places: int, *, per_user: int) -> None:
        self._free = places
        self._per_user = per_user
        self._for_newcomers = places // _FOR_NEWCOMERS
        self._per_group = places - places // _RESERVED - self._for_newcomers
        self._held: dict[Asker, int] = {}
        self._held_by_group: dict[str, int] = {}
        self._waiting: OrderedDict[str, OrderedDict[Asker, deque[asyncio.Future[None]]]] = OrderedDict()
        """Waiting tasks by group and asker; those whose turn is next come first."""
        self._line: dict[asyncio.Future[None], _LinePlace] = {}
        """The same in the order of arrival."""

    @asynccontextmanager
    async def slot(self, asker: Asker, told: Callable[[int], None]) -> AsyncIterator[None]:
        """Hold a slot for as long as the block lasts.

        Whoever has to wait is `told` the place in the line, from 1, and again when it has halved. That is the order of
        arrival; turns may come sooner or later.
        """
        await self._take(asker, told)
        try:
            yield
        finally:
            self._give_back(asker)

    async def _take(self, asker: Asker, told: Callable[[int], None]) -> None:
        if asker not in self._waiting.get(asker.group, ()) and self._may(asker):
            self._hold(asker)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asker.group, OrderedDict()).setdefault(asker, deque()).append(turn)
        self._line[turn] = _LinePlace(told, len(self._line) + 1)
        told(len(self._line))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._give_back(asker)  # the slot was granted in the same moment
            elif (users := self._waiting.get(asker.group)) and turn in users.get(asker, ()):
                users[asker].remove(turn)
                self._tidy(asker)
            raise
        finally:
            self._leave_line(turn)

    def _leave_line(self, turn: asyncio.Future[None]) -> None:
        del self._line[turn]
        for number, place in enumerate(self._line.values(), 1):
            if number * 2 <= place.number:
                place.number = number
                place.told(number)

    def _may(self, asker: Asker) -> bool:
        held_by_group = self._held_by_group.get(asker.group, 0)
        return (
            self._free > (self._for_newcomers if held_by_group else 0)
            and self._held.get(asker, 0) < self._per_user
            and held_by_group < self._per_group
        )

    def _hold(self, asker: Asker) -> None:
        self._free -= 1
        self._held[asker] = self._held.get(asker, 0) + 1
        self._held_by_group[asker.group] = self._held_by_group.get(asker.group, 0) + 1

    def _give_back(self, asker: Asker) -> None:
        self._free += 1
        self._held[asker] -= 1
        if not self._held[asker]:
            del self._held[asker]
        self._held_by_group[asker.group] -= 1
        if not self._held_by_group[asker.group]:
            del self._held_by_group[asker.group]
        self._hand_out()

    def _tidy(self, asker: Asker) -> None:
        users = self._waiting[asker.group]
        if not users[asker]:
            del users[asker]
        if not users:
            del self._waiting[asker.group]

    def _hand_out(self) -> None:
        while self._free:
            asker = next((one for users in self._waiting.values() for one in users if self._may(one)), None)
            if asker is None:
                return
            turn = self._waiting[asker.group][asker].popleft()
            if not turn.done():  # its task may have been cancelled a moment ago
                self._hold(asker)
                self._waiting[asker.group].move_to_end(asker)
                self._waiting.move_to_end(asker.group)
                turn.set_result(None)
            self._tidy(asker)
