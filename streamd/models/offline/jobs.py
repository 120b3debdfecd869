"""The jobs of the offline model: from a prompt's task to the text of its answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, assert_never

import attrs

from streamd.core.document_passage import Passage
from streamd.core.prompt import Message, Prompt, Text
from streamd.core.tasks import (
    Answer,
    CallTools,
    Classify,
    Critique,
    Draft,
    Explain,
    Operate,
    Plan,
    Queries,
    Synthesize,
    Task,
)
from streamd.models.offline.classifying import classification_of
from streamd.models.offline.operating import results_told, words_of
from streamd.writing import (
    SECTIONS,
    answer_of,
    copy_of,
    critique_of,
    draft_of,
    plan_of,
    queries_of,
    synthesis_of,
    with_full_stop,
)

_LONGEST: Final[Mapping[str, int]] = {
    "question": 4_000,
    "topic": 4_000,
    "about": 20_000,
    "plan": 20_000,
    "critique": 20_000,
    "previous": 60_000,
    "draft": 60_000,
}
"""Characters of a task's texts that are read: what is longer was pasted by mistake or to do harm."""


def text_for(prompt: Prompt) -> str:
    """The whole answer. Only where there is nothing to say (an operation without words, no findings) it is empty."""
    match _bounded(prompt.task):
        case None:
            return answer_of(_plain_question(prompt))
        case Classify() as task:
            return json.dumps(classification_of(task), ensure_ascii=False)
        case Operate() as task:
            return words_of(prompt, task)
        case CallTools() as task:
            return results_told(prompt, task)
        case Explain(sentences=sentences):
            return " ".join(with_full_stop(sentence) for sentence in sentences if sentence.strip())
        case Answer() as task:
            return answer_of(task)
        case Synthesize() as task:
            return synthesis_of(task)
        case Queries() as task:
            return json.dumps({"queries": queries_of(task)}, ensure_ascii=False)
        case Plan() as task:
            return plan_of(task)
        case Draft() as task:
            return copy_of(task) if task.kind in SECTIONS else draft_of(task)
        case Critique() as task:
            return critique_of(task)
        case _ as never:
            assert_never(never)


def _bounded(task: Task | None) -> Task | None:
    if task is None:
        return None
    given = ((name, getattr(task, name, ""), most) for name, most in _LONGEST.items())
    cut = {name: text[:most] for name, text, most in given if isinstance(text, str) and len(text) > most}
    return attrs.evolve(task, **cut) if cut else task  # type: ignore[arg-type]  # it has what was found in it


def work_chars(prompt: Prompt) -> int:
    """How much text the answer is made from, in characters."""
    task = prompt.task
    if task is None:
        return sum(map(len, _texts(prompt.messages))) + len(prompt.system)
    if isinstance(task, Classify | Operate | CallTools | Explain):
        return 0
    given: list[object] = [
        getattr(task, name, "")
        for name in ("question", "topic", "about", "plan", "previous", "critique", "draft")
    ]
    for name in ("memories", "facts", "preferences", "contributions", "passages", "brief"):
        given += _members(getattr(task, name, ()))
    return sum(len(str(one)) for one in given)


def _members(value: Mapping[str, object] | Sequence[object]) -> list[object]:
    members = value.values() if isinstance(value, Mapping) else value
    return [one.text if isinstance(one, Passage) else one for one in members]


def _plain_question(prompt: Prompt) -> Answer:
    """The last thing the user wrote as the question; what else the conversation holds is what is known."""
    texts = list(_texts(message for message in prompt.messages if message.role == "user"))
    question = texts[-1] if texts else ""
    # A long message holds its own material: its first or last paragraph asks, the rest is what is asked about.
    paragraphs = [part.strip() for part in question.split("\n\n") if part.strip()]
    asked = next(
        (part for part in reversed(paragraphs) if part.endswith("?")), paragraphs[-1] if paragraphs else ""
    )
    given = "\n\n".join(part for part in paragraphs if part is not asked)
    earlier = list(_texts(prompt.messages))
    passages = [Passage("the request", "The request", given)] if given else []
    return Answer(asked, passages, memories=[text for text in earlier if text != question])


def _texts(messages: Iterator[Message] | Sequence[Message]) -> Iterator[str]:
    for message in messages:
        for block in message.blocks:
            if isinstance(block, Text) and block.text.strip():
                yield block.text
