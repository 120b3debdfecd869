"""Tool calls: what an agent may do to items, and what it says instead.

The language of requests produces them from words, a language model produces them as tool use; agents carry them out.
Ids are ids of items that exist; a new item has no id until the daemon gives it one.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from streamd.core.item import ItemId
from streamd.core.values import Value


@attrs.frozen
class AddItems:
    """Add these items, in this order."""

    items: tuple[Mapping[str, Value], ...]
    """Flat fields of each: `type` and `name` always, `id` only where the requester gave one."""


@attrs.frozen
class ItemEdit:
    """The change of one item. Values are final (no expression), so it can be shown before it is done."""

    item_id: ItemId
    set: Mapping[str, Value] = attrs.field(factory=dict)
    unset: tuple[str, ...] = ()
    inc: Mapping[str, float] = attrs.field(factory=dict)
    """Numbers to add (negative: subtract): what 'increase by' and 'reduce by' mean whoever else edits meanwhile."""
    add_to_set: Mapping[str, tuple[Value, ...]] = attrs.field(factory=dict)


@attrs.frozen
class ChangeItems:
    """Change these items, in this order."""

    edits: tuple[ItemEdit, ...]


@attrs.frozen
class RemoveItems:
    """Remove these items, in this order."""

    item_ids: tuple[ItemId, ...]
    reason: str
    """Why, in words a person reads next to the removal, for example `low stock`."""


ToolCall: TypeAlias = AddItems | ChangeItems | RemoveItems

PrimaryIntent: TypeAlias = str
"""A kind of request, by the name under which an agent declares that it takes such requests."""
GENERAL: Final = "general"
"""The kind of all requests that are of no other."""
Action = Literal[
    "add", "remove", "change", "show", "count", "sum", "analyze", "recommend", "tco", "forecast", "anomalies", "seasonality",
    "scenarios", "ask", "remember", "recall", "help", "none",
]  # fmt: skip
"""What a request wants done. `recommend` and `tco` are about suppliers, `anomalies`, `seasonality` and `scenarios` about
demand; `ask` is a question that the items do not answer; `remember` states a preference, `recall` asks for them."""

Topic = Literal[
    "review", "stockouts", "details", "ideas", "writing", "travel",
    "value_classes", "turnover", "depletion", "overstock", "replenishment", "reorder_points", "safety_stock",
]  # fmt: skip
"""What a text is about, as far as an agent answers differently for it: `review` wants more than a list, `stockouts` and
`depletion` ask what runs out, `details` how figures came about, `ideas` ways to go on; `writing` wants a text, `travel` is
about a trip; the others are findings of a stock analysis."""
_CHANGING: Final[frozenset[Action]] = frozenset({"add", "remove", "change"})


@attrs.frozen
class Intent:
    """What a request is about."""

    primary_intent: PrimaryIntent
    confidence: float
    """0 to 1."""
    actions: tuple[Action, ...] = ()
    """In the order they were asked for."""
    item_types: tuple[str, ...] = ()


@attrs.frozen
class Problem:
    """One entry of a bulk operation that cannot be done."""

    index: int
    """Its place among the entries, from 0."""
    message: str
    """Why, for the requester."""
    item_id: str = ""
    """The id it was about, as far as one was given."""


Urgency = Literal["low", "medium", "high"]


@attrs.frozen
class Need:
    """Something to be bought."""

    item_id: ItemId
    quantity: float | None = None
    """In the units of the item's stock; None: not said."""
    urgency: Urgency | None = None
    """None: not said."""


PreferenceKey = Literal[
    "preferred_supplier", "avoided_supplier", "preferred_location", "avoided_location",
    "answer_style", "forecast_periods", "currency", "note", "*",
]  # fmt: skip
"""`*` stands for all of them, and only where something is withdrawn."""


@attrs.frozen
class Preference:
    """What somebody wants to hold from now on."""

    key: PreferenceKey
    value: str | int | tuple[str, ...]
    """Of suppliers and locations their names; of `answer_style` `brief`, `detailed` or `list`; of `forecast_periods` how many;
    of `currency` its ISO 4217 code; of `note` the words."""
    text: str
    """For people, about the one who said it, without a subject: `prefers suppliers from Europe`."""
    withdrawn: bool = False
    """It shall hold no longer: what is kept under `key` that is of this `value`, whatever it is when the value is empty."""


@attrs.frozen
class Understanding:
    """What the language of requests made of a request.

    Either `calls` are what was asked for, complete and in order, or `refusal` says why nothing is done: it is all or
    nothing, a request that is half understood changes nothing.
    """

    intent: Intent
    calls: tuple[ToolCall, ...] = ()
    reply: str = ""
    """Words for the requester: the answer to a question, and what was assumed ('I took «several» to mean 3')."""
    refusal: str = ""
    """Why nothing is changed, and what to say instead."""
    candidates: tuple[ItemId, ...] = ()
    """Items that an ambiguous name may have meant."""
    matched: tuple[ItemId, ...] = ()
    """Items that an answer is about."""
    problems: tuple[Problem, ...] = ()
    """Entries of a bulk operation that were left out, when it was asked for item by item."""
    preference: Preference | None = None
    """What the requester wants to hold from now on."""
    plan: tuple[PrimaryIntent, ...] = ()
    """The domains that the request wants looked at, in the order asked; one for most requests."""
    focus: str = ""
    """The criterion that says which items a plan of several analyses is about, such as `low_stock`."""
    needs: tuple[Need, ...] = ()
    """What suppliers are wanted for."""
    periods: int | None = None
    """How many periods ahead a forecast shall look, each of `period_days`; None: not said."""
    period_days: float | None = None
    """How long one of those periods is, of months, quarters and years their mean; None: as long as the history's."""

    @property
    def asks_for_changes(self) -> bool:
        """Whether items are to be changed."""
        return bool(self.calls) or not _CHANGING.isdisjoint(self.intent.actions)
