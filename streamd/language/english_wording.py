"""The texts of the engine in English (`streamd.ports.wording.Wording`)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.ports.wording import ItemChange

_DONE: Final[Mapping[ItemChange, str]] = {"added": "Added", "changed": "Changed", "removed": "Removed"}


@attrs.frozen
class EnglishWording:
    """Says it in English. It holds nothing."""

    # ── a request on its way ─────────────────────────────────────────────────────────────────────────────────────────

    def request_received(self) -> str:
        """The first thing that a run says."""
        return "Processing your request…"

    def run_resumed(self) -> str:
        """The first thing said by a run that goes on where another one stopped."""
        return "Going on…"

    def intent_detected(self, intent: str) -> str:
        """What kind of request it is, by the intent's name."""
        return f"Detected intent: {intent}"

    def progress(self, done: int, total: int) -> str:
        """How many of so many changes are made."""
        return f"{done:,} of {total:,}"

    def answer_restarted(self) -> str:
        """That the model's answer was cut off and starts again."""
        return "The answer was cut off and begins again; what came of it before does not hold."

    def agent_starts(self, agent: str) -> str:
        """That an agent is consulted, by its name."""
        return f"{agent} begins"

    def agent_asked(self, by: str, agent: str, query: str) -> str:
        """That one agent asked another something, as it is remembered."""
        return f"{by} asked {agent}: {query}"

    # ── questions to people ──────────────────────────────────────────────────────────────────────────────────────────

    def ask_to_continue(self, node: str) -> str:
        """Whether the graph may go on with a node."""
        return f"Go on with {node}?"

    def ask_to_remove(self, count: int, names: Sequence[str], reason: str) -> str:
        """Whether so many items may be removed, naming the first of them."""
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        return f"Remove {count:,} items ({reason}): {', '.join(names)}{more}?"

    def ask_for_results(self, tools: Sequence[str]) -> str:
        """That calls of pending tools are open, by the tools' names, once for each call."""
        return f"What came of {', '.join(dict.fromkeys(tools))}?"

    # ── the end of a run ─────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_changed(self) -> str:
        """That the run is done, where it changed nothing and nobody said anything."""
        return "Done; nothing was changed."

    def cancelled(self, by: str) -> str:
        """Who cancelled the run."""
        return f"Cancelled by {by}."

    def stopped_after_turn(self, by: str) -> str:
        """Who wished that the run stop at the end of a model's turn."""
        return f"Stopped after the turn, as {by} wished."

    def answer_refused(self, by: str) -> str:
        """Who refused what the run had asked for."""
        return f"Refused by {by}; nothing more was done."

    def summary(
        self,
        changes: Sequence[tuple[ItemChange, int, Sequence[str]]],
        refusals: Sequence[str],
        more_refusals: int = 0,
    ) -> str:
        """What a run did to items, in a sentence or a few; empty for nothing."""
        said = [
            f"{_DONE[kind]} {_counted(count, 'item')}{': ' + ', '.join(names) if names else ''}."
            for kind, count, names in changes
        ]
        said += [f"{refusal}." for refusal in refusals]
        if more_refusals:
            said.append(f"{more_refusals:,} more were left alone.")
        return " ".join(said)

    # ── changes of items ─────────────────────────────────────────────────────────────────────────────────────────────

    def untitled_type(self, item_type: str) -> str:
        """What one item is called of a type that is not declared."""
        return f"{item_type} item"

    def adding(self, counts: Mapping[str, int]) -> str:
        """Before items are added: how many, by what one of them is called."""
        return f"Creating {_listed(_counted(count, kind) for kind, count in counts.items())}…"

    def changing(self, count: int) -> str:
        """Before items are changed."""
        return f"Changing {_counted(count, 'item')}…"

    def removing(self, count: int, reason: str) -> str:
        """Before items are removed."""
        return f"Removing {_counted(count, 'item')} ({reason})…"

    def added(self, name: str) -> str:
        """That an item was added."""
        return f"Added item: {name}"

    def changed(self, name: str, values: Mapping[str, object]) -> str:
        """That fields of an item were changed, with what they are now; None stands for a field that is gone."""
        told = (f"{field} is now {'gone' if value is None else value}" for field, value in values.items())
        return f"{name}: {_listed(told)}"

    def removed(self, name: str, reason: str) -> str:
        """That an item was removed."""
        return f"Removed item: {name} ({reason})"

    def left_alone(self, name: str, why: str = "") -> str:
        """That an item was not changed, without a full stop; without a reason because somebody changed it meanwhile."""
        return f"{name} was left alone: {why or 'somebody changed it meanwhile'}"


def _counted(count: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(parts) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last
