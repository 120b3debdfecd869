"""The largest of each message that a daemon takes with default settings, and a workspace in which they cost most.

A `Blow` is one or more messages, each sent when the one before is answered; `before` prepares what they are about.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs
import orjson

from streamd.core.run import LAST_TYPES

Message: TypeAlias = Mapping[str, Any]

MAX_BYTES: Final = 262_144
"""Default of `ws.max_message_bytes`."""
SUPPLIERS: Final = 40


@attrs.frozen
class Blow:
    """The largest of a message, in one of the ways in which it can be large."""

    name: str
    messages: Sequence[Message]
    before: Sequence[Message] = ()
    is_refused: bool = False
    """Whether it costs what it costs before it is refused."""

    @property
    def type(self) -> str:
        """The type of its messages."""
        return str(self.messages[0]["type"])


def say(kind: str, **keys: object) -> Message:
    """A message of a type."""
    return {"type": kind, **keys}


def note(**fields: object) -> Message:
    """A note with these fields."""
    return {"type": "note", "name": "n", **fields}


def is_last_answer(reply: Message, request_id: str) -> bool:
    """Whether nothing more comes in answer to the message with this `request_id`."""
    if reply.get("request_id") != request_id or reply.get("type") == "progress":
        return False
    if reply.get("type") in ("export", "snapshot"):
        return not reply.get("more")
    return "run_seq" not in reply or reply["type"] in LAST_TYPES


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(count: int, start: int = 0) -> list[int]:
    """So many numbers of five digits."""
    return list(range(10_000 + start, 10_000 + start + count))


def words(count: int, start: int = 0) -> list[str]:
    """So many different texts of three letters at most."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return [
        letters[n // 3844 % 62] + letters[n // 62 % 62] + letters[n % 62] for n in range(start, start + count)
    ]


def accents(count: int) -> list[str]:
    """So many different texts beyond ASCII, not in NFC."""
    return [f"e\u0301{one}" for one in words(count)]


def deep(depth: int, leaf: object) -> object:
    """A value in so many lists."""
    for _ in range(depth):
        leaf = [leaf]
    return leaf


def filling(unit: object, of: int = MAX_BYTES - 400) -> list[Any]:
    """A value as often as a message has room for."""
    return [unit] * (of // (len(orjson.dumps(unit)) + 1))


def stock(count: int) -> Iterator[Message]:
    """Messages that fill a workspace with suppliers and inventory that refers to them."""
    yield {
        "type": "bulk", "operation": "add_multiple",
        "items": [
            {"type": "supplier", "id": f"s{n}", "name": f"Supplier {n}", "reliability_score": n, "delivery_time": n}
            for n in range(SUPPLIERS)
        ],
    }  # fmt: skip
    yield from _parts(
        {
            "type": "inventory", "id": f"i{n}", "name": f"Item number {n}", "category": f"c{n % 7}",
            "current_stock": n % 90, "min_stock": 5, "max_stock": 80, "reorder_point": 20, "unit_cost": 1.25,
            "supplier": f"Supplier {n % SUPPLIERS}", "average_daily_demand": 2.5, "lead_time": 5,
        }
        for n in range(count)
    )  # fmt: skip


def _parts(items: Iterable[Message], most: int = 1_000) -> Iterator[Message]:
    part: list[Message] = []
    for item in items:
        part.append(item)
        if len(part) == most:
            yield {"type": "bulk", "operation": "add_multiple", "items": part, "atomic": True}
            part = []
    if part:
        yield {"type": "bulk", "operation": "add_multiple", "items": part, "atomic": True}


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_VALUES: Final[Mapping[str, Mapping[str, object]]] = {
    "numbers": {"list": numbers(43_000)},
    "long numbers": {"list": filling(9_007_199_254_740_991)},
    "digits": {"list": filling(1)},
    "fractions": {"list": filling(0.1)},
    "texts": {"list": words(43_000)},
    "accents": {"list": accents(26_000)},
    "escapes": {"list": filling("\0\1")},
    "objects": {"list": filling({"a": 1})},
    "lists": {"list": filling([])},
    "depth": {"list": filling(deep(29, 1))},
    "long texts": {f"t{n}": "x" * 65_000 for n in range(4)},
    "long accents": {f"t{n}": "e\u0301" * 21_000 for n in range(4)},
    "fields": {f"{n:03}" + "f" * 120: "v" * 850 for n in range(250)},
    "names within": {"map": {f"k{n}": n for n in range(18_000)}},
    "accents within": {"map": {f"e\u0301{n}": n for n in range(16_000)}},
}
_SETS: Final[Mapping[str, Sequence[Mapping[str, object]]]] = {
    "texts": [{"list": words(38_000)}, {"list": words(38_000)}, {"list": words(38_000, 38_000)}],
    "numbers": [{"list": numbers(38_000)}, {"list": numbers(38_000, 38_000)}],
    "accents": [{"list": accents(26_000)}] * 2,
    "objects": [{"list": [{"a": n} for n in numbers(19_000)]}] * 2,
    "lists": [{"list": [[n] for n in numbers(30_000)]}] * 2,
    "many": [{f"l{n}": words(150) for n in range(250)}] * 2,
}
_MANY: Final = {f"n{n:03}": "v" * 900 for n in range(250)}
_COUNTS: Final = {f"n{n:03}": 0.1 for n in range(250)}


def edits() -> Iterator[Blow]:
    """Changes of single items, and events."""
    for name, fields in _VALUES.items():
        yield Blow(f"add_item, {name}", [say("add_item", item=note(**fields))])
        yield Blow(f"publish, {name}", [say("publish", event_type="e", data=fields)])
        yield _change(f"equal {name}", [{"set": fields}], **fields)
    for name, sets in _SETS.items():
        yield _change(f"a set of {name}", [{"add_to_set": one} for one in sets])
    yield Blow("add_item, rounded", [say("add_item", item=note(), x=filling(18446744073709551615))])
    yield _change("another list", [{"set": {"list": words(43_000, 1)}}], list=words(43_000))
    yield _change("counts", [{"inc": _COUNTS}], **_COUNTS)
    yield _change("a count beside a list", [{"inc": {"n": 1}}], n=1, list=words(43_000))
    yield _change("unset", [{"unset": [*_MANY]}], **_MANY)
    conflict = {"set": dict.fromkeys(_MANY, "w" * 900), "base": 3, "on_conflict": "reject"}
    yield attrs.evolve(_change("conflicts", [conflict], **_MANY), is_refused=True)
    large = say("add_item", id="large", item=note(list=words(43_000)))
    yield Blow("remove_item, large", [say("remove_item", item_id="large")], [large])
    yield Blow("remove_item, referred to", [say("remove_item", item_id="s1", clear_references=True)])


def _change(name: str, edits: Sequence[Mapping[str, object]], **fields: object) -> Blow:
    add = say("add_item", id=f"c-{name}", item=note(**fields))
    return Blow(
        f"change_item, {name}", [say("change_item", item_id=f"c-{name}", **one) for one in edits], [add]
    )


def bulks() -> Iterator[Blow]:
    """Edits of many items, each by itself and all or none."""
    yield from _bulks("each", is_atomic=False)
    yield from _bulks("all or none", is_atomic=True)


def _bulks(how: str, *, is_atomic: bool) -> Iterator[Blow]:
    def bulk(
        name: str,
        verb: str,
        items: Sequence[object],
        *before: Message,
        is_refused: bool = False,
        **keys: object,
    ) -> Blow:
        told = say("bulk", operation=f"{verb}_multiple", items=items, atomic=is_atomic, **keys)
        return Blow(f"bulk, {name}, {how}", [told], before, is_refused)

    ids = [f"b{is_atomic:d}{n}" for n in range(6_000)]
    many, one = [note(id=one) for one in ids], f"one{is_atomic:d}"
    yield bulk("added", "add", many)
    yield bulk("there already", "add", many, is_refused=is_atomic)
    yield bulk("updated", "update", [{"id": one, "a": 1} for one in ids])
    yield bulk("unchanged", "update", [{"id": one, "a": 1} for one in ids])
    yield bulk("removed", "remove", ids, op_id=f"removed {how}")
    yield bulk("repeated", "remove", ids, op_id=f"removed {how}")
    yield bulk("without ids", "add", [note()] * 9_000)
    yield bulk("invalid", "add", [1] * 10_000, is_refused=is_atomic)
    related = [
        {"type": "inventory", "name": f"r{n}", "supplier": f"Supplier {n % SUPPLIERS}"} for n in range(4_000)
    ]
    yield bulk("with references", "add", related)
    counted = say("add_item", id=one, item=note(n=1, list=words(2_000)))
    yield bulk("of one item", "update", [{"id": one, "inc": {"n": 1}} for _ in range(7_000)], counted)
    yield bulk("one that is large", "add", [note(list=words(43_000))])
