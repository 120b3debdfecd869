"""Writes texts by rules, for the offline model: sentences are chosen from what is known, put in order and cited, never invented.

It is the English of the offline model: `streamd.language` offers it behind its port, and nothing else imports it. `compose`
answers each task of a prompt; `quality_of` measures copy, `destination_of` finds the place of a trip; `without_sources`,
`without_echoes` and `is_report` tell what of an earlier text can be used again.
"""

from streamd.writing.citations import without_sources
from streamd.writing.quality import quality_of
from streamd.writing.remembered_answers import is_report, without_echoes
from streamd.writing.task_texts import compose
from streamd.writing.trip import destination_of

__all__ = [
    "compose",
    "destination_of",
    "is_report",
    "quality_of",
    "without_echoes",
    "without_sources",
]
