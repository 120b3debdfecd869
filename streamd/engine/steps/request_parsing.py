"""Parses a request by the rules of the language, outside the event loop where it is long."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import attrs

from streamd.core.item import Item
from streamd.core.run import RunRequest
from streamd.core.tool_calls import PrimaryIntent, RequestSetting, Understanding, touched_by
from streamd.engine.live import LiveRun
from streamd.long_work import ITEMS
from streamd.ports.language import NO_PHRASES, NO_SETTING, Vocabulary

_ITEMS_IN_LOOP: Final = 300
"""The most items with which a request is parsed in the event loop; with more a thread does it, and nobody else waits."""
_CHARACTERS_IN_LOOP: Final = 100
"""The same for longer requests: they cost in proportion to their length, 50 ms for a page."""


async def understood(
    run: LiveRun,
    request: RunRequest,
    phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
    setting: RequestSetting = NO_SETTING,
) -> Understanding:
    """Return a request's meaning for the items as the run reads them; agents' phrases may match it."""
    run.check("read")
    services, changes = run.services, run.state.changes
    async with services.shared_items.vocabularies.newest(run.record.workspace) as (top, vocabulary):
        if changes.base is None:
            changes.base = top
        if changes.base == top and changes.reading is None:
            understanding = await _understood(run, request, vocabulary, phrases, setting)
            named = {one for call in understanding.calls for one in touched_by(call)}
            changes.read_names.update({one: vocabulary.name_of(one) for one in named})
            return _without_other_data(request, understanding)
    # The run has read the items before others, or it itself, changed them: they are as it read them.
    reading = await run.read_items()
    as_read = await ITEMS.run_to_end(
        _vocabulary_of, services.language.vocabulary(services.types), reading.stored
    )
    return _without_other_data(request, await _understood(run, request, as_read, phrases, setting))


async def _understood(
    run: LiveRun,
    request: RunRequest,
    vocabulary: Vocabulary,
    phrases: Mapping[PrimaryIntent, Sequence[str]],
    setting: RequestSetting,
) -> Understanding:
    understand = partial(vocabulary.understand, request.user_input, request.context, phrases, setting)
    await run.slices.rest()
    if len(vocabulary) > _ITEMS_IN_LOOP or len(request.user_input) > _CHARACTERS_IN_LOOP:
        return await ITEMS.run_to_end(understand)
    return understand()


def _vocabulary_of(vocabulary: Vocabulary, items: Sequence[Item]) -> Vocabulary:
    for item in items:
        vocabulary.put(item)
    return vocabulary


def _without_other_data(request: RunRequest, understanding: Understanding) -> Understanding:
    if request.brings_data:
        # An answer from the store's items says nothing about other data: the agent's findings do.
        return attrs.evolve(understanding, reply="", matched=())
    return understanding
