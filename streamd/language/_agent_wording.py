"""Words what agents have to say in English (`streamd.ports.agent_wording.AgentWording`)."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.ports.agent_wording import ItemChange

DONE: Final[Mapping[ItemChange, str]] = {"added": "Added", "changed": "Changed", "removed": "Removed"}
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
_NO_PREFERENCES: Final = (
    "No preferences of yours are known. State one, for example: I prefer suppliers from Europe."
)


class EnglishAgentWording:
    """The English catalogue of the texts of agents, without state."""

    # ── one agent at work ────────────────────────────────────────────────────────────────────────────────────────────

    def analyzing_stock(self) -> str:
        """Announce an analysis of the stock."""
        return "Analyzing current inventory levels…"

    def analyzing_suppliers(self) -> str:
        """Announce an analysis of the suppliers."""
        return "Analyzing supplier performance…"

    def forecasting(self) -> str:
        """Announce a forecast."""
        return "Running demand forecasting…"

    def no_forecast(self) -> str:
        """Report that no forecast is made."""
        return "No forecast was asked for"

    def processing(self) -> str:
        """Announce any other work."""
        return "Processing your request…"

    def processed(self) -> str:
        """Close any other work."""
        return "Request processed"

    def preferences_known(self, preferences: Sequence[str]) -> str:
        """State the requester's preferences; each comes without a subject."""
        return f"Known of you: {'; '.join(preferences)}." if preferences else _NO_PREFERENCES

    def item_count(self, count: int, item_type: str) -> str:
        """Count the items of a type."""
        return f"There are {count:,} items of type {item_type}."

    def item_facts(self, name: str, item_type: str, values: Mapping[str, object]) -> str:
        """List the values of an item's fields."""
        known = [
            f"{field.replace('_', ' ')} {value:g}"
            if isinstance(value, float)
            else f"{field.replace('_', ' ')} {value}"
            for field, value in values.items()
        ]
        return f"{name} ({item_type}) has {', '.join(known) or 'no further fields'}."

    def your_notes(self) -> str:
        """Cite a person's own notes."""
        return "Your notes"

    def looked_up(self, queries: Sequence[str], passages: int, sources: Sequence[str]) -> str:
        """Report queries, and what they found."""
        where = (
            f"{passages} passages in {', '.join(sources)}"
            if passages
            else "nothing that was not known before"
        )
        return f"Looked up: {'; '.join(queries)}\n\nFound: {where}."

    # ── sections of a web page ───────────────────────────────────────────────────────────────────────────────────────

    def section_done(self, section: str, score: float) -> str:
        """Report the score of a section."""
        return f"{section} is done; its quality is {score:g} of 100"

    def section_rewritten(self, section: str, score: float) -> str:
        """Announce that a section is rewritten."""
        return f"The {section} scored {score:g} of 100 and is written once more."

    def first_section_stands(self, section: str, score: float) -> str:
        """Report that the first version of a section holds."""
        return f"The new {section} scored less, {score:g}: the first one stands."

    # ── several agents at work ───────────────────────────────────────────────────────────────────────────────────────

    def no_documents(self) -> str:
        """Report an empty knowledge base."""
        return "The knowledge base is empty, so nothing was looked up; the others go on without documents."

    def documents_skipped(self, agent: str) -> str:
        """Report that an agent was skipped."""
        return f"{agent} was skipped, as the knowledge base is empty"

    def agent_ended(self, agent: str, status: str) -> str:
        """Report the end of an agent's part."""
        return f"{agent} {_OUTCOMES[status]}"

    def agent_answered(self, agent: str) -> str:
        """Report the primary agent's answer."""
        return f"{agent} has answered"

    def work_shared(self, primary: str, supporting: Sequence[str]) -> str:
        """Name the agents that answer and help."""
        helping = f", helped by {', '.join(supporting)}" if supporting else ""
        return f"{primary} will answer{helping}"

    def look_at(self, agent: str) -> str:
        """Ask an agent about its field."""
        return _LOOK.get(agent, "Report what there is to know")

    def part_of(self, agent: str, request: str) -> str:
        """Ask an agent about its part of a request."""
        return f"{_PARTS.get(agent, 'Do your part')}. The whole request: {request}"

    def changes_done(self, change: ItemChange, count: int, names: Sequence[str]) -> str:
        """Report one kind of changes."""
        more = count - len(names)
        named = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
        return f"{DONE[change]} {count} {'item' if count == 1 else 'items'}: {named}."
