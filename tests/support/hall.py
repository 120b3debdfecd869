"""A workspace without a daemon: wishes are decided one after the other, and what came of them is written down."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import orjson
from hypothesis import strategies as st

from streamd.core.change import AddItem, Change, ChangeItem, Publish, RemoveItem
from streamd.core.decide import Decision, decide
from streamd.core.event import Event
from streamd.core.item import Item, ItemId, Known, Seq
from streamd.core.item_type import ItemTypes
from streamd.errors import RefusedError

IDS = ("a", "b", "c")
COMMON = ("name", "subtitle", "type")
OTHERS = ("stock", "tags", "note", "on")


def as_json(value: object) -> bytes:
    """What tells true from 1."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@attrs.define
class Hall:
    """The server's side."""

    types: ItemTypes = attrs.field(factory=ItemTypes)
    known: dict[ItemId, Known] = attrs.field(factory=dict)
    told: list[Event] = attrs.field(factory=list)
    """Every event, the first at position 1."""

    @property
    def top(self) -> Seq:
        return Seq(len(self.told))

    def wish(self, change: Change) -> Decision | RefusedError:
        known = None if change.item_id is None else self.known.get(change.item_id)
        try:
            decision = decide(change, known, self.types, Seq(self.top + 1))
        except RefusedError as refusal:
            return refusal
        if not isinstance(change, Publish):
            self.known[change.item_id] = decision.after
        self.told += decision.events
        return decision

    def items(self) -> dict[str, dict[str, object]]:
        return {item.id: dict(item.flat()) for item in self.known.values() if isinstance(item, Item)}

    def item(self, item_id: str) -> Item:
        item = self.known[ItemId(item_id)]
        assert isinstance(item, Item)
        return item


def code(refused: object) -> str:
    assert isinstance(refused, RefusedError)
    return refused.code


def accepted(decision: object) -> Decision:
    assert isinstance(decision, Decision)
    return decision


def add(**fields: object) -> AddItem:
    """Item `a`."""
    given: Mapping[str, Any] = {"type": "inventory", "name": "Bolt", **fields}
    return AddItem(ItemId("a"), given)


texts = st.sampled_from(["Bolt", "Nut", "été", "x" * 50])
leaves = st.one_of(
    texts, st.booleans(), st.integers(-3, 3), st.integers(-3, 3).map(lambda number: number + 0.5)
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=5,
)
item_ids = st.sampled_from(IDS).map(ItemId)
new_values = st.fixed_dictionaries(
    {},
    optional={
        "name": texts,
        "subtitle": st.none() | texts,
        "type": st.sampled_from(["inventory", "supplier"]),
        **{name: st.none() | values for name in OTHERS},
    },
)
additions = st.builds(
    lambda item_id, fields: AddItem(item_id, {"type": "inventory", "name": "Bolt", **fields}),
    item_ids,
    new_values,
)
removals = st.builds(RemoveItem, item_ids, st.sampled_from(["sold", "lost"]))
modifications = st.builds(
    ChangeItem,
    item_id=item_ids,
    set=new_values,
    unset=st.lists(st.sampled_from(["subtitle", *OTHERS]), max_size=1).map(tuple),
    inc=st.dictionaries(st.sampled_from(["stock", "count"]), st.integers(-5, 5), max_size=1),
    add_to_set=st.dictionaries(
        st.sampled_from(["tags", "marks"]), st.lists(leaves, min_size=1, max_size=3).map(tuple), max_size=1
    ),
)
publications = st.builds(Publish, st.just("told"), st.just({"n": 1}), st.none() | item_ids)
wishes: st.SearchStrategy[Change] = st.one_of(additions, modifications, modifications, removals, publications)


@st.composite
def histories(draw: st.DrawFn, *, max_size: int = 25) -> tuple[Hall, Sequence[tuple[Change, object]]]:
    """A hall that several writers filled, each with what it had seen a while ago for a base; and what became of each."""
    hall = Hall()
    done = []
    for wish in draw(st.lists(wishes, max_size=max_size)):
        change = wish
        if isinstance(change, ChangeItem | RemoveItem):
            lag = draw(st.none() | st.integers(0, 6))
            base = None if lag is None else Seq(max(0, hall.top - lag))
            change = attrs.evolve(change, base=base)
            if isinstance(change, ChangeItem) and base is not None:
                change = attrs.evolve(
                    change, on_conflict=draw(st.sampled_from(["overwrite", "merge", "reject"]))
                )
        done.append((change, hall.wish(change)))
    return hall, done
