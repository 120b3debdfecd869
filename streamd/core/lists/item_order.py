"""The order of a sorted list of items, and cursors in it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final, TypeAlias

import orjson

from streamd.core.item import START, Item, Seq
from streamd.core.values import Value, caseless, is_number, spelling_in
from streamd.errors import InvalidMessageError
from streamd.facts import frozen

MAX_SORT_FIELDS: Final = 4
_COMPARED_CHARS: Final = 200
"""Texts that begin alike for so long are equal to sorting: cursors hold what is compared."""

Rank: TypeAlias = tuple[int, float, str]
"""What is compared of a value: its kind, then the number or the text."""
_NUMBER, _TEXT, _FLAG, _OTHER, _LAST = range(5)
_FIRST: Final = -1


@frozen
class SortField:
    """One field to sort by."""

    name: str
    descending: bool = False

    def rank(self, item: Item) -> Rank:
        """Rank an item: numbers, then texts without case, false and true, and lists and objects. No value comes last."""
        value = value_of(item, self.name)
        if value is None:
            return (_FIRST if self.descending else _LAST, 0, "")
        return rank_of(value)


def value_of(item: Item, name: str) -> Value | None:
    """Return the value of a field, or the item's id."""
    return item.id if name == "id" else item.fields.get(spelling_in(item.fields, name))


def rank_of(value: Value) -> Rank:
    """Rank a value in ascending order."""
    if isinstance(value, str):
        return (_TEXT, 0, caseless(value[:_COMPARED_CHARS])[:_COMPARED_CHARS])
    if isinstance(value, int | float):
        return (_NUMBER if is_number(value) else _FLAG, value, "")
    return (_OTHER, 0, "")


def parse_sort(names: Sequence[str], path: str = "sort") -> tuple[SortField, ...]:
    """Parse fields to sort by: `name`, or `-name` for descending order. A `+` before a name says ascending."""
    fields = tuple(
        SortField(name.removeprefix("+"))
        if not name.startswith("-")
        else SortField(name[1:], descending=True)
        for name in names
    )
    if len(fields) > MAX_SORT_FIELDS:
        raise InvalidMessageError(f"{path} may name {MAX_SORT_FIELDS} fields", path=path)
    if not all(field.name for field in fields):
        raise InvalidMessageError(f"{path} must name fields, such as name or -current_stock", path=path)
    return fields


@frozen
class ItemOrder:
    """A total order of items: by fields, and items that are equal in them in the order they were added."""

    fields: tuple[SortField, ...] = ()

    def ranks(self, item: Item) -> tuple[Rank, ...]:
        """The values of an item that are compared."""
        return tuple(field.rank(item) for field in self.fields)

    def sort(self, items: Sequence[Item]) -> list[Item]:
        """Sort items that come in the order they were added."""
        return [item for _, item in self.sorted([(self.ranks(item), item) for item in items])]

    def sorted(self, items: Sequence["RankedItem"]) -> list["RankedItem"]:
        """Sort ranked items, which stay in the order they came where they are equal."""
        found = list(items)
        for column, field in reversed(list(enumerate(self.fields))):
            # Reversing keeps the order of equal ones.
            found.sort(key=_Column(column), reverse=field.descending)
        return found

    def is_after(self, ranks: tuple[Rank, ...], added: Seq, cursor: "ListCursor") -> bool:
        """Whether an item comes after the one where a page ended."""
        for field, rank, ended in zip(self.fields, ranks, cursor.ranks, strict=True):
            if rank != ended:
                return (rank > ended) is not field.descending
        return added > cursor.added

    def cursor_at(self, ranks: tuple[Rank, ...], added: Seq) -> str:
        """Make the text from which the list goes on after an item."""
        told = [[self._spelled(), *ranks], added]
        return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")

    def parse_cursor(self, given: Seq | str, path: str = "after") -> "ListCursor | None":
        """Read a cursor of a list in this order: a position where no field orders it. Raises InvalidMessageError."""
        if given == START:
            return None
        if isinstance(given, int) and not self.fields:
            return ListCursor((), given)
        text = str(given)
        try:
            (spelled, *ranks), added = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            cursor = ListCursor(tuple(_checked_rank(rank) for rank in ranks), Seq(added))
            if spelled == self._spelled() and len(ranks) == len(self.fields) and type(added) is int:
                return cursor
        except (binascii.Error, ValueError, TypeError):
            pass
        raise InvalidMessageError(
            f"{path} belongs to no list that is sorted like this; send the one of the page before", path=path
        )

    def _spelled(self) -> list[str]:
        return [f"{'-' if field.descending else '+'}{field.name}" for field in self.fields]


@frozen
class ListCursor:
    """The end of a page: the compared values of its last item, as they were then."""

    ranks: tuple[Rank, ...]
    added: Seq


RankedItem: TypeAlias = tuple[tuple[Rank, ...], Item]


def _checked_rank(rank: object) -> Rank:
    match rank:
        case [int() as kind, (int() | float()) as number, str() as text]:
            return (kind, number, text)
        case _:
            raise ValueError("no rank")


@frozen
class _Column:
    number: int

    def __call__(self, one: RankedItem) -> Rank:
        return one[0][self.number]


class FirstItems:
    """Keeps the first items, in an order and after a cursor, of any number that come in the order they were added."""

    def __init__(self, order: ItemOrder, cursor: ListCursor | None, most: int) -> None:
        self._order = order
        self._cursor = cursor
        self._most = most
        self._kept: list[RankedItem] = []

    def add(self, item: Item, compared: Item) -> None:
        """Take an item in, unless it comes before the cursor. It is compared by another form of it, which has more fields."""
        ranks = self._order.ranks(compared)
        if self._cursor is None or self._order.is_after(ranks, item.added, self._cursor):
            self._kept.append((ranks, item))
            if len(self._kept) > 2 * self._most + 1_000:
                self._kept = self._order.sorted(self._kept)[: self._most]

    def __len__(self) -> int:
        return len(self._kept)

    def ranked(self) -> list[RankedItem]:
        """Return them, sorted."""
        return self._order.sorted(self._kept)[: self._most]
