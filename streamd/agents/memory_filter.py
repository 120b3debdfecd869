"""Recollection: which memories may be told to whom, and how much of them answers anything."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.memory import REPORT, Memory, may_read
from streamd.ports.agent import Run
from streamd.writing import is_report, without_echoes

_ASKED_FOR: Final = 20
"""Memories looked through, as some are other people's or say nothing."""
_KEPT: Final = 5
_EXCHANGES: Final = frozenset({"interaction", "collaboration"})
"""Kinds whose text is a question, a line break, and its answer."""


@attrs.frozen
class RelevantMemory:
    """Something remembered that bears on a question."""

    answer: str
    """What was found then, without what was asked."""
    question: str = ""
    """What was asked then; empty where nobody asked."""

    @property
    def told(self) -> str:
        """Question and answer, set apart, for a language model."""
        return f"Asked “{self.question}”, the answer was: {self.answer}" if self.question else self.answer


async def relevant_memories_of(run: Run, question: str) -> list[RelevantMemory]:
    """What bears on the question: what requester and agent said to each other, and findings; of nobody else's talk."""
    memories = await run.recall(question, limit=_ASKED_FOR)
    return relevant_memories(memories, question, run.request.user_id)[:_KEPT]


def relevant_memories(memories: Sequence[Memory], question: str, user_id: str) -> list[RelevantMemory]:
    """Of these memories what may be told, best first as they come. Preferences are known elsewhere and left out."""
    found = []
    for memory in memories:
        if memory.kind == "preference" or not may_read(memory, user_id):
            continue
        asked, _, text = memory.text.partition("\n") if memory.kind in _EXCHANGES else ("", "", memory.text)
        if asked and asked.casefold().strip() == question.casefold().strip():
            continue  # that the same was asked before adds nothing
        answer = without_echoes(text)
        if answer and not _is_report(memory, answer):
            found.append(RelevantMemory(answer, asked))
    return found


def _is_report(memory: Memory, answer: str) -> bool:
    """Whether it only tells what was done then, or noted of somebody: that answers no question asked later."""
    marked = memory.data.get(REPORT)
    # Exchanges from before runs said so are judged by their words.
    return marked if isinstance(marked, bool) else memory.kind in _EXCHANGES and is_report(answer)
