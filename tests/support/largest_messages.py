"""The largest of each message that a daemon takes with default settings, and workspaces in which they cost most.

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
_ROOM: Final = 120
"""Left for the keys beside a long value."""
ITEMS: Final = 12_000
SUPPLIERS: Final = 40


@attrs.frozen
class Blow:
    """The largest of a message, in one of the ways in which it can be large."""

    name: str
    messages: Sequence[Message]
    before: Sequence[Message] = ()
    types: frozenset[str] = frozenset()

    @property
    def type(self) -> str:
        """The type of its messages."""
        return str(self.messages[0]["type"])


def as_text(message: Message) -> bytes:
    """A message as it is sent; never above the limit."""
    text = orjson.dumps(message)
    assert len(text) <= MAX_BYTES, (message["type"], len(text))
    return text


def answers(reply: Mapping[str, Any], request_id: str) -> bool:
    """Whether a message is the last answer to the one with this `request_id`."""
    if (
        reply.get("request_id") != request_id
        or reply.get("more") is True
        and reply.get("type") in ("export", "snapshot")
    ):
        return False
    return reply.get("type") != "progress" and ("run_seq" not in reply or reply["type"] in LAST_TYPES)


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


# ── blows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _edits() -> Iterator[Blow]:
    def add(name: str, **fields: object) -> Blow:
        return Blow(
            f"add_item, {name}", [{"type": "add_item", "item": {"type": "note", "name": name, **fields}}]
        )

    yield add("numbers", list=numbers(43_000))
    yield add("texts", list=words(43_000))
    yield add("accents", list=accents(26_000))
    yield add("digits", list=filling(1, MAX_BYTES - 300))
    yield add("fractions", list=filling(0.1))
    yield add("objects", list=filling({"a": 1}))
    yield add("lists", list=filling([]))
    yield add("depth", list=filling(deep(29, 1)))
    yield add("long texts", **{f"t{n}": "x" * 65_000 for n in range(4)})
    yield add("long accents", **{f"t{n}": "e\u0301" * 21_000 for n in range(4)})
    yield add("fields", **{f"{n:03}" + "f" * 120: "v" * 850 for n in range(250)})
    yield add("names within", map={f"k{n}": n for n in range(18_000)})
    yield add("accents within", map={f"e\u0301{n}": n for n in range(16_000)})
    yield add("long numbers", list=filling(9_007_199_254_740_991))
    yield add("escapes", list=filling("\u0000\u0001"))
    yield Blow(
        "add_item, rounded",
        [{"type": "add_item", "item": {"type": "note", "name": "n"}, "x": filling(18446744073709551615)}],
    )

    def change(name: str, *messages: Message, **fields: object) -> Blow:
        item = {"type": "note", "name": name, **fields}
        return Blow(
            f"change_item, {name}",
            [{"type": "change_item", "item_id": f"c-{name}", **one} for one in messages],
            [{"type": "add_item", "id": f"c-{name}", "item": item}],
        )

    yield change(
        "a set of texts", {"add_to_set": {"list": words(38_000)}}, {"add_to_set": {"list": words(38_000)}}
    )
    yield change("a set on top", {"add_to_set": {"list": words(38_000, 38_000)}}, list=words(38_000))
    yield change(
        "a set of numbers",
        {"add_to_set": {"list": numbers(38_000)}},
        {"add_to_set": {"list": numbers(38_000, 38_000)}},
    )
    yield change(
        "a set of objects",
        {"add_to_set": {"list": [{"a": n} for n in numbers(19_000)]}},
        {"add_to_set": {"list": [{"a": n} for n in numbers(19_000)]}},
    )
    yield change(
        "a set of lists",
        {"add_to_set": {"list": [[n] for n in numbers(30_000)]}},
        {"add_to_set": {"list": [[n] for n in numbers(30_000)]}},
    )
    yield change(
        "a set of accents",
        {"add_to_set": {"list": accents(26_000)}},
        {"add_to_set": {"list": accents(26_000)}},
    )
    yield change(
        "sets",
        {"add_to_set": {f"l{n}": words(150) for n in range(250)}},
        {"add_to_set": {f"l{n}": words(150) for n in range(250)}},
    )
    yield change("equal", {"set": {"list": words(43_000)}}, list=words(43_000))
    yield change("equal accents", {"set": {"list": accents(26_000)}}, list=accents(26_000))
    yield change("equal objects", {"set": {"list": filling({"a": 1})}}, list=filling({"a": 1}))
    yield change("another", {"set": {"list": words(43_000, 1)}}, list=words(43_000))
    yield change(
        "counts", {"inc": {f"n{n:03}": 0.1 for n in range(250)}}, **{f"n{n:03}": 0.2 for n in range(250)}
    )
    yield change("one count", {"inc": {"n": 1}}, n=1, list=words(43_000))
    yield change(
        "unset", {"unset": [f"n{n:03}" for n in range(250)]}, **{f"n{n:03}": "v" * 900 for n in range(250)}
    )
    yield change(
        "conflicts",
        {"set": {f"n{n:03}": "w" * 900 for n in range(250)}, "base": 3, "on_conflict": "reject"},
        **{f"n{n:03}": "v" * 900 for n in range(250)},
    )
    yield Blow(
        "remove_item, large", [{"type": "remove_item", "item_id": "large"}],
        [{"type": "add_item", "id": "large", "item": {"type": "note", "name": "n", "list": words(43_000)}}],
    )  # fmt: skip
    yield Blow(
        "remove_item, referred to", [{"type": "remove_item", "item_id": "s1", "clear_references": True}]
    )
    yield Blow("publish, texts", [{"type": "publish", "event_type": "e", "data": {"list": words(43_000)}}])
    yield Blow(
        "publish, depth", [{"type": "publish", "event_type": "e", "data": {"list": filling(deep(29, 1))}}]
    )
    yield Blow("publish, unicode", [{"type": "publish", "event_type": "e", "data": {"list": filling("é")}}])


def _bulks() -> Iterator[Blow]:
    for atomic in (False, True):
        how = "all or none" if atomic else "each"

        def bulk(
            name: str, operation: str, items: Sequence[object], *before: Message, **keys: object
        ) -> Blow:
            message = {"type": "bulk", "operation": operation, "items": items, "atomic": atomic, **keys}
            return Blow(f"bulk, {name}, {how}", [message], before)

        many = [{"type": "n", "name": "n", "id": f"b{atomic:d}{n}"} for n in range(6_500)]
        yield bulk("added", "add_multiple", many)
        yield bulk("there already", "add_multiple", many)
        yield bulk("updated", "update_multiple", [{"id": f"b{atomic:d}{n}", "a": 1} for n in range(6_500)])
        yield bulk("unchanged", "update_multiple", [{"id": f"b{atomic:d}{n}", "a": 1} for n in range(6_500)])
        yield bulk(
            "removed", "remove_multiple", [f"b{atomic:d}{n}" for n in range(6_500)], op_id=f"op{atomic}"
        )
        yield bulk(
            "repeated", "remove_multiple", [f"b{atomic:d}{n}" for n in range(6_500)], op_id=f"op{atomic}"
        )
        yield bulk("without ids", "add_multiple", [{"type": "n", "name": "n"}] * 10_000)
        yield bulk("invalid", "add_multiple", [1] * 10_000)
        yield bulk(
            "with references", "add_multiple",
            [{"type": "inventory", "name": f"r{n}", "supplier": f"Supplier {n % SUPPLIERS}"} for n in range(4_000)],
        )  # fmt: skip
        yield bulk(
            "of one item", "update_multiple", [{"id": f"one{atomic:d}", "inc": {"n": 1}} for n in range(7_000)],
            {"type": "add_item", "id": f"one{atomic:d}", "item": {"type": "note", "name": "n", "n": 1, "list": words(8_000)}},
        )  # fmt: skip
        yield bulk(
            "one that is large", "add_multiple", [{"type": "note", "name": "n", "list": words(43_000)}]
        )


_TREE: Final = {
    "any": [{"not": {"all": [["name", "contains", "zzz"], ["category", "=~", "none"]]}}]
    + [["name", "contains", f"zz{n}"] for n in range(29)]
}


def _wheres() -> Iterator[tuple[str, object]]:
    yield "in texts", [["name", "in", words(43_000)]]
    yield "in accents", [["name", "in~", accents(25_000)]]
    yield "in numbers", [["current_stock", "in", numbers(43_000)]]
    yield "in objects", [["name", "in", filling({"a": 1}, MAX_BYTES - 500)]]
    yield "32 lists", [["name", "in~", words(1_300, 1_300 * n)] for n in range(32)]
    yield "32 long texts", [["name", "contains", f"{n:02}" + "x" * 490] for n in range(32)]
    yield "32 equal lists", [["name", "!=", words(1_300)] for _ in range(32)]
    yield "32 large objects", [["name", "!=", {f"k{n}": n for n in range(560)}] for _ in range(32)]
    yield "a tree", _TREE


def _reads() -> Iterator[Blow]:
    for name, where in _wheres():
        yield Blow(
            f"list_items, {name}", [{"type": "list_items", "where": where, "total": True, "limit": 1000}]
        )
        yield Blow(
            f"list_items, {name} of a type",
            [{"type": "list_items", "item_type": "inventory", "where": where, "total": True}],
        )
        yield Blow(f"snapshot, {name}", [{"type": "snapshot", "where": where}])
        yield Blow(
            f"subscribe, {name}",
            [{"type": "subscribe", "where": where}, *_EVENTS],
            [{"type": "unsubscribe", "where": True}],
        )
        yield Blow(f"hello, {name}", [{"type": "hello", "where": where}])
    yield Blow("unsubscribe", [{"type": "unsubscribe"}])
    yield Blow(
        "subscribe, names",
        [
            {
                "type": "subscribe",
                "event_types": [f"{n:03}" + "x" * 190 for n in range(100)],
                "agents": [f"{n:03}" + "é" * 190 for n in range(100)],
                "item_types": [f"{n:03}" + "é" * 190 for n in range(100)],
            }
        ],
    )
    yield Blow("subscribe, everything", [{"type": "subscribe", "snapshot": True}])
    yield Blow("snapshot", [{"type": "snapshot"}])
    yield Blow("list_items, a page", [{"type": "list_items", "limit": 1000}])
    every = {"type": "list_items", "limit": 1000, "total": True}
    yield Blow(
        "list_items, sorted",
        [{**every, "item_type": "inventory", "sort": ["-name", "category", "current_stock", "supplier"]}],
    )
    yield Blow(
        "list_items, groups",
        [
            {
                **every,
                "item_type": "inventory",
                "group_by": "category",
                "sum": ["current_stock", "unit_cost", "min_stock"],
            }
        ],
    )
    yield Blow("list_items, many groups", [{**every, "group_by": "name"}])
    yield Blow("list_items, words", [{**every, "search": "item number 1 2 3"}])
    yield Blow("list_items, at", [{**every, "at": 20}, {**every, "sort": "name"}])
    yield Blow(
        "history",
        [
            {"type": "history", "item_id": "one0", "limit": 1000},
            {"type": "history", "item_id": "one1", "limit": 1000},
        ],
    )
    yield Blow("get_item", [{"type": "get_item", "item_id": "c-a set on top"}])
    yield Blow("export", [{"type": "export"}, {"type": "export", "item_type": "inventory"}])
    yield Blow("describe", [{"type": "describe"}, {"type": "describe", "what": "schemas"}])
    yield Blow(
        "get_progress",
        [
            {"type": "get_progress", "history": 1000, "agents": [f"{n:03}" + "x" * 190 for n in range(100)]},
            {"type": "get_progress", "history": 1000},
        ],
    )
    yield Blow("ping, padded", [{"type": "ping", "x": filling({"a": [1]})}])
    yield Blow("hello, client", [{"type": "hello", "client": {f"k{n}": n for n in range(18_000)}}])


_EVENTS: Final = (
    {
        "type": "bulk",
        "operation": "update_multiple",
        "items": [{"id": f"i{n}", "inc": {"current_stock": 1}} for n in range(3_000)],
    },
    {
        "type": "bulk",
        "operation": "update_multiple",
        "atomic": True,
        "items": [{"id": f"i{n}", "inc": {"current_stock": 1}} for n in range(3_000)],
    },
)


def _tables() -> Iterator[Blow]:
    head = "id,name,current_stock\n"
    rows = "".join(f"t{n},Table {n},{n % 10}\n" for n in range(11_000))
    yield Blow(
        "import, new", [{"type": "import", "text": head + rows, "item_type": "inventory", "op_id": "im"}]
    )
    yield Blow("import, the same", [{"type": "import", "text": head + rows, "item_type": "inventory"}])
    yield Blow(
        "import, again", [{"type": "import", "text": head + rows, "item_type": "inventory", "op_id": "im"}]
    )
    yield Blow(
        "import, dry run",
        [
            {
                "type": "import",
                "text": head + rows.replace(",1\n", ",7\n"),
                "item_type": "inventory",
                "dry_run": True,
            }
        ],
    )
    yield Blow(
        "import, columns",
        [
            {
                "type": "import",
                "text": ",".join(f"c{n}" for n in range(4_000)) + "\n" + "\n".join(["1," * 3_999 + "1"] * 20),
                "item_type": "note",
            }
        ],
    )
    yield Blow(
        "import, quotes", [{"type": "import", "text": 'name\n"' + '""\n' * 40_000 + '"', "item_type": "note"}]
    )
    yield Blow(
        "import, empty lines", [{"type": "import", "text": "name\n" + "a\n" * 80_000, "item_type": "note"}]
    )
    days = "".join(f"t{n % 900},2025-{n % 12 + 1:02}-{n % 28 + 1:02},{n % 9}\n" for n in range(13_000))
    yield Blow("import, demand", [{"type": "import", "text": "item_id,date,quantity\n" + days}])
    yield Blow(
        "import, unknown demand",
        [{"type": "import", "text": "item_id,date,quantity\n" + days.replace("t", "u")}],
    )


def _runs() -> Iterator[Blow]:
    def asked(name: str, words: str = "", **keys: object) -> Blow:
        return Blow(f"user_request, {name}", [{"type": "user_request", "user_input": words, **keys}])

    yield asked("low stock", "Which items are low on stock?")
    yield asked("all", "List all inventory items")
    yield asked("sum", "What is the total value of all inventory items?")
    yield asked("analysis", "Analyze the inventory")
    yield asked("forecast", "Forecast the demand of all items for the next 90 days")
    yield asked("suppliers", "Compare all suppliers")
    yield asked("one", "Add an inventory item named Zed")
    yield asked("change all", "Set the lead time of all inventory items to 9 days")
    yield asked("remove all", "Remove all inventory items")
    yield asked("long text", "Add 5 inventory items. " * 2_800)
    yield asked("long nonsense", "qwrt pldk " * 6_500)
    yield asked("one long word", "x" * 65_000)
    yield asked("digits", "1" * 65_000)
    yield asked("accents", "é" * 32_000)
    yield asked("parentheses", "((((" * 16_000)
    yield asked("names", " and ".join(f"Item number {n}" for n in range(2_900)))
    yield asked("ands", "Which items " + "and which items " * 4_000)
    yield asked("commas", "Add " + "a," * 30_000)
    yield asked("numbers", "Set stock to " + "1 2 3 " * 10_000)
    yield asked("quotes", 'Add "' * 12_000)
    yield asked("context texts", context={"list": words(40_000)})
    yield asked("context items", context={"item_type": "note", "count": 5_000})
    yield asked("context fields", context={f"k{n}": n for n in range(18_000)})
    yield asked("context depth", "Analyze the inventory", context={"list": filling(deep(25, 1))})
    yield asked(
        "context of an analysis",
        "Analyze the inventory",
        context={"items": [{"name": f"n{n}", "current_stock": n} for n in range(5_000)]},
    )
    yield asked(
        "context of a forecast",
        "Forecast demand",
        context={
            "historical_data": [
                {"date": f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}", "demand": n}
                for n in range(5_500)
            ],
            "product_id": "i1",
        },
    )
    yield asked("context of history", "Forecast demand", context={"history": numbers(40_000)})
    yield asked("context as text", context=orjson.dumps({"list": numbers(20_000)}).decode())
    yield Blow(
        "multi_agent_request",
        [
            {
                "type": "multi_agent_request",
                "request": {
                    "query": "How are inventory and suppliers?" + " low stock" * 6_000,
                    "context": {"list": words(20_000)},
                },
            }
        ],
    )
    yield Blow(
        "multi_agent_request, short",
        [{"type": "multi_agent_request", "request": {"query": "How are inventory and suppliers?"}}],
    )
    yield Blow("cancel", [{"type": "cancel", "run_id": "x", "y": filling(1)}])
    yield Blow("attach", [{"type": "attach", "thread_id": "big"}])
    yield Blow(
        "respond",
        [{"type": "respond", "interrupt_id": "i", "decision": "edit", "value": {"list": words(43_000)}}],
    )
    yield Blow("list_interrupts", [{"type": "list_interrupts"}])


def _threads() -> Iterator[Blow]:
    made: list[Message] = [
        {"type": "user_request", "user_input": "Which items are low on stock?", "thread_id": "big"}
    ]
    made += [
        {"type": "thread", "thread_id": "big", "action": "update", "values": {f"v{n}": words(40_000)}}
        for n in range(3)
    ]
    updates = [
        {"type": "thread", "thread_id": "big", "action": "update", "values": {"v0": words(40_000, n)}}
        for n in range(20)
    ]
    yield Blow("thread, update", updates, made)
    yield Blow("thread, state", [{"type": "thread", "thread_id": "big"}])
    yield Blow(
        "thread, history", [{"type": "thread", "thread_id": "big", "action": "history", "limit": 1000}]
    )
    yield Blow("thread, fork", [{"type": "thread", "thread_id": "big", "action": "fork"}])
    yield Blow(
        "user_request, on a large thread",
        [{"type": "user_request", "user_input": "And which of them are out of stock?", "thread_id": "big"}],
    )
    for n in range(1):
        yield Blow(
            "memory, preference",
            [
                {"type": "memory", "action": "set_preference", "key": f"k{n}", "value": words(10_000)}
                for n in range(40)
            ],
        )
    yield Blow(
        "memory, search",
        [{"type": "memory", "action": "search", "query": " ".join(words(500)), "limit": 1000}],
    )
    yield Blow("memory, list", [{"type": "memory", "action": "list", "limit": 1000}])
    yield Blow("memory, export", [{"type": "memory", "action": "export"}])
    yield Blow("memory, clear", [{"type": "memory", "action": "clear"}])


def _undos() -> Iterator[Blow]:
    yield Blow(
        "undo, a run", [{"type": "undo", "run_id": "$run"}, {"type": "undo", "run_id": "$run"}],
        [{"type": "user_request", "context": {"item_type": "note", "count": 9_000}}],
    )  # fmt: skip
    yield Blow(
        "undo, a removal", [{"type": "undo", "seq": "$seq"}],
        [{"type": "remove_item", "item_id": "s2", "clear_references": True}],
    )  # fmt: skip


def blows() -> Iterator[Blow]:
    """Every blow, in an order in which later ones find what earlier ones left."""
    yield from _edits()
    yield from _bulks()
    yield from _reads()
    yield from _tables()
    yield from _threads()
    yield from _runs()
    yield from _undos()
    yield Blow("disconnect", [{"type": "disconnect", "x": filling([1])}])
