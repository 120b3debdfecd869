"""The trip planner's state: its names, with values that people may have edited."""

from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from streamd.core.document_passage import Passage
from streamd.core.thread import State
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Run
from streamd.ports.language import Language

PROMPTS: Final[Mapping[str, str]] = {
    "planner": """Outline the text that the user asks for: a title, then its sections as a list with a line each. A trip has one
section for each day, and sections for getting around, for where to stay and for the budget. Take up everything that the user
says about destination, length, company, interests and money; say what you had to assume.""",
    "travel_plan": """Name what has to be looked up so that the outline can be written out: short queries for a search, at most
three, each about something else.""",
    "generate": """Write what the user asks for, along the outline, from the documents; cite them by their number, as in [1]. What
no document says, do not make up: say that it is open. If there is a draft and a critique, write the whole text again so that it
meets the critique, and keep what was good.""",
    "reflect": """Judge the draft as a demanding editor: what is good about it, and, as a list of instructions, what is missing,
wrong, too long or not in the outline. Do not rewrite it.""",
    "travel_critique": """Name what has to be looked up so that the draft can be mended as the critique asks: short queries for a
search, at most three.""",
}
"""The system prompt of each node, unless `prompts` in the state or the request sets another."""


class TripState(TypedDict, total=False):
    """The names in the state of a trip."""

    task: str
    """What the text is about: the request."""
    brief: dict[str, object]
    """Its further facts: `destination`, `days`, `budget`, `currency`, `travellers`, `when` …"""
    plan: str
    """The outline."""
    queries: list[str]
    """What was looked up last."""
    content: list[object] | str
    """The passages found: texts, or objects with `source`, `title` and `text`."""
    draft: str
    """The text."""
    critique: str
    """What is to be better in the next draft."""
    revision_number: int
    """Drafts that were written."""
    max_revisions: int
    """How often the draft may be revised."""
    prompts: dict[str, str]
    """What a language model is told in each node, by the node's name."""
    message: dict[str, object]
    """What the last node said: `type` and `content`."""
    messages: list[object]
    """What the user and the nodes said, oldest first: objects with `type` and `content`."""


MOST_MESSAGES: Final = 50
_NOTES: Final = "your notes"
"""The source of what people added, in the state of the thread."""
MOST_PASSAGES: Final = 24
_MOST_REVISIONS: Final = 100


def text(state: State, name: str) -> str:
    """Read a text from the state; empty when absent. Raises InvalidMessageError."""
    value = state.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidMessageError(
            f"{name} must be a text; correct it in the thread's state", path=f"values.{name}"
        )
    return value


def number(state: State, name: str) -> int:
    """Read a count from the state; 0 when absent. Raises InvalidMessageError."""
    value = state.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_REVISIONS:
        raise InvalidMessageError(
            f"{name} must be a whole number from 0 to {_MOST_REVISIONS}; correct it in the thread's state",
            path=f"values.{name}",
        )
    return value


def brief_in(state: State) -> Mapping[str, object]:
    """Read the request's further facts, such as days, budget, company and interests."""
    brief = state.get("brief")
    return brief if isinstance(brief, Mapping) else {}


def passages_in(state: State, language: Language) -> list[Passage]:
    """Read the passages found so far; people may have added texts of their own. Raises InvalidMessageError."""
    value = state.get("content")
    if value is None or value == "":
        return []
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, Sequence):
        raise InvalidMessageError("content must be a list of texts or passages", path="values.content")
    # A note that a person added is about the trip, whether or not it names the place.
    about = language.destination_of(text(state, "task"), brief_in(state))
    return [_passage(entry, about, language.wording.your_notes()) for entry in entries]


def _passage(entry: object, about: str, notes: str) -> Passage:
    if isinstance(entry, str):
        return Passage(_NOTES, notes, entry, section=about)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("text"), str):
        raise InvalidMessageError(
            "content must be a list of texts, or of objects with source, title and text",
            path="values.content",
        )
    source = str(entry.get("source") or _NOTES)
    line = entry.get("line")
    return Passage(
        source,
        str(entry.get("title") or source),
        entry["text"],
        section=str(entry.get("section") or ""),
        line=line if isinstance(line, int) else 1,
    )


def as_data(passage: Passage) -> dict[str, object]:
    """Convert a passage to its form in the state, which people read and edit."""
    return {
        "source": passage.source, "title": passage.title, "section": passage.section, "line": passage.line,
        "text": passage.text,
    }  # fmt: skip


def prompt_for(run: Run, node: str) -> str:
    """Return a node's system prompt: the request's, else the thread state's, else the default."""
    return {**PROMPTS, **_prompts(run.state.get("prompts")), **_prompts(run.request.context.get("prompts"))}[
        node
    ]


def prompts_now(run: Run) -> dict[str, str]:
    """Return all prompts for the state, where people can read and edit them. Raises InvalidMessageError."""
    return {node: prompt_for(run, node) for node in PROMPTS}


def _prompts(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidMessageError("prompts must be an object: a text for each node", path="prompts")
    unknown = sorted(set(value) - set(PROMPTS))
    if unknown:
        raise InvalidMessageError(
            f"prompts: there is no node {', '.join(unknown)}; there are: {', '.join(PROMPTS)}", path="prompts"
        )
    wrong = next((node for node, prompt in value.items() if not isinstance(prompt, str)), None)
    if wrong is not None:
        raise InvalidMessageError(f"prompts.{wrong} must be a text", path=f"prompts.{wrong}")
    return {node: prompt for node, prompt in value.items() if prompt.strip()}


def messages_with(state: State, kind: str, content: str) -> list[object]:
    """Add a message, `AIMessage` or `HumanMessage`, to the conversation; drop the oldest when it is long."""
    value = state.get("messages")
    before = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    return [*before, {"type": kind, "content": content}][-MOST_MESSAGES:]
