"""Parses a request by the rules of the language, outside the event loop where it is long."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import attrs

from streamd.core.run import RunRequest
from streamd.core.tool_calls import PrimaryIntent, Understanding
from streamd.engine.live import LiveRun
from streamd.ports.language import NO_PHRASES

_ITEMS_IN_LOOP: Final = 300
"""The most items with which a request is parsed in the event loop; with more a thread does it, and nobody else waits."""
_CHARACTERS_IN_LOOP: Final = 100
"""The same for longer requests: they cost in proportion to their length, 50 ms for a page."""


async def understood(
    run: LiveRun, request: RunRequest, phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES
) -> Understanding:
    """Return a request's meaning for the items as the run reads them; agents' phrases may match it."""
    reading = await run.read_items()
    items, types = reading.items, run.services.types
    understand = partial(
        run.services.language.understand, request.user_input, request.context, items, types, phrases
    )
    await run.services.parse_throttle.turn()
    if len(items) > _ITEMS_IN_LOOP or len(request.user_input) > _CHARACTERS_IN_LOOP:
        understanding = await asyncio.to_thread(understand)
    else:
        understanding = understand()
    if request.brings_data:
        # An answer from the store's items says nothing about other data: the agent's findings do.
        return attrs.evolve(understanding, reply="", matched=())
    return understanding
