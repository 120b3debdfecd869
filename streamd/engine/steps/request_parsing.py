"""Parses a request by the rules of the language, outside the event loop where it is long."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import attrs

from streamd.core.run import RunRequest
from streamd.core.tool_calls import PrimaryIntent, Understanding, touched_by
from streamd.engine.live import LiveRun, in_thread
from streamd.ports.language import NO_PHRASES

_ITEMS_IN_LOOP: Final = 300
"""The most items with which a request is parsed in the event loop; with more a thread does it, and nobody else waits."""
_CHARACTERS_IN_LOOP: Final = 100
"""The same for longer requests: they cost in proportion to their length, 50 ms for a page."""
_GIVEN_DATA: Final = ("inventory_data", "supplier_data", "historical_data")
"""Keys of a context that brings its own data to analyse."""


async def understood(
    run: LiveRun, request: RunRequest, phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES
) -> Understanding:
    """Return a request's meaning for the items as the run reads them; agents' phrases may match it."""
    run.check("read")
    services, changes = run.services, run.state.changes
    async with services.shared_items.vocabularies.newest(run.record.workspace) as (top, vocabulary):
        if changes.base is None:
            changes.base = top
        understand = partial(vocabulary.understand, request.user_input, request.context, phrases)
        await services.parse_throttle.turn()
        if len(vocabulary) > _ITEMS_IN_LOOP or len(request.user_input) > _CHARACTERS_IN_LOOP:
            understanding = await in_thread(understand)
        else:
            understanding = understand()
        named = {one for call in understanding.calls for one in touched_by(call)}
        changes.read_names.update({one: vocabulary.name_of(one) for one in named})
    if any(request.context.get(name) is not None for name in _GIVEN_DATA):
        # An answer from the store's items says nothing about other data: the agent's findings do.
        return attrs.evolve(understanding, reply="", matched=())
    return understanding
