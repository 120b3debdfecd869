"""Writes critiques of drafts: the results of repeatable checks, good points and missing ones."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from streamd.core.tasks import Critique
from streamd.writing._composition import composition_of
from streamd.writing._draft_checks import (
    Finding,
    Subject,
    check_length,
    check_open_parts,
    check_repetition,
    check_sections,
    check_sentence_lengths,
    check_sources,
    check_topic,
)
from streamd.writing._outline import sections_in
from streamd.writing._planning import TRIP, sections_for
from streamd.writing._remarks import Remark, critique_text
from streamd.writing._trip_checks import check_budget, check_days, check_interests, check_practical
from streamd.writing.trip import trip_of

_Check: TypeAlias = Callable[[Subject], Iterator[Finding]]
_OF_TRIPS: Final[tuple[_Check, ...]] = (
    check_days,
    check_budget,
    check_interests,
    check_practical,
)
_OF_ANY: Final[tuple[_Check, ...]] = (
    check_sections,
    check_open_parts,
    check_sources,
    check_repetition,
    check_length,
    check_sentence_lengths,
)
_OF_TEXTS: Final[tuple[_Check, ...]] = (check_topic,)


def critique_of(task: Critique) -> str:
    """Criticise a draft: its good points, and missing ones as instructions."""
    if not task.draft.strip():
        return critique_text([], [Remark("there is no text yet", "Length")])
    trip = trip_of(task.topic, task.brief) if task.kind == TRIP else None
    planned = sections_in(task.plan) or sections_for(task.kind, task.topic, task.brief)
    subject = Subject(composition_of(task.draft), planned, task.topic, trip)
    applied = (*(_OF_TRIPS if trip else _OF_TEXTS), *_OF_ANY)
    found = [finding for check in applied for finding in check(subject)]
    return critique_text([one for good, one in found if good], [one for good, one in found if not good])
