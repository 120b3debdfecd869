"""The fixed texts of the built-in agents, as one catalogue: for people, and for questions between agents.

Findings are put into words where they are made (`streamd.analysis`, `streamd.forecasting`), prompts of a language model
stand with the agent. A text is for reading: what programs need stands beside it as data. A second language is a second
module with these names.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.ports.wording import ItemChange
from streamd.text.plurals import counted

_DONE: Final[Mapping[ItemChange, str]] = {"added": "Added", "changed": "Changed", "removed": "Removed"}
_OUTCOMES: Final[Mapping[str, str]] = {
    "completed": "is done",
    "timed_out": "took too long and is left out",
    "failed": "failed and is left out",
}
_LOOK: Final[Mapping[str, str]] = {
    "inventory": "Analyze the stock",
    "supplier": "Analyze the suppliers",
    "forecasting": "Forecast the demand",
}
_PARTS: Final[Mapping[str, str]] = {
    "inventory": "Analyze the stock",
    "forecasting": "Forecast the demand",
    "supplier": "Recommend suppliers",
    "general": "Answer",
}

# ── one agent at work ────────────────────────────────────────────────────────────────────────────────────────────────

ANALYZING_STOCK: Final = "Analyzing current inventory levels…"
ANALYZING_SUPPLIERS: Final = "Analyzing supplier performance…"
FORECASTING: Final = "Running demand forecasting…"
NO_FORECAST: Final = "No forecast was asked for"
PROCESSING: Final = "Processing your request…"
PROCESSED: Final = "Request processed"
_NO_PREFERENCES: Final = (
    "No preferences of yours are known. State one, for example: I prefer suppliers from Europe."
)


def preferences_known(preferences: Sequence[str]) -> str:
    """State the requester's preferences; each comes without a subject."""
    return f"Known of you: {'; '.join(preferences)}." if preferences else _NO_PREFERENCES


def item_count(count: int, item_type: str) -> str:
    """Count the items of a type."""
    return f"There are {count:,} items of type {item_type}."


def share_done(done: int, total: int) -> str:
    """State how many of so many parts are done."""
    return f"{done:,} of {total:,}"


def looked_up(queries: Sequence[str], passages: int, sources: Sequence[str]) -> str:
    """Report a text's queries, and how many new passages they found where."""
    where = (
        f"{passages} passages in {', '.join(sources)}" if passages else "nothing that was not known before"
    )
    return f"Looked up: {'; '.join(queries)}\n\nFound: {where}."


# ── sections of a web page ───────────────────────────────────────────────────────────────────────────────────────────


def section_done(section: str, score: float) -> str:
    """Report the score of a finished section."""
    return f"{section} is done; its quality is {score:g} of 100"


def section_rewritten(section: str, score: float) -> str:
    """Explain why a section is rewritten."""
    return f"The {section} scored {score:g} of 100 and is written once more."


def first_section_stands(section: str, score: float) -> str:
    """Explain why the first version of a section holds after all."""
    return f"The new {section} scored less, {score:g}: the first one stands."


# ── several agents at work ───────────────────────────────────────────────────────────────────────────────────────────

REPORT: Final = "Report what there is to know"
"""The question to a supporting agent without a field of its own."""
NO_DOCUMENTS: Final = (
    "The knowledge base is empty, so nothing was looked up; the others go on without documents."
)


def agent_starts(agent: str) -> str:
    """Report that an agent starts its part."""
    return f"{agent} begins"


def agent_ended(agent: str, status: str) -> str:
    """Report how an agent's part ended: `completed`, `timed_out` or `failed`."""
    return f"{agent} {_OUTCOMES[status]}"


def agent_answered(agent: str) -> str:
    """Report that the primary agent has answered."""
    return f"{agent} has answered"


def documents_skipped(agent: str) -> str:
    """Report that there were no documents for the RAG agent."""
    return f"{agent} was skipped, as the knowledge base is empty"


def work_shared(primary: str, supporting: Sequence[str]) -> str:
    """Name the primary agent and the supporting agents."""
    helping = f", helped by {', '.join(supporting)}" if supporting else ""
    return f"{primary} will answer{helping}"


def look_at(agent: str) -> str:
    """Ask a supporting agent about a request that orders a change."""
    return _LOOK.get(agent, REPORT)


def part_of(agent: str, request: str) -> str:
    """Ask an agent about its part of a request with several."""
    return f"{_PARTS.get(agent, 'Do your part')}. The whole request: {request}"


def changes_done(change: ItemChange, count: int, names: Sequence[str]) -> str:
    """Report one kind of changes: the number of items, and the first names."""
    more = count - len(names)
    named = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
    return f"{_DONE[change]} {counted(count, 'item')}: {named}."
