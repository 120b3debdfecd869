"""Wording: what the engine says to people, one method for each text, as one catalogue that a language offers.

Above: the engine, which knows when something is said and about what. Below: a language, which knows how. Texts of errors do
not stand here: they belong to their codes and stand where they are raised.

A text is for people to read: nobody may look for words in it. What programs need stands beside it as data.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

ItemChange = Literal["added", "changed", "removed"]


class Wording(Protocol):
    """The texts of the engine in one language. A method returns the whole text, with its marks."""

    # ── a request on its way ─────────────────────────────────────────────────────────────────────────────────────────

    def request_received(self) -> str:
        """The first thing that a run says."""

    def run_resumed(self) -> str:
        """The first thing said by a run that goes on where another one stopped."""

    def intent_detected(self, intent: str) -> str:
        """What kind of request it is, by the intent's name."""

    def progress(self, done: int, total: int) -> str:
        """How many of so many changes are made."""

    def answer_restarted(self) -> str:
        """That the model's answer was cut off and starts again."""

    def agent_starts(self, agent: str) -> str:
        """That an agent is consulted, by its name."""

    def agent_asked(self, by: str, agent: str, query: str) -> str:
        """That one agent asked another something, as it is remembered."""

    # ── questions to people ──────────────────────────────────────────────────────────────────────────────────────────

    def ask_to_continue(self, node: str) -> str:
        """Whether the graph may go on with a node."""

    def ask_to_remove(self, count: int, names: Sequence[str], reason: str) -> str:
        """Whether so many items may be removed, naming the first of them."""

    def ask_for_results(self, tools: Sequence[str]) -> str:
        """That calls of pending tools are open, by the tools' names, once for each call."""

    # ── the end of a run ─────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_changed(self) -> str:
        """That the run is done, where it changed nothing and nobody said anything."""

    def cancelled(self, by: str) -> str:
        """Who cancelled the run."""

    def stopped_after_turn(self, by: str) -> str:
        """Who wished that the run stop at the end of a model's turn."""

    def answer_refused(self, by: str) -> str:
        """Who refused what the run had asked for."""

    def summary(
        self,
        changes: Sequence[tuple[ItemChange, int, Sequence[str]]],
        refusals: Sequence[str],
        more_refusals: int = 0,
    ) -> str:
        """What a run did to items, in a sentence or a few; empty for nothing.

        Args:
            changes: by kind how many items, and their names where they are few enough to be named.
            refusals: what was not done and why, each as `left_alone` says it.
            more_refusals: how many more there are.

        """

    # ── changes of items ─────────────────────────────────────────────────────────────────────────────────────────────

    def untitled_type(self, item_type: str) -> str:
        """What one item is called of a type that is not declared."""

    def adding(self, counts: Mapping[str, int]) -> str:
        """Before items are added: how many, by what one of them is called."""

    def changing(self, count: int) -> str:
        """Before items are changed."""

    def removing(self, count: int, reason: str) -> str:
        """Before items are removed."""

    def added(self, name: str) -> str:
        """That an item was added."""

    def changed(self, name: str, values: Mapping[str, object]) -> str:
        """That fields of an item were changed, with what they are now; None stands for a field that is gone."""

    def removed(self, name: str, reason: str) -> str:
        """That an item was removed."""

    def left_alone(self, name: str, why: str = "") -> str:
        """That an item was not changed, without a full stop; without a reason because somebody changed it meanwhile."""
