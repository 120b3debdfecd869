"""Composes the answer to a task."""

import json
from typing import assert_never

from streamd.core.tasks import Answer, Critique, Draft, Plan, Queries, Synthesize, WritingTask
from streamd.writing._answer_synthesis import synthesis_of
from streamd.writing._answering import answer_of
from streamd.writing._copywriting import copy_of
from streamd.writing._critique import critique_of
from streamd.writing._drafting import draft_of
from streamd.writing._planning import plan_of
from streamd.writing._querying import queries_of
from streamd.writing.quality import SECTIONS


def compose(task: WritingTask) -> str:
    """Compose the whole text of an answer; never empty."""
    match task:
        case Answer():
            return answer_of(task)
        case Synthesize():
            return synthesis_of(task)
        case Queries():
            return json.dumps({"queries": queries_of(task)}, ensure_ascii=False)
        case Plan():
            return plan_of(task)
        case Draft():
            return copy_of(task) if task.kind in SECTIONS else draft_of(task)
        case Critique():
            return critique_of(task)
        case _ as never:
            assert_never(never)
