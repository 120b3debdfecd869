"""Understanding a request by the rules of the language, beside the event loop where there is much to look at."""

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
"""With more items than this a request is understood in a thread, so that nobody else waits for it."""
_CHARACTERS_IN_LOOP: Final = 100
"""The same for longer requests: they cost in proportion to their length, 50 ms for a page."""
_GIVEN_DATA: Final = ("inventory_data", "supplier_data", "historical_data")
"""Keys of a context with data to analyse instead of the store's."""


async def understood(
    run: LiveRun, request: RunRequest, phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES
) -> Understanding:
    """What a request means, on the items as the run reads them; it may mean an agent by one of these phrases."""
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
    if any(request.context.get(name) is not None for name in _GIVEN_DATA):
        # An answer from the store's items is none about other data: what the agent finds there is.
        return attrs.evolve(understanding, reply="", matched=())
    return understanding
