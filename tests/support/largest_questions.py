"""The largest questions: reads, subscriptions, tables, threads, memories, requests and undo (`largest_messages`)."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from tests.support.largest_messages import (
    MAX_BYTES,
    Blow,
    accents,
    bulks,
    deep,
    edits,
    filling,
    numbers,
    say,
    words,
)

_WHERES: Final[Mapping[str, object]] = {
    "in texts": [["name", "in", words(43_000)]],
    "in accents": [["name", "in~", accents(25_000)]],
    "in numbers": [["current_stock", "in", numbers(43_000)]],
    "in objects": [["name", "in", filling({"a": 1})]],
    "32 lists": [["name", "in~", words(1_300, 1_300 * n)] for n in range(32)],
    "32 long texts": [["name", "contains", f"{n:02}" + "x" * 490] for n in range(32)],
    "32 equal lists": [["name", "!=", words(1_300)] for _ in range(32)],
    "32 large objects": [["name", "!=", {f"k{n}": n for n in range(560)}] for _ in range(32)],
    "a list in items": {"any": [["products", "contains", f"-{n}"] for n in range(32)]},
    "a tree": {
        "any": [
            {"not": {"all": [["name", "contains", "zzz"], ["category", "=~", "none"]]}},
            *(["name", "contains", f"zz{n}"] for n in range(29)),
        ]
    },
}
_LONG: Final = {"type": "supplier", "name": "Long", "delivery_time": 1, "products": words(40_000)}
_NAMES: Final = [f"{n:03}" + "\u00e9" * 190 for n in range(100)]


def reads() -> Iterator[Blow]:
    """Questions about items, and subscriptions to their changes with what each change then costs."""
    yield Blow("add_item, for reads", [say("add_item", id="long", item=_LONG)])
    counts = [{"id": f"i{n}", "inc": {"current_stock": 1}} for n in range(2_000)]
    counts += [{"id": "long", "inc": {"delivery_time": 1}}] * 20
    changes = [say("bulk", operation="update_multiple", items=counts, atomic=one) for one in (False, True)]
    for name, where in _WHERES.items():
        listed = say("list_items", where=where, total=True, limit=1000)
        item_type = "supplier" if "list in" in name else "inventory"
        yield Blow(f"list_items, {name}", [listed, {**listed, "item_type": item_type}])
        yield Blow(f"snapshot, {name}", [say("snapshot", where=where)])
        yield Blow(
            f"subscribe, {name}", [say("subscribe", where=where), *changes], [say("unsubscribe", where=True)]
        )
        yield Blow(f"hello, {name}", [say("hello", where=where)])
    yield Blow("hello, client", [say("hello", client={f"k{n}": n for n in range(18_000)})])
    yield Blow("unsubscribe", [say("unsubscribe")])
    yield Blow("subscribe, names", [say("subscribe", event_types=_NAMES, agents=_NAMES, item_types=_NAMES)])
    yield Blow("subscribe, everything", [say("subscribe", snapshot=True)])
    yield Blow("snapshot", [say("snapshot")])
    yield Blow("list_items, a page", [say("list_items", limit=1000)])
    every = say("list_items", limit=1000, total=True, item_type="inventory")
    yield Blow("list_items, sorted", [{**every, "sort": ["-name", "category", "current_stock", "supplier"]}])
    sums = ["current_stock", "unit_cost", "min_stock"]
    yield Blow("list_items, groups", [{**every, "group_by": "category", "sum": sums}])
    yield Blow("list_items, many groups", [{**every, "group_by": "name"}], is_refused=True)
    yield Blow("list_items, words", [{**every, "search": "item number 1 2 3"}])
    yield Blow("list_items, at", [{**every, "at": 60}])
    yield Blow("history", [say("history", item_id="i1", limit=1000)])
    yield Blow("get_item", [say("get_item", item_id="i1")])
    yield Blow("export", [say("export"), say("export", item_type="inventory")])
    yield Blow("describe", [say("describe"), say("describe", what="schemas")])
    yield Blow(
        "get_progress", [say("get_progress", history=1000, agents=_NAMES), say("get_progress", history=1000)]
    )
    yield Blow("ping", [say("ping", x=filling({"a": [1]}))])


def tables() -> Iterator[Blow]:
    """Imports."""
    rows = "id,name,current_stock\n" + "".join(f"t{n},Table {n},{n % 10}\n" for n in range(11_000))
    table = say("import", text=rows, item_type="inventory")
    yield Blow("import, new", [{**table, "op_id": "new"}])
    yield Blow("import, the same", [table, {**table, "op_id": "new"}])
    yield Blow("import, dry run", [{**table, "text": rows.replace(",1\n", ",7\n"), "dry_run": True}])
    wide = "\n".join([",".join(f"c{n}" for n in range(4_000)), *(["1," * 3_999 + "1"] * 20)])
    yield Blow("import, columns", [say("import", text=wide, item_type="note")])
    yield Blow("import, short lines", [say("import", text="name\n" + "a\n" * 80_000, item_type="note")])
    said = {f"c{n}": f"field_{n}" for n in range(1_000)}
    yield Blow("import, named columns", [say("import", text=wide[:160_000], item_type="note", columns=said)])
    accents = b64encode(("name,stock\n" + "Größe,5\nŠroub,6\n" * 10_000).encode("cp1252")).decode()
    yield Blow("import, accents", [say("import", bytes=accents, item_type="note", dry_run=True)])
    part = say("import", upload="u", bytes=b64encode(rows[:190_000].encode()).decode(), item_type="inventory")
    parts = [{**part, "part": number, "more": number < 6} for number in range(1, 7)]
    yield Blow("import, parts", parts)
    quotes = 'name\n"' + '""' * 60_000 + '"'
    yield Blow("import, quotes", [say("import", text=quotes, item_type="note")], is_refused=True)
    days = "".join(f"t{n % 900},2025-{n % 12 + 1:02}-{n % 28 + 1:02},{n % 9}\n" for n in range(13_000))
    yield Blow("import, demand", [say("import", text="item_id,date,quantity\n" + days)])
    unknown = "item_id,date,quantity\n" + days.replace("t", "u")
    yield Blow("import, unknown demand", [say("import", text=unknown)])


def threads() -> Iterator[Blow]:
    """Large states of threads, and memories."""
    made = [say("user_request", user_input="Which items are low on stock?", thread_id="big")]
    update = say("thread", thread_id="big", action="update")
    made += [{**update, "values": {f"v{n}": words(40_000)}} for n in range(3)]
    yield Blow("thread, update", [{**update, "values": {"v0": words(40_000, n)}} for n in range(10)], made)
    yield Blow("thread, state", [say("thread", thread_id="big")])
    yield Blow("thread, history", [say("thread", thread_id="big", action="history", limit=1000)])
    yield Blow("thread, fork", [say("thread", thread_id="big", action="fork")])
    yield Blow("user_request, a large thread", [say("user_request", user_input="And now?", thread_id="big")])
    preference = say("memory", action="set_preference", value=words(10_000))
    yield Blow("memory, preference", [{**preference, "key": f"k{n}"} for n in range(20)])
    yield Blow("memory, search", [say("memory", action="search", query=" ".join(words(500)), limit=1000)])
    yield Blow("memory, list", [say("memory", action="list", limit=1000)])
    yield Blow("memory, export", [say("memory", action="export")])
    yield Blow("memory, clear", [say("memory", action="clear")])


_REQUESTS: Final[Mapping[str, str]] = {
    "low stock": "Which items are low on stock?",
    "all": "List all inventory items",
    "a sum": "What is the total value of all inventory items?",
    "an analysis": "Analyze the inventory",
    "a forecast": "Forecast the demand of all items for the next 90 days",
    "suppliers": "Compare all suppliers",
    "one item": "Add an inventory item named Zed",
    "a change of all": "Set the lead time of all inventory items to 9 days",
    "a removal of all": "Remove all inventory items",
    "long text": "Add 5 inventory items. " * 2_800,
    "nonsense": "qwrt pldk " * 6_500,
    "one word": "x" * 65_000,
    "digits": "1" * 65_000,
    "accents": "\u00e9" * 32_000,
    "parentheses": "((((" * 16_000,
    "names": " and ".join(f"Item number {n}" for n in range(2_900)),
    "ands": "Which items " + "and which items " * 4_000,
    "commas": "Add " + "a," * 30_000,
    "numbers": "Set stock to " + "1 2 3 " * 10_000,
    "quotes": 'Add "' * 12_000,
}
_CONTEXTS: Final[Mapping[str, object]] = {
    "texts": {"list": words(40_000)},
    "items": {"item_type": "note", "count": 5_000},
    "fields": {f"k{n}": n for n in range(18_000)},
    "depth": {"list": filling(deep(25, 1))},
    "stock": {"items": [{"name": f"n{n}", "current_stock": n} for n in range(5_000)]},
    "demand": {
        "historical_data": [
            {"id": f"p{n}", "name": f"P {n}", "historical_demand": numbers(30)} for n in range(1_000)
        ]
    },
    "history": {"history": numbers(40_000)},
    "text": orjson.dumps({"list": numbers(20_000)}).decode(),
}


def requests() -> Iterator[Blow]:
    """Requests to agents; what they answer, be it that they do not understand, is no matter here."""
    for name, asked in _REQUESTS.items():
        yield Blow(f"user_request, {name}", [say("user_request", user_input=asked)], is_refused=True)
    for name, context in _CONTEXTS.items():
        yield Blow(
            f"user_request, context of {name}", [say("user_request", context=context)], is_refused=True
        )
    question = {"query": "How are inventory and suppliers?"}
    long = {"query": question["query"] + " low stock" * 6_000, "context": {"list": words(20_000)}}
    both = [say("multi_agent_request", request=one) for one in (question, long)]
    yield Blow("multi_agent_request", both, is_refused=True)
    yield Blow("attach", [say("attach", run_id="$run", x=filling(1))])
    yield Blow("cancel", [say("cancel", run_id="none", x=filling(1))], is_refused=True)
    edit = say("respond", interrupt_id="none", decision="edit", value={"list": words(43_000)})
    yield Blow("respond", [edit], is_refused=True)
    yield Blow("list_interrupts", [say("list_interrupts")])
    yield Blow(
        "list_threads", [say("list_threads", query="x" * 200, limit=100), say("list_threads", limit=100)]
    )
    yield Blow("list_runs", [say("list_runs", limit=100)])
    yield Blow("usage", [say("usage", by=["day", "user_id", "agent"], limit=1000)])
    yield Blow("forget_user", [say("forget_user", user_id="nobody")])


def undos() -> Iterator[Blow]:
    """Undo of a run that added many items, and of a removal that cleared many references; then the end."""
    many = say("user_request", context={"item_type": "note", "count": 6_000})
    yield Blow("undo, a run", [say("undo", run_id="$run")], [many])
    remove = say("remove_item", item_id="s2", clear_references=True)
    yield Blow("undo, a removal", [say("undo", seq="$seq")], [remove])
    yield Blow("disconnect", [say("disconnect", x=filling([1]))])


BLOWS: Final = {
    "edits": edits, "bulks": bulks, "reads": reads, "tables": tables, "threads": threads, "requests": requests,
    "undos": undos,
}  # fmt: skip
"""All blows, in groups for one workspace each, in which later ones find what earlier ones left."""


def text_of(message: Mapping[str, object], request_id: str, known: Mapping[str, object]) -> bytes:
    """A message as it is sent, with what answers before it have told in place of `$run` and `$seq`."""
    told = {
        key: known[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for key, value in message.items()
    }
    text = orjson.dumps({**told, "request_id": request_id})
    assert len(text) <= MAX_BYTES, (message["type"], len(text))
    return text
