"""Wording of agents: their texts for people, and their questions to each other, one method each.

Above: the agents, which choose the text and its values. Below: a language, which words it.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

ItemChange = Literal["added", "changed", "removed"]


class AgentWording(Protocol):
    """The texts of agents at work. A method returns the whole text, with its marks."""

    # ── one agent at work ────────────────────────────────────────────────────────────────────────────────────────────

    def analyzing_stock(self) -> str:
        """Announce an analysis of the stock."""

    def analyzing_suppliers(self) -> str:
        """Announce an analysis of the suppliers."""

    def forecasting(self) -> str:
        """Announce a forecast."""

    def no_forecast(self) -> str:
        """Report that the request asks for no forecast."""

    def processing(self) -> str:
        """Announce work without a name of its own."""

    def processed(self) -> str:
        """Report the end of work without an answer."""

    def preferences_known(self, preferences: Sequence[str]) -> str:
        """State the requester's preferences, each a predicate; or that none are known, and how to state one."""

    def item_count(self, count: int, item_type: str) -> str:
        """Count the items of a type."""

    def item_facts(self, name: str, item_type: str, values: Mapping[str, object]) -> str:
        """Describe an item by the values of its fields, in a sentence."""

    def your_notes(self) -> str:
        """Name a person's own notes, as the source of a statement."""

    def looked_up(self, queries: Sequence[str], passages: int, sources: Sequence[str]) -> str:
        """Report a text's queries, and how many new passages they found where."""

    # ── sections of a web page ───────────────────────────────────────────────────────────────────────────────────────

    def section_done(self, section: str, score: float) -> str:
        """Report the score of a finished section."""

    def section_rewritten(self, section: str, score: float) -> str:
        """Explain why a section is rewritten."""

    def first_section_stands(self, section: str, score: float) -> str:
        """Explain why the first version of a section holds after all."""

    # ── several agents at work ───────────────────────────────────────────────────────────────────────────────────────

    def no_documents(self) -> str:
        """Report that there are no documents to search."""

    def documents_skipped(self, agent: str) -> str:
        """Report that there were no documents for the agent that answers from them."""

    def agent_ended(self, agent: str, status: str) -> str:
        """Report how an agent's part ended: `completed`, `timed_out` or `failed`."""

    def agent_answered(self, agent: str) -> str:
        """Report that the primary agent has answered."""

    def work_shared(self, primary: str, supporting: Sequence[str]) -> str:
        """Name the primary agent and the supporting agents."""

    def look_at(self, agent: str) -> str:
        """Ask a supporting agent about a request that orders a change."""

    def part_of(self, agent: str, request: str) -> str:
        """Ask an agent about its part of a request with several."""

    def changes_done(self, change: ItemChange, count: int, names: Sequence[str]) -> str:
        """Report one kind of changes: the number of items, and the first names."""
