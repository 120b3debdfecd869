"""What the trip planner knows: the names in its state, read as they may have been edited by people."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.document_passage import Passage
from streamd.core.thread import State
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Run
from streamd.writing import trip_of

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
"""What a language model is told at each node, unless `prompts` in the state or the request says otherwise."""

MOST_MESSAGES: Final = 50
MOST_PASSAGES: Final = 24
_MOST_REVISIONS: Final = 100


def text(state: State, name: str) -> str:
    """A text in the state; empty when it is not there. Raises InvalidMessageError."""
    value = state.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidMessageError(
            f"{name} must be a text; correct it in the thread's state", path=f"values.{name}"
        )
    return value


def number(state: State, name: str) -> int:
    """A count in the state; 0 when it is not there. Raises InvalidMessageError."""
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
    """Further facts that the request gave: days, budget, company, interests …"""
    brief = state.get("brief")
    return brief if isinstance(brief, Mapping) else {}


def passages_in(state: State) -> list[Passage]:
    """The passages found so far; people may have put in texts of their own. Raises InvalidMessageError."""
    given = state.get("content")
    if given is None or given == "":
        return []
    entries = [given] if isinstance(given, str) else given
    if not isinstance(entries, Sequence):
        raise InvalidMessageError("content must be a list of texts or passages", path="values.content")
    # A note that somebody put in is about the trip, whether or not it names the place.
    about = trip_of(text(state, "task"), brief_in(state)).destination
    return [_passage(entry, about) for entry in entries]


def _passage(entry: object, about: str) -> Passage:
    if isinstance(entry, str):
        return Passage("your notes", "Your notes", entry, section=about)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("text"), str):
        raise InvalidMessageError(
            "content must be a list of texts, or of objects with source, title and text",
            path="values.content",
        )
    source = str(entry.get("source") or "your notes")
    line = entry.get("line")
    return Passage(
        source,
        str(entry.get("title") or source),
        entry["text"],
        section=str(entry.get("section") or ""),
        line=line if isinstance(line, int) else 1,
    )


def as_data(passage: Passage) -> dict[str, object]:
    """A passage as it stands in the state, for people to read and change."""
    return {
        "source": passage.source, "title": passage.title, "section": passage.section, "line": passage.line,
        "text": passage.text,
    }  # fmt: skip


def prompt_for(run: Run, node: str) -> str:
    """What the model is told at a node: as this request says, else as the thread's state says, else as is usual."""
    return {**PROMPTS, **_prompts(run.state.get("prompts")), **_prompts(run.request.context.get("prompts"))}[
        node
    ]


def prompts_now(run: Run) -> dict[str, str]:
    """All of them, for the state, where people can read and edit them. Raises InvalidMessageError."""
    return {node: prompt_for(run, node) for node in PROMPTS}


def _prompts(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidMessageError("prompts must be an object: a text for each node", path="prompts")
    unknown = sorted(set(given) - set(PROMPTS))
    if unknown:
        raise InvalidMessageError(
            f"prompts: there is no node {', '.join(unknown)}; there are: {', '.join(PROMPTS)}", path="prompts"
        )
    wrong = next((node for node, prompt in given.items() if not isinstance(prompt, str)), None)
    if wrong is not None:
        raise InvalidMessageError(f"prompts.{wrong} must be a text", path=f"prompts.{wrong}")
    return {node: prompt for node, prompt in given.items() if prompt.strip()}


def messages_with(state: State, kind: str, content: str) -> list[object]:
    """The conversation with one more message, `AIMessage` or `HumanMessage`; the oldest are left out when it is long."""
    given = state.get("messages")
    before = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else []
    return [*before, {"type": kind, "content": content}][-MOST_MESSAGES:]
