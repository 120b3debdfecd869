"""Words what people read in English (`streamd.ports.wording.Wording`)."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.language._agent_wording import DONE, EnglishAgentWording
from streamd.language._analysis_wording import EnglishAnalysisWording
from streamd.language.findings import EnglishFindingWording
from streamd.ports.agent_wording import ItemChange
from streamd.text.lists import listed
from streamd.text.names import as_name
from streamd.text.plurals import counted

_FAILURES: Final[Mapping[str, str]] = {
    "rate_limited": "takes no more requests just now",
    "overloaded": "is overloaded",
    "unreachable": "cannot be reached",
    "stalled": "said nothing for too long",
    "cut_off": "was cut off",
    "truncated": "was cut off",
}


@frozen
class EnglishWording(EnglishAgentWording, EnglishAnalysisWording, EnglishFindingWording):
    """The English catalogue: the texts of the engine, of agents, and of findings, without state."""

    # ── a request on its way ─────────────────────────────────────────────────────────────────────────────────────────

    def request_received(self) -> str:
        """Open a run."""
        return "Processing your request…"

    def run_resumed(self) -> str:
        """Open a run that resumes another one."""
        return "Going on…"

    def questions_withdrawn(self, questions: Sequence[str]) -> str:
        """Report that a request withdraws the open questions of its thread."""
        return f"Withdrawn: {' '.join(f'«{one}»' for one in questions)}"

    def taken_as_answer(self, question: str, is_approved: bool) -> str:
        """Report that a request was taken as the answer to the open question of its thread."""
        return f"Taken as {'yes' if is_approved else 'no'} to «{question}»"

    def intent_detected(self, intent: str) -> str:
        """Name the intent of the request."""
        return f"Detected intent: {intent}"

    def progress(self, done: int, total: int) -> str:
        """Report how many of all changes are made."""
        return f"{done:,} of {total:,}"

    def answer_restarted(self) -> str:
        """Report that the model's answer was cut off and restarts."""
        return "The answer was cut off and begins again; what came of it before does not hold."

    def waits_in_line(self, place: int) -> str:
        """Report the place of a run in the line of those that wait, from 1."""
        return "Next in line" if place == 1 else f"Waiting: {place:,} in line"

    def waits_for_thread(self) -> str:
        """Report that a run waits for an earlier one of its thread."""
        return "Waiting for the request before this one"

    def asks_again(self, kind: str, attempt: int, seconds: float) -> str:
        """Report a model's failure, by its kind, and when which attempt follows."""
        why = _FAILURES.get(kind, "failed")
        return f"The language model {why}; attempt {attempt} in {seconds:g} s"

    def writes_call(self, tool: str, kilobytes: int) -> str:
        """Report how much of a call of a tool a model has written."""
        return f"Writing {tool}: {kilobytes:,} KB so far"

    def rules_answer(self) -> str:
        """Report that rules answer in place of a language model that cannot be asked."""
        return "The language model cannot be asked just now; answered by rules instead"

    def node_waits(self, node: str, attempt: int, attempts: int, seconds: float) -> str:
        """Report that a node is tried again."""
        return f"{node} failed; attempt {attempt} of {attempts} in {max(1, round(seconds))} s"

    def agent_starts(self, agent: str) -> str:
        """Report that an agent starts."""
        return f"{agent} begins"

    def agent_asked(self, by: str, agent: str, query: str) -> str:
        """Record a question of one agent to another in the memory."""
        return f"{by} asked {agent}: {query}"

    def the_request(self) -> str:
        """Cite the request."""
        return "The request"

    # ── questions to people ──────────────────────────────────────────────────────────────────────────────────────────

    def ask_to_continue(self, node: str) -> str:
        """Ask for approval of the next node of the graph."""
        return f"Go on with {node}?"

    def ask_to_remove(
        self,
        count: int,
        names: Sequence[str],
        reason: str,
        referring: Sequence[str] = (),
        staying: Sequence[str] = (),
    ) -> str:
        """Ask for approval of a removal, with the names of the first items and of the first that refer to them."""
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        nouns, names = "item" if count == 1 else "items", [as_name(name) for name in names]
        reason, referring = as_name(reason), [as_name(name) for name in referring]
        cleared = f" This clears what refers to them: {', '.join(referring)}." if referring else ""
        kept = "".join(f" {one}." for one in staying)
        return f"Remove {count:,} {nouns} ({reason}): {', '.join(names)}{more}?{cleared}{kept}"

    def still_referred_to(self, referring: Sequence[tuple[str, str]], more: int) -> str:
        """Say which items refer to one."""
        named = ", ".join(f"{as_name(name)} ({field.replace('_', ' ')})" for name, field in referring)
        others = f" and {more:,} more" if more else ""
        return f"it is referred to by {named}{others}; give those another value, or remove them first"

    def stays(self, name: str, why: str) -> str:
        """Say that an item stays, and what refers to it."""
        return f"{as_name(name)} stays: {why}"

    def ask_to_call(self, tool: str, arguments: Mapping[str, str], more: int) -> str:
        """Ask for approval of a call of a tool."""
        given = [f"{as_name(name)} {value}" for name, value in arguments.items()]
        given += [f"{more:,} more"] if more else []
        return f"Call {as_name(tool)}{' with ' if given else ''}{', '.join(given)}?"

    def ask_for_results(self, tools: Sequence[str]) -> str:
        """Ask for the results of pending tool calls; `tools` has the name of the tool of each call."""
        return f"What came of {', '.join(dict.fromkeys(tools))}?"

    # ── the end of a run ─────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_changed(self) -> str:
        """Close a run that changed nothing and has no answer."""
        return "Done; nothing was changed."

    def cancelled(self, by: str) -> str:
        """Report who cancelled the run."""
        return f"Cancelled by {by}."

    def stopped_after_turn(self, by: str) -> str:
        """Report who stopped the run after a model's turn."""
        return f"Stopped after the turn, as {by} wished."

    def answer_refused(self, by: str) -> str:
        """Report who refused the question of the run."""
        return f"Refused by {by}; nothing more was done."

    def summary(
        self,
        changes: Sequence[tuple[ItemChange, int, Sequence[str]]],
        refusals: Sequence[str],
        more_refusals: int = 0,
    ) -> str:
        """Summarise the changes of a run; empty for none."""
        sentences = [
            f"{DONE[kind]} {counted(count, 'item')}{': ' + ', '.join(names) if names else ''}."
            for kind, count, names in changes
        ]
        sentences += [f"{refusal}." for refusal in refusals]
        if more_refusals:
            sentences.append(f"{more_refusals:,} more were left alone.")
        return " ".join(sentences)

    def took_back(self, requests: Sequence[str]) -> str:
        """Report the requests whose changes were undone."""
        return f"I took back what was asked before: {listed([f'«{one}»' for one in requests])}."

    def not_taken_back(self, why: str) -> str:
        """Report why an earlier request was not undone, without a full stop."""
        return f"Nothing was taken back: {why}"

    # ── changes of items ─────────────────────────────────────────────────────────────────────────────────────────────

    def untitled_type(self, item_type: str) -> str:
        """Name one item of a type without a declaration."""
        return f"{item_type} item"

    def adding(self, counts: Mapping[str, int]) -> str:
        """Announce additions, with their number by the name of their type."""
        return f"Creating {listed([counted(count, kind) for kind, count in counts.items()]) or 'nothing'}…"

    def changing(self, count: int) -> str:
        """Announce changes of items."""
        return f"Changing {counted(count, 'item')}…"

    def removing(self, count: int, reason: str) -> str:
        """Announce a removal of items."""
        return f"Removing {counted(count, 'item')} ({reason})…"

    def added(self, name: str) -> str:
        """Report an item as added."""
        return f"Added item: {name}"

    def changed(self, name: str, values: Mapping[str, object]) -> str:
        """Report the new values of an item's fields; None is a removed field."""
        changes = [f"{field} is now {'gone' if value is None else value}" for field, value in values.items()]
        return f"{name}: {listed(changes) or 'nothing'}"

    def removed(self, name: str, reason: str) -> str:
        """Report an item as removed."""
        return f"Removed item: {name} ({reason})"

    def left_alone(self, name: str, why: str = "") -> str:
        """Report an item as unchanged, without a full stop. The default reason is a conflicting change."""
        return f"{name} was left alone: {why or 'somebody changed it meanwhile'}"

    def declined(self, by: str, count: int, names: Sequence[str]) -> str:
        """Report which items a person did not approve to remove, without a full stop."""
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        return f"{by} declined to remove {', '.join(names)}{more}"
