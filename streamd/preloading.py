"""Imports what only runs need after the daemon is ready: a start would wait for it a quarter of a second."""

import functools
import gc
from typing import TYPE_CHECKING, cast

from streamd.ports.language import Language

if TYPE_CHECKING:
    from streamd.language import English


@functools.cache
def _english() -> "English":
    from streamd.language import English

    return English()


class _EnglishOnFirstUse:
    """Has the attributes of `English`, and imports it when one of them is used."""

    def __getattr__(self, name: str) -> object:
        value = getattr(_english(), name)
        setattr(self, name, value)  # found without this detour from now on; English has no state
        return value


def english_on_first_use() -> Language:
    """English, not yet imported: what uses it on the event loop waits for `load_rooms` first."""
    return cast("Language", _EnglishOnFirstUse())


def load_rooms() -> None:
    """Import the rooms that no start needs. In a thread: together they take longer than the event loop may wait."""
    import fastjsonschema  # noqa: F401

    import streamd.analysis
    import streamd.engine.steps
    import streamd.forecasting
    import streamd.tables
    import streamd.wire.schemas  # noqa: F401

    _english()
    gc.freeze()  # as `collect_seldom` did with what was there before: classes and functions stay to the end
