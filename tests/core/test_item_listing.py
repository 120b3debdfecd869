"""Lists of items against a plain model of them."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.criteria import MAX_CONDITIONS, MAX_GROUP_DEPTH, Criterion, parse_conditions
from streamd.core.item import START, Item, ItemId, Seq, item_of
from streamd.core.lists.item_listing import ItemListing, ItemPage, ItemQuery
from streamd.core.lists.item_order import ItemOrder, parse_sort
from streamd.core.lists.item_words import has_words, keeps_words, search_words, text_of
from streamd.errors import InvalidMessageError

NAMES: Final = ("a", "b", "c")
VALUES = st.one_of(
    st.integers(-3, 3), st.sampled_from([0.1, 0.2, 2.5, -1e-10]), st.booleans(), st.sampled_from(["x", "X", "y", "", "Ä", "z z"]),
    st.just([1]), st.just({"k": "x"}),
)  # fmt: skip
ITEMS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=25)
SORTS = st.lists(
    st.sampled_from(["a", "-a", "b", "-b", "+c", "id", "-id"]), max_size=3, unique_by=lambda one: one[-1]
)
TRIPLES = st.tuples(st.sampled_from(NAMES), st.sampled_from(["==", "!=", "<", ">=", "=~"]), st.sampled_from([0, 1, "x", True])).map(
    list
)  # fmt: skip
GROUPS: Final = ("any", "all", "not")
TREES = st.recursive(
    TRIPLES,
    lambda inner: st.tuples(st.sampled_from(GROUPS), st.lists(inner, min_size=1, max_size=3)).map(
        lambda group: {group[0]: group[1]}
    ),
    max_leaves=8,
)

Fields: TypeAlias = dict[str, Any]


def made(rows: Sequence[Fields]) -> list[Item]:
    return [
        Item(ItemId(f"i{len(rows) - number}"), {"type": "note", **fields}, {}, Seq(number), Seq(number))
        for number, fields in enumerate(rows, 1)
    ]


def answer(items: Sequence[Item], query: ItemQuery) -> ItemPage:
    listing = ItemListing(query)
    for start in range(0, len(items), 4):
        if not listing.visit([one for one in items[start : start + 4] if one.added > query.after]):
            break
    return listing.page(Seq(99))


def kind(value: object) -> int:
    if isinstance(value, bool):
        return 2
    return 0 if isinstance(value, int | float) else 1 if isinstance(value, str) else 3


def compared(sort: Sequence[str]) -> Callable[[Item, Item], int]:
    """The order as the reference of the protocol says it."""

    def compare(left: Item, right: Item) -> int:
        for name in sort:
            field, sign = name.lstrip("+-"), -1 if name.startswith("-") else 1
            values = [left.flat().get(field), right.flat().get(field)]
            if None in values:
                if values[0] is not values[1]:
                    return 1 if values[0] is None else -1
                continue
            keys: list[Any] = [
                (kind(one), one.lower() if isinstance(one, str) else 0 if kind(one) == 3 else one) for one in values
            ]  # fmt: skip
            if keys[0] != keys[1]:
                return sign if keys[0] > keys[1] else -sign
        return left.added - right.added

    return compare


def plain_holds(tree: object, fields: Mapping[str, Any]) -> bool:
    if isinstance(tree, dict):
        ((group, inner),) = tree.items()
        found = [plain_holds(one, fields) for one in inner]
        return any(found) if group == "any" else all(found) if group == "all" else not all(found)
    assert isinstance(tree, list)
    return parse_conditions([tree]).holds(fields)


@given(ITEMS, SORTS, st.lists(TREES, max_size=2), st.integers(1, 7))
def test_pages_are_the_sorted_list_cut_in_pieces(
    rows: list[Fields], sort: list[str], where: list[object], limit: int
) -> None:
    items = made(rows)
    matching = [item for item in items if all(plain_holds(one, item.fields) for one in where)]
    expected = sorted(matching, key=cmp_to_key(compared(sort)))
    order, after, found = ItemOrder(parse_sort(sort)), START, list[Item]()
    tree = parse_conditions(where)
    while True:
        page = answer(
            items, ItemQuery(None, tree, order=order, cursor=order.parse_cursor(after), limit=limit)
        )
        assert len(page.items) == min(limit, len(expected) - len(found))
        assert page.total in (None, len(expected))
        found += page.items
        following = page.after(len(page.items))
        if following is None:
            break
        after = following  # type: ignore[assignment]  # text where it is sorted
    assert [item.id for item in found] == [item.id for item in expected]


@given(ITEMS, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_groups_count_and_add_up_every_item_once(rows: list[Fields], by: str, summed: str) -> None:
    items = made(rows)
    page = answer(items, ItemQuery(group_by=by, sums=(summed,), limit=1))
    assert page.groups is not None
    assert sum(group.count for group in page.groups) == len(items) == page.total
    for group in page.groups:
        same = [
            row
            for row in rows
            if (row.get(by) == group.value and type(row.get(by)) is type(group.value))
            or (by in row and kind(row[by]) == kind(group.value) == 0 and row[by] == group.value)
        ]
        assert group.count == len(same)
        numbers = [row[summed] for row in same if summed in row and kind(row[summed]) == 0]
        exact = sum(Decimal(repr(number)) for number in numbers)
        assert group.sums[summed].value == float(exact)
    kinds = [4 if group.value is None else kind(group.value) for group in page.groups]
    assert kinds == sorted(kinds)


@given(st.lists(TREES, max_size=3))
def test_conditions_come_back_as_they_were_written(where: list[object]) -> None:
    tree = parse_conditions(where)
    assert parse_conditions([part.as_json() for part in tree.parts]) == tree


@given(ITEMS, SORTS)
def test_a_page_goes_on_after_its_last_item_whatever_was_edited_elsewhere(
    rows: list[Fields], sort: list[str]
) -> None:
    items, order = made(rows), ItemOrder(parse_sort(sort))
    expected = sorted(items, key=cmp_to_key(compared(sort)))
    first = answer(items, ItemQuery(order=order, limit=3))
    after = first.after(len(first.items))
    if after is None:
        return
    shown = {item.id for item in first.items}
    # Everything that was shown is removed, the rest stays.
    left = [item for item in items if item.id not in shown]
    rest = answer(left, ItemQuery(order=order, cursor=order.parse_cursor(after), limit=50))
    assert [item.id for item in rest.items] == [item.id for item in expected[3:]]


@pytest.mark.parametrize(
    "after", ["", "x", "W10", "eyJhIjoxfQ", "\u00e9", "W1tbIithIl1dLDFd", "WzEsMl0", "bnVsbA"]
)
def test_a_cursor_that_belongs_to_no_such_list_is_refused(after: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        ItemOrder(parse_sort(["a"])).parse_cursor(after)
    assert refused.value.path == "after"


def test_a_cursor_of_another_order_is_refused() -> None:
    item = made([{"a": 1}])[0]
    order = ItemOrder(parse_sort(["a"]))
    cursor = order.cursor_at(order.ranks(item), item.added)
    with pytest.raises(InvalidMessageError):
        ItemOrder(parse_sort(["-a"])).parse_cursor(cursor)
    with pytest.raises(InvalidMessageError):
        ItemOrder().parse_cursor(cursor)


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ({"any": []}, "where.any"),
        ({"none": [["a", "==", 1]]}, "where"),
        ({"any": [["a", "==", 1]], "all": [["a", "==", 1]]}, "where"),
        ([{"any": ["a", "==", 1]}], "where[0].any[0]"),
        ([{"not": 1}], "where[0].not"),
        ([["a", "==", 1], {"any": [["a", "==", 1], ["a", "is", 1]]}], "where[1].any[1]"),
        ([{"criterion": ""}], "where[0].criterion"),
        ([["a", "==", 1]] * (MAX_CONDITIONS + 1), f"where[{MAX_CONDITIONS}]"),
        ([{"any": [["a", "==", 1]] * MAX_CONDITIONS}, ["a", "==", 1]], "where[1]"),
    ],
)
def test_a_group_that_breaks_a_rule_is_refused_with_its_path(where: object, path: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        parse_conditions(where, criteria=lambda _: {})
    assert refused.value.path == path


def test_groups_nest_only_so_deep() -> None:
    where: object = ["a", "==", 1]
    for _ in range(MAX_GROUP_DEPTH):
        where = {"not": where}
    assert parse_conditions(where).holds({"a": 1})
    with pytest.raises(InvalidMessageError):
        parse_conditions({"not": where})


def test_a_criterion_in_a_group_is_that_of_the_items_type() -> None:
    low = {"part": Criterion("low", parse_conditions([["stock", "<", 5]]))}
    tree = parse_conditions([{"any": [{"criterion": "low"}, ["name", "==", "x"]]}], criteria=lambda _: low)
    assert tree.holds({"type": "part", "stock": 1})
    assert tree.holds({"type": "note", "stock": 1, "name": "x"})
    assert not tree.holds({"type": "note", "stock": 1})


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("copper", True), ("COPPER wire", True), ("wire copper", True), ("cop wi", True), ("opper", False),
        ("copper steel", False), ("cafe", True), ("CAFÉ", True), (unicodedata.normalize("NFD", "café"), True),
        ("strasse", True), ("straße", True), ("4mm", True), ("blue", True), ("note", False), ("n1", False), ("7", True), ("wire-77", True), ("77", True), ("12.5", True), ("8", False),
        ("зелё", True), ("зеле", True), ("हिन्दी", True), ("हन", False), ("in-stock", True), ("stock_in", True), ("日本", True), ("", True),
    ],
)  # fmt: skip
def test_search_finds_the_beginnings_of_words(query: str, fits: bool) -> None:
    fields: Fields = {
        "type": "note", "name": "Copper-Wire (4mm)", "place": "Café Straße", "tags": ["blue", {"k": ["зелёный", "हिन्दी"]}],
        "state": "in stock", "maker": "日本電線", "id_number": 7, "cost": [{"each": 12.5}],
    }  # fmt: skip
    assert has_words(item_of({"id": "wire-77", **fields}), search_words(query)) is fits


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.dictionaries(st.sampled_from(NAMES), st.none() | VALUES),
)
def test_values_that_are_no_texts_and_replace_none_keep_the_words_of_an_item(
    before: dict[str, Any], new_values: dict[str, Any]
) -> None:
    after = {name: value for name, value in {**before, **new_values}.items() if value is not None}
    if keeps_words(before, new_values):
        assert text_of(after) == text_of(before)
    is_wordless = all(type(one.get(name)) is not str for one in (before, new_values) for name in new_values)
    holds_others = any(isinstance(one, list | dict) for one in (*before.values(), *new_values.values()))
    assert keeps_words(before, new_values) or holds_others or not is_wordless
