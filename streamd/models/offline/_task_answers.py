"""Answers tasks of prompts with the rules of the offline model, in the daemon's language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.document_passage import Passage
from streamd.core.prompt import Message, Prompt, Text
from streamd.core.tasks import (
    Answer,
    CallTools,
    Explain,
    Operate,
    Task,
)
from streamd.models.offline._tool_tasks import operation_text, results_text
from streamd.ports.language import Language
from streamd.text.full_stops import with_full_stop

_LONGEST: Final[Mapping[str, int]] = {
    "question": 4_000,
    "topic": 4_000,
    "about": 20_000,
    "plan": 20_000,
    "critique": 20_000,
    "previous": 60_000,
    "draft": 60_000,
}
"""Characters of a task's texts that are read: longer ones are accidents or attacks."""


def text_for(prompt: Prompt, language: Language) -> str:
    """Compute the whole text of an answer; empty for an operation without reply and findings."""
    match _bounded(prompt.task):
        case None:
            return language.compose(_plain_question(prompt, language))
        case Operate() as task:
            return operation_text(prompt, task)
        case CallTools() as task:
            return results_text(prompt, task)
        case Explain(sentences=sentences):
            return " ".join(with_full_stop(sentence) for sentence in sentences if sentence.strip())
        case task:
            return language.compose(task)


def _bounded(task: Task | None) -> Task | None:
    if task is None:
        return None
    texts = ((name, getattr(task, name, ""), most) for name, most in _LONGEST.items())
    cut = {name: text[:most] for name, text, most in texts if isinstance(text, str) and len(text) > most}
    return attrs.evolve(task, **cut) if cut else task  # type: ignore[arg-type]  # its own attributes


def work_chars(prompt: Prompt) -> int:
    """Characters of text that the answer is computed from."""
    task = prompt.task
    if task is None:
        return sum(map(len, _texts(prompt.messages))) + len(prompt.system)
    if isinstance(task, Operate | CallTools | Explain):
        return 0
    inputs: list[object] = [
        getattr(task, name, "")
        for name in ("question", "topic", "about", "plan", "previous", "critique", "draft")
    ]
    for name in ("memories", "facts", "preferences", "contributions", "passages", "brief"):
        inputs += _members(getattr(task, name, ()))
    return sum(len(str(one)) for one in inputs)


def _members(value: Mapping[str, object] | Sequence[object]) -> list[object]:
    members = value.values() if isinstance(value, Mapping) else value
    return [one.text if isinstance(one, Passage) else one for one in members]


def _plain_question(prompt: Prompt, language: Language) -> Answer:
    """The task of a prompt without one: answer the user's last question from the rest of the conversation."""
    texts = list(_texts(message for message in prompt.messages if message.role == "user"))
    question = texts[-1] if texts else ""
    # A long message contains its own material: the last paragraph with a question mark is the question, the rest the material.
    paragraphs = [part.strip() for part in question.split("\n\n") if part.strip()]
    question_paragraph = next(
        (part for part in reversed(paragraphs) if part.endswith("?")), paragraphs[-1] if paragraphs else ""
    )
    material = "\n\n".join(part for part in paragraphs if part is not question_paragraph)
    earlier = list(_texts(prompt.messages))
    title = language.wording.the_request()
    passages = [Passage(title, title, material)] if material else []
    return Answer(question_paragraph, passages, memories=[text for text in earlier if text != question])


def _texts(messages: Iterator[Message] | Sequence[Message]) -> Iterator[str]:
    for message in messages:
        for block in message.blocks:
            if isinstance(block, Text) and block.text.strip():
                yield block.text
