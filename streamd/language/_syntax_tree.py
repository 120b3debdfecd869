"""The syntax tree of a request, before names are resolved: noun phrases, assignments and clauses."""

from collections.abc import Mapping

import attrs

from streamd.core.item import ItemId
from streamd.errors import StreamdError
from streamd.facts import frozen
from streamd.language._imperatives import VerbKind
from streamd.language._lexicon import FieldWord
from streamd.language._predicates import Predicate
from streamd.language._quantities import Quantity


class NotUnderstoodError(StreamdError):
    """A request, or a part of one, that is refused: the message gives the reason, candidates are items that may be meant."""

    code = "not_understood"

    def __init__(self, message: str, candidates: tuple[ItemId, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class UnclearValueError(NotUnderstoodError):
    """A value in a request, such as a date or a name, that cannot be what it is compared with; no question ignores it."""


class UnknownValueError(UnclearValueError):
    """A condition on a value that no item has, or that several may be; no analysis of other items stands for it."""


@frozen
class Superlative:
    """Selects the items with the highest or lowest value of a field; the field `#` is the order of adding."""

    field: FieldWord
    highest: bool
    count: int
    surface: str
    rank: int = 1
    """Which one it begins with: 2 in `the second cheapest`."""


@frozen
class NameMention:
    """A name in a request, and the items of exactly that name."""

    text: str
    ids: tuple[ItemId, ...] = ()
    quoted: bool = False
    key: str = ""
    """The lookup form of the name, with typing mistakes corrected."""


@frozen
class NounPhrase:
    """A noun phrase that selects items."""

    surface: str = ""
    type: str = ""
    generic: bool = False
    plural: bool = False
    everything: bool = False
    every: bool = False
    """`all`, `every`, `each`, `any`."""
    definite: bool = False
    pronoun: bool = False
    others: bool = False
    """`other`, `remaining`: without the items named last."""
    count: Quantity | None = None
    names: tuple[NameMention, ...] = ()
    condition: Predicate | None = None
    superlative: Superlative | None = None
    excluded: "tuple[NounPhrase, ...]" = ()

    @property
    def bare_of_conditions(self) -> bool:
        """Whether it selects all items of a type, or of all types."""
        return not (self.names or self.condition or self.superlative or self.pronoun or self.excluded)

    @property
    def refers_back(self) -> bool:
        """Whether it selects among the items named before: `the first`, `the last two`, `the cheapest one`."""
        if self.superlative is None or self.type or self.names or self.everything:
            return False
        return "#" in self.superlative.field or self.surface.casefold().rpartition(" ")[2] in ("one", "ones")

    @property
    def bare(self) -> bool:
        """Whether it consists of a type only."""
        return not (self.names or self.condition or self.superlative or self.pronoun or self.everything)


@frozen
class Assignment:
    """A field and its new value or change."""

    field: FieldWord
    field_surface: str
    raw: str = ""
    number: Quantity | None = None
    source: FieldWord | None = None
    """Another field of the same item whose value is copied: `to their max`."""
    delta: bool = False
    """The number is added (negative: subtracted), or is a percentage to change by."""
    factor: float | None = None
    unset: bool = False
    ids: tuple[ItemId, ...] = ()
    """Items of an order line; the number is their quantity."""
    values: Mapping[tuple[str, str], str] = attrs.field(factory=dict)


@frozen
class NewItems:
    """New items: their type, number, names and fields."""

    type: str
    count: Quantity | None = None
    names: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()


@frozen
class Clause:
    """One command as parsed."""

    kind: VerbKind
    verb: str
    targets: tuple[NounPhrase, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    new: tuple[NewItems, ...] = ()
    name: str = ""
