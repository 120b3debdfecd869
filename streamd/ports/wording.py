"""Wording: all texts for people, one method each, as one catalogue that a language provides.

Above: the engine and the agents, which choose the text and its values. Below: a language, which words it. Texts of errors do
not belong here: they belong to their codes, where the errors are raised. Prompts of language models stand with their agents.

A text is for people to read: no program may search it for words. Programs read the data beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from streamd.ports.agent_wording import AgentWording, ItemChange
from streamd.ports.analysis_wording import AnalysisWording


class Wording(AgentWording, AnalysisWording, Protocol):
    """The texts of the engine and of the agents in one language. A method returns the whole text, with its marks."""

    # ── a request on its way ─────────────────────────────────────────────────────────────────────────────────────────

    def request_received(self) -> str:
        """Report that a request was received, first of all."""

    def run_resumed(self) -> str:
        """Report that a run resumes where another one stopped."""

    def questions_withdrawn(self, questions: Sequence[str]) -> str:
        """Report that a request withdraws the open questions of its thread."""

    def taken_as_answer(self, question: str, is_approved: bool) -> str:
        """Report that a request was taken as the answer to the open question of its thread."""

    def intent_detected(self, intent: str) -> str:
        """Name the kind of request, by its intent."""

    def progress(self, done: int, total: int) -> str:
        """Report how many of so many changes are made."""

    def answer_restarted(self) -> str:
        """Report that the model's answer was cut off and restarts."""

    def waits_in_line(self, place: int) -> str:
        """Report the place of a run in the line of those that wait, from 1."""

    def waits_for_thread(self) -> str:
        """Report that a run waits for an earlier one of its thread."""

    def asks_again(self, kind: str, attempt: int, seconds: float) -> str:
        """Report a model's failure, by its kind, and when which attempt follows."""

    def writes_call(self, tool: str, kilobytes: int) -> str:
        """Report how much of a call of a tool a model has written."""

    def rules_answer(self) -> str:
        """Report that rules answer in place of a language model that cannot be asked."""

    def node_waits(self, node: str, attempt: int, attempts: int, seconds: float) -> str:
        """Report that a node failed and is tried again in so many seconds, as the attempt of this number."""

    def agent_starts(self, agent: str) -> str:
        """Report that an agent is consulted."""

    def agent_asked(self, by: str, agent: str, query: str) -> str:
        """Record one agent's question to another, for memory."""

    def the_request(self) -> str:
        """Name the request itself, as the source of an answer."""

    # ── questions to people ──────────────────────────────────────────────────────────────────────────────────────────

    def ask_to_continue(self, node: str) -> str:
        """Ask whether the graph may continue with a node."""

    def ask_to_remove(
        self,
        count: int,
        names: Sequence[str],
        reason: str,
        referring: Sequence[str] = (),
        staying: Sequence[str] = (),
    ) -> str:
        """Ask whether so many items may be removed, naming the first of them, and say which stay and why."""

    def still_referred_to(self, referring: Sequence[tuple[str, str]], more: int) -> str:
        """Say which items refer to one, by name and field, and how many more; the reason why it stays."""

    def stays(self, name: str, why: str) -> str:
        """Say that an item stays, and what refers to it."""

    def ask_to_call(self, tool: str, arguments: Mapping[str, str], more: int) -> str:
        """Ask for approval of a call of a tool, with its first arguments as JSON, and the number of the others."""

    def ask_for_results(self, tools: Sequence[str]) -> str:
        """Ask for results of pending tools, named once for each call."""

    # ── the end of a run ─────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_changed(self) -> str:
        """Report the end of a run without changes or an answer."""

    def cancelled(self, by: str) -> str:
        """Name the person who cancelled the run."""

    def stopped_after_turn(self, by: str) -> str:
        """Name the person who stopped the run at the end of a model's turn."""

    def answer_refused(self, by: str) -> str:
        """Name the person who refused the run's question."""

    def summary(
        self,
        changes: Sequence[tuple[ItemChange, int, Sequence[str]]],
        refusals: Sequence[str],
        more_refusals: int = 0,
    ) -> str:
        """Sum up a run's changes in a sentence or a few; empty for nothing.

        Args:
            changes: by kind how many items, and their names where they are few enough to be named.
            refusals: refused changes with their reasons, each as worded by `left_alone` or `declined`.
            more_refusals: how many more there are.

        """

    def took_back(self, requests: Sequence[str]) -> str:
        """Report the requests whose changes were undone, in the words of their users; what changed follows."""

    def not_taken_back(self, why: str) -> str:
        """Report why an earlier request was not undone, without a full stop."""

    def declined(self, by: str, count: int, names: Sequence[str]) -> str:
        """Report which items a person did not approve to remove, without a full stop; `names` has those of the first."""

    # ── changes of items ─────────────────────────────────────────────────────────────────────────────────────────────

    def untitled_type(self, item_type: str) -> str:
        """Name one item of a type that is not declared."""

    def adding(self, counts: Mapping[str, int]) -> str:
        """Announce additions: numbers by the name of one item."""

    def changing(self, count: int) -> str:
        """Announce changes of items."""

    def removing(self, count: int, reason: str) -> str:
        """Announce removals of items."""

    def added(self, name: str) -> str:
        """Report that an item was added."""

    def changed(self, name: str, values: Mapping[str, object]) -> str:
        """Report the changed fields of an item with their new values; None stands for a removed field."""

    def removed(self, name: str, reason: str) -> str:
        """Report that an item was removed."""

    def left_alone(self, name: str, why: str = "") -> str:
        """Report that an item was not changed, without a full stop; without a reason when somebody changed it meanwhile."""
