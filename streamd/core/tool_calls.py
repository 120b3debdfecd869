"""Tool calls on items, and the understanding of requests that contains them.

The language of requests produces them from sentences, a language model as tool use; agents execute them. Ids are those of
existing items; a new item has no id until the daemon assigns one.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, TypeAlias

import attrs

from streamd.core.item import ItemId
from streamd.core.values import Value
from streamd.facts import frozen


@frozen
class AddItems:
    """Add these items, in this order."""

    items: tuple[Mapping[str, Value], ...]
    """Flat fields of each: always `type` and `name`, `id` only if the request has one."""


@frozen
class ItemEdit:
    """The change of one item. Values are final, not expressions, so it can be shown before it is executed."""

    item_id: ItemId
    set: Mapping[str, Value] = attrs.field(factory=dict)
    unset: tuple[str, ...] = ()
    inc: Mapping[str, float] = attrs.field(factory=dict)
    """Numbers to add (negative: subtract), for 'increase by' and 'reduce by': they never conflict with concurrent edits."""
    add_to_set: Mapping[str, tuple[Value, ...]] = attrs.field(factory=dict)


@frozen
class ChangeItems:
    """Change these items, in this order."""

    edits: tuple[ItemEdit, ...]


@frozen
class RemoveItems:
    """Remove these items, in this order."""

    item_ids: tuple[ItemId, ...]
    reason: str
    """Reason for people, shown next to the removal, for example `low stock`."""


ToolCall: TypeAlias = AddItems | ChangeItems | RemoveItems
"""A call of one of the tools for items."""


def touched_by(call: ToolCall) -> Sequence[ItemId]:
    """List the items that a call changes or removes."""
    match call:
        case AddItems():
            return ()
        case ChangeItems(edits=edits):
            return [edit.item_id for edit in edits]
        case RemoveItems(item_ids=ids):
            return ids


PrimaryIntent: TypeAlias = str
"""Name of an intent, declared by the agents that serve it."""
GENERAL: Final = "general"
"""The intent of requests that match no other."""
Action = Literal[
    "add", "remove", "change", "show", "count", "sum", "analyze", "recommend", "tco", "forecast", "anomalies", "seasonality",
    "scenarios", "ask", "remember", "recall", "help", "none",
]  # fmt: skip
"""Requested actions. `recommend` and `tco` are about suppliers, `anomalies`, `seasonality` and `scenarios` about demand;
`ask` is a question that the items do not answer; `remember` states a preference, `recall` lists them."""

Topic = Literal[
    "review", "stockouts", "coming_stockouts", "details", "ideas", "writing", "travel",
    "value_classes", "turnover", "depletion", "overstock", "replenishment", "reorder_points", "safety_stock",
]  # fmt: skip
"""Topics that change the form of an answer: `review` asks for more than a list, `stockouts` and `depletion` for items that
run out, `coming_stockouts` for when they do, `details` for the derivation of figures, `ideas` for next steps; `writing` for a text, `travel` for a trip; the
others are findings of a stock analysis."""
_CHANGING: Final[frozenset[Action]] = frozenset({"add", "remove", "change"})
_ANALYSES: Final[frozenset[Action]] = frozenset(
    {"analyze", "recommend", "tco", "forecast", "anomalies", "seasonality", "scenarios"}
)


@frozen
class Intent:
    """Intent of a request."""

    primary_intent: PrimaryIntent
    confidence: float
    """0 to 1."""
    actions: tuple[Action, ...] = ()
    """In the order of the request."""
    item_types: tuple[str, ...] = ()

    @property
    def asks_for_analysis(self) -> bool:
        """Whether one of the actions is an analysis."""
        return not _ANALYSES.isdisjoint(self.actions)


@frozen
class Problem:
    """An invalid entry of a bulk operation."""

    index: int
    """Index of the entry, from 0."""
    message: str
    """Reason, for the user."""
    item_id: str = ""
    """Id in the entry, if any."""


Urgency = Literal["low", "medium", "high"]
"""How soon what is needed has to come."""


@frozen
class Need:
    """An item to be bought."""

    item_id: ItemId
    quantity: float | None = None
    """In the unit of the item's stock; None: unspecified."""
    urgency: Urgency | None = None
    """None: unspecified."""


PreferenceKey = Literal[
    "preferred_supplier", "avoided_supplier", "preferred_location", "avoided_location",
    "answer_style", "forecast_periods", "currency", "note", "*",
]  # fmt: skip
"""`*` stands for all keys, only in a withdrawal."""


@frozen
class Preference:
    """A standing preference of a user."""

    key: PreferenceKey
    value: str | int | tuple[str, ...]
    """For suppliers and locations their names; for `answer_style` `brief`, `detailed` or `list`; for `forecast_periods` their
    number; for `currency` its ISO 4217 code; for `note` the text."""
    text: str
    """Predicate for people, with the user as its subject: `prefers suppliers from Europe`."""
    withdrawn: bool = False
    """Whether it withdraws the stored preference of this key and value; an empty value matches any."""


@frozen
class RequestSetting:
    """The setting of a request: its day, and the items that its words may refer back to."""

    today: date | None = None
    """The day on which it was made, where its user is; None: unknown, and dates are read by themselves."""
    last_items: tuple[ItemId, ...] = ()
    """The items that the request before it in its thread was about, in the order in which they were told: `them`."""


@frozen
class Understanding:
    """A request as parsed by the language of requests.

    Either `calls` are complete and in order, or `refusal` says why nothing is changed: a request that is understood only in
    part changes nothing.
    """

    intent: Intent
    calls: tuple[ToolCall, ...] = ()
    reply: str = ""
    """Text for the user: the answer to a question, and assumptions ('I took «several» to mean 3')."""
    refusal: str = ""
    """Why nothing is changed, and how to phrase the request instead."""
    candidates: tuple[ItemId, ...] = ()
    """Items that match an ambiguous name."""
    matched: tuple[ItemId, ...] = ()
    """Items that the answer is about."""
    problems: tuple[Problem, ...] = ()
    """Invalid entries of a bulk operation, which were skipped where the request allows it."""
    preference: Preference | None = None
    """Preference that the request states or withdraws."""
    plan: tuple[PrimaryIntent, ...] = ()
    """Intents of the request's parts, in order; one for most requests."""
    focus: str = ""
    """Criterion that selects the items of a plan of several analyses, such as `low_stock`."""
    needs: tuple[Need, ...] = ()
    """Items that suppliers are sought for."""
    periods: int | None = None
    """Horizon of a forecast in periods, each of `period_days`; None: unspecified."""
    period_days: float | None = None
    """Length of a period in days, for months, quarters and years the mean; None: that of the history."""
    undoes: bool = False
    """Whether it asks to take back what an earlier request did."""

    @property
    def asks_for_changes(self) -> bool:
        """Whether the request asks to change items."""
        return bool(self.calls) or self.undoes or not _CHANGING.isdisjoint(self.intent.actions)
