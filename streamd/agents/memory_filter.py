"""Filters memories: who may read which, and which of them answer anything."""

from collections.abc import Sequence
from typing import Final

from streamd.core.memory import REPORT, Memory, may_read
from streamd.facts import frozen
from streamd.ports.agent import Run
from streamd.ports.language import Language

_ASKED_FOR: Final = 20
"""Memories searched, as some belong to other users or answer nothing."""
_KEPT: Final = 5
_EXCHANGES: Final = frozenset({"interaction", "collaboration"})
"""Kinds whose text is a question, a line break, and its answer."""


@frozen
class RelevantMemory:
    """A memory that bears on a question."""

    answer: str
    """The answer from then, without its question."""
    question: str = ""
    """The question from then; empty where nobody asked."""

    @property
    def as_text(self) -> str:
        """Question and answer, quoted, for a language model."""
        return f"Asked “{self.question}”, the answer was: {self.answer}" if self.question else self.answer


async def relevant_memories_of(run: Run, question: str) -> list[RelevantMemory]:
    """Load memories about the question: exchanges of requester and agent, and findings; no other user's."""
    memories = await run.recall(question, limit=_ASKED_FOR)
    return relevant_memories(memories, question, run.request.user_id, run.language)[:_KEPT]


def relevant_memories(
    memories: Sequence[Memory], question: str, user_id: str, language: Language
) -> list[RelevantMemory]:
    """Select the readable memories, in their order. Preferences are loaded elsewhere and left out."""
    relevant = []
    for memory in memories:
        if memory.kind == "preference" or not may_read(memory, user_id):
            continue
        old_question, _, text = (
            memory.text.partition("\n") if memory.kind in _EXCHANGES else ("", "", memory.text)
        )
        if old_question and old_question.casefold().strip() == question.casefold().strip():
            continue  # a repeated question adds nothing
        answer = language.without_echoes(text)
        if answer and not _is_report(memory, answer, language):
            relevant.append(RelevantMemory(answer, old_question))
    return relevant


def _is_report(memory: Memory, answer: str, language: Language) -> bool:
    """Check whether a memory only reports actions or notes: such a memory answers no later question."""
    marked = memory.data.get(REPORT)
    # Older exchanges lack that mark and are judged by their words.
    return marked if isinstance(marked, bool) else memory.kind in _EXCHANGES and language.is_report(answer)
