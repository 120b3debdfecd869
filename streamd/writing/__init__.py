"""Writes texts by rules, for the offline model: sentences are chosen from what is known, put in order and cited, never invented.

One function for each task of a prompt: `answer_of`, `synthesis_of`, `plan_of`, `draft_of`, `critique_of`, `queries_of` and
`copy_of`, whose sections `quality_of` measures.
"""

from streamd.writing.answer_synthesis import synthesis_of
from streamd.writing.answering import answer_of
from streamd.writing.citations import split_sources, without_marks
from streamd.writing.copywriting import copy_of
from streamd.writing.critique import critique_of
from streamd.writing.drafting import draft_of
from streamd.writing.planning import plan_of
from streamd.writing.quality import SECTIONS, Quality, quality_of
from streamd.writing.querying import queries_of
from streamd.writing.remembered_answers import is_report, without_echoes
from streamd.writing.sentence_splitting import with_full_stop
from streamd.writing.text_chunks import chunks_of, unstreamed_rest
from streamd.writing.trip import trip_of

__all__ = [
    "SECTIONS",
    "Quality",
    "answer_of",
    "chunks_of",
    "copy_of",
    "critique_of",
    "draft_of",
    "is_report",
    "plan_of",
    "quality_of",
    "queries_of",
    "split_sources",
    "synthesis_of",
    "trip_of",
    "unstreamed_rest",
    "with_full_stop",
    "without_echoes",
    "without_marks",
]
