"""The vocabulary of items: whatever happened to them, requests are understood as over a vocabulary that is made anew."""

from collections.abc import Mapping

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import Value
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._lexicon import lexicon_of
from streamd.language.understanding import understand

TYPES = ItemTypes(
    {
        "inventory": ItemType(
            "inventory",
            aliases=("item",),
            fields={
                "current_stock": FieldSpec("current_stock", "number"),
                "location": FieldSpec("location", "string"),
                "made_by": FieldSpec("made_by", "reference", refers_to="supplier", on_remove="clear"),
            },
        ),
        "supplier": ItemType("supplier", fields={}),
    }
)
NAMES = ("Bolt", "bolt", "Hex Bolt", "Nut", "Acme Tools", "Zed")
IDS = st.sampled_from(["i1", "i2", "i3", "s1", "s2"])
FIELDS = st.fixed_dictionaries(
    {"name": st.sampled_from(NAMES)},
    optional={
        "location": st.sampled_from(["Hall A", "hall a", "Hall B", "7"]),
        "sku": st.sampled_from(["B-100", "N-200", "Bolt"]),
        "colour": st.sampled_from(["red", "dark red"]),
        "made_by": st.sampled_from(["s1", "s2", "gone"]),
        "current_stock": st.integers(0, 9),
    },
)
CHANGES = st.lists(st.tuples(IDS, st.none() | FIELDS, st.booleans()), max_size=12)
REQUESTS = (
    "Set the stock of Bolt to 5", "Remove Nut", "Remove B-100", "Show the items in Hall A", "How many items are there?",
    "Remove the items from Acme Tools", "Add an item named Zed", "Remove Hex", "Set the colour of Zed to red", "Remove Bolzt",
)  # fmt: skip


def item(item_id: str, fields: Mapping[str, Value], added: int) -> Item:
    kind = "supplier" if item_id.startswith("s") else "inventory"
    return Item(ItemId(item_id), {"type": kind, **fields}, {}, Seq(added), Seq(added))


@given(CHANGES)
@settings(max_examples=20, deadline=None)
def test_a_vocabulary_that_follows_changes_is_as_one_made_anew(
    changes: list[tuple[str, dict[str, Value] | None, bool]],
) -> None:
    followed, items = ItemVocabulary(TYPES), dict[str, Item]()
    removed: dict[str, Seq] = {}
    for number, (item_id, fields, restores) in enumerate(changes, 1):
        if fields is None:
            if (gone := items.pop(item_id, None)) is not None:
                removed[item_id] = gone.added
            followed.remove(ItemId(item_id))
            continue
        place = (
            items[item_id].added if item_id in items else removed.get(item_id, number) if restores else number
        )
        items[item_id] = item(item_id, fields, place)
        followed.put(items[item_id])
    anew = ItemVocabulary.of(TYPES, sorted(items.values(), key=lambda one: one.added))
    assert list(followed) == list(anew)
    assert [*followed.items()] == [*anew.items()]
    for kind in ("inventory", "supplier"):
        assert list(followed.of_type(kind)) == list(anew.of_type(kind))
    one, other = lexicon_of(followed), lexicon_of(anew)
    assert {key: set(ids) for key, ids in one.names.items()} == {
        key: set(ids) for key, ids in other.names.items()
    }
    assert {key: where.keys() for key, where in one.values.items()} == {
        key: where.keys() for key, where in other.values.items()
    }
    assert (one.types, one.fields, one.criteria) == (other.types, other.fields, other.criteria)
    for text in REQUESTS:
        read, again = understand(text, {}, followed, TYPES), understand(text, {}, anew, TYPES)
        assert attrs.evolve(
            read, candidates=tuple(sorted(read.candidates)), refusal="", reply=""
        ) == attrs.evolve(again, candidates=tuple(sorted(again.candidates)), refusal="", reply="")


def test_a_request_leaves_the_vocabulary_as_it_was() -> None:
    vocabulary = ItemVocabulary.of(TYPES, [item("i1", {"name": "Bolt"}, 1), item("i2", {"name": "Nut"}, 2)])
    before = [*vocabulary.items()]
    for text in (
        "Remove Bolt, then add an item named Bolt",
        "Rename Nut to Bolt",
        "Set the colour of Bolt to red",
    ):
        understand(text, {}, vocabulary, TYPES)
    assert [*vocabulary.items()] == before
    assert set(vocabulary.names) == {"bolt", "nut", "i1", "i2"}


def test_references_are_read_by_the_names_of_their_items_where_these_are_clear() -> None:
    items = [
        item("s1", {"name": "Acme Tools"}, 1),
        item("i1", {"name": "Bolt", "made_by": "s1"}, 2),
    ]
    vocabulary = ItemVocabulary.of(TYPES, items)
    assert lexicon_of(vocabulary).values["acme tools"] == {("inventory", "made_by"): "Acme Tools"}
    vocabulary.put(item("s2", {"name": "acme tools"}, 3))
    assert "acme tools" not in lexicon_of(vocabulary).values
    assert vocabulary.fields_of(ItemId("i1"))["made_by"] == "s1"
    vocabulary.remove(ItemId("s2"))
    assert vocabulary.fields_of(ItemId("i1"))["made_by"] == "Acme Tools"
