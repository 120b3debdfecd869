"""Agents, and the run that an agent works in.

Above: an agent, one file, an async generator that yields what it tells. Below: the engine, which commits what is told and
carries out what is asked. An agent awaits to ask and yields to tell; it never sees a socket or a store.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.run import Response, RunId, RunRequest
from streamd.core.tool_calls import PrimaryIntent, ToolCall, Understanding


@attrs.define
class Outcome:
    """What a run did to items, in the order it was done."""

    added: list[ItemId] = attrs.field(factory=list)
    removed: list[ItemId] = attrs.field(factory=list)
    changed: list[ItemId] = attrs.field(factory=list)
    refused: list[str] = attrs.field(factory=list)
    """For people: what was not done, and why."""


class Run(Protocol):
    """One execution of an agent for one request."""

    @property
    def run_id(self) -> RunId:
        """The run's own id."""

    @property
    def request(self) -> RunRequest:
        """What was asked for, by whom, where."""

    @property
    def understanding(self) -> Understanding:
        """What the request means."""

    @property
    def types(self) -> ItemTypes:
        """The declared item types."""

    @property
    def outcome(self) -> Outcome:
        """What the run has done so far."""

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """The workspace's items (of these types), in the order they were added.

        They are read once, so that everything the run does rests on one state: what somebody else changed since is a
        conflict, and left alone. `fresh` reads them again; from then on that is the state.
        """

    async def demand(self) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Demand history: (date, quantity) per item, oldest first."""

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Do something to items, in order, one by one for everyone to see, and tell about each.

        A change that is refused (somebody was faster, a rule forbids it) is told and does not stop the rest. Returns
        what these calls did.
        """


Steps: TypeAlias = Callable[[Run], AsyncGenerator[Response, None]]


@attrs.frozen
class Agent:
    """An agent as the daemon knows it."""

    name: str
    """How requests choose it: `{"type": "user_request", "agent": name}`."""
    steps: Steps
    """What it does: an async generator over a run. When it ends, the run completes."""
    intents: frozenset[PrimaryIntent] = frozenset()
    """Requests that come to it when none is chosen."""
    agent_id: str = ""
    """How events name it; its name when empty."""
    description: str = ""
