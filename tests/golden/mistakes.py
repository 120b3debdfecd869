"""What is answered to every message with something wrong in every field: each field of each message with each of many values.

Messages are whole and harmless as they stand here (they name runs, threads and questions that there are not); `plain` is
their answer. Values that get the same answer stand together.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

import orjson

from tests.golden.alike import Names, plain, story
from tests.golden.asking import without
from tests.support.daemon import Client, Daemon, Message
from tests.support.following import LAST

_ABSENT: Final = object()


def deep(levels: int) -> object:
    """A list of lists."""
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


LONG: Final = "x" * 201
VALUES: Final[Mapping[str, object]] = {
    "absent": _ABSENT, "null": None, "true": True, "0": 0, "-1": -1, "1.5": 1.5, "2^53": 2**53, "empty text": "",
    "x": "x", "201 x": LONG, "a control character": "a\u0000b", "[]": [], "[x]": ["x"], "[1]": [1], "[201 x]": [LONG],
    "{}": {}, "{x: 1}": {"x": 1}, "33 deep": deep(33),
}  # fmt: skip

IDS: Final = {"x": "x", "201 x": LONG}
"""Of a `request_id`, which all messages read alike."""

OPTIONS: Final = (
    "options", "options.use_hitl", "options.max_revisions", "options.multitask", "options.budget",
    "options.budget.seconds", "options.budget.tokens", "options.budget.cost_usd",
)  # fmt: skip
NO_OPTIONS: Final[Message] = {"options": {"budget": {}}}
ITEM: Final = {"type": "lamp", "name": "Lamp"}
ITEM_FILTERS: Final = ("item_types", "types", "item_type", "where")
FILTERS: Final = ("topics", *ITEM_FILTERS, "event_types", "agents")

MESSAGES: Final[Sequence[tuple[Message, Sequence[str]]]] = [
    ({"type": "user_request", "user_input": "Go on", "agent": "nobody", **NO_OPTIONS},
     ("user_input", "context", "user_id", "thread_id", "agent", "op_id", *OPTIONS)),
    ({"type": "multi_agent_request", "request": {"query": "Go on", "primary_agent": "nobody", "supporting_agents": [], **NO_OPTIONS}},
     ("request", "request.query", "request.coordination_mode", "request.primary_agent", "request.supporting_agents",
      "request.context", "request.product_id", "request.thread_id", "request.user_id",
      "request.op_id", *(f"request.{option}" for option in OPTIONS), "user_id", "op_id")),
    ({"type": "ping"}, ()),
    ({"type": "hello"}, ("token", "workspace", "since", "epoch", "snapshot", "client", "user_id", *ITEM_FILTERS)),
    ({"type": "snapshot"}, ITEM_FILTERS),
    ({"type": "subscribe"}, (*FILTERS, "snapshot")),
    ({"type": "unsubscribe", "topics": ["quality"]}, FILTERS),
    ({"type": "add_item", "item": ITEM, "id": "lamp"},
     ("item", "item.id", "item.type", "item.name", "item.field", "id", "item_id", "op_id", "user_id")),
    ({"type": "change_item", "item_id": "lamp", "set": {"a": 1}, "unset": ["b"], "inc": {"c": 1}, "add_to_set": {"d": [1]}},
     ("item_id", "set", "set.a", "set.id", "unset", "inc", "inc.c", "add_to_set", "add_to_set.d", "base", "on_conflict",
      "op_id", "user_id")),
    ({"type": "change_item", "item_id": "lamp", "set": {"a": 1}}, ("set",)),
    ({"type": "remove_item", "item_id": "nowhere"}, ("item_id", "reason", "base", "clear_references", "op_id", "user_id")),
    ({"type": "bulk", "operation": "add_multiple", "items": [{**ITEM, "id": "lamp"}, {**ITEM, "id": "lamp"}]},
     ("operation", "items", "items[1]", "items[1].id", "items[1].name", "atomic", "op_id", "user_id")),
    ({"type": "bulk", "operation": "add_multiple", "atomic": True, "items": [ITEM, {**ITEM, "id": "lamp"}]},
     ("items[1]", "items[1].id", "items[1].name")),
    ({"type": "bulk", "operation": "remove_multiple", "items": ["nowhere", {"item_id": "nowhere"}]},
     ("items[0]", "items[1].item_id", "items[1].reason", "items[1].base")),
    ({"type": "bulk", "operation": "update_multiple", "items": [{"item_id": "lamp", "set": {"a": 1}}]},
     ("items[0]", "items[0].item_id", "items[0].set", "items[0].unset", "items[0].inc", "items[0].add_to_set",
      "items[0].base", "items[0].on_conflict")),
    ({"type": "list_items"}, ("item_type", "where", "where[0]", "where[0][0]", "where[0][1]", "where[0][2]", "criterion",
                              "after", "limit", "at", "search", "sort", "total", "group_by", "sum")),
    ({"type": "history", "item_id": "lamp"}, ("item_id", "before", "limit")),
    ({"type": "get_item", "item_id": "nowhere"}, ("item_id",)),
    ({"type": "publish", "event_type": "told", "data": {}},
     ("event_type", "data", "data.x", "item_id", "op_id", "user_id")),
    ({"type": "import", "text": "ID,Name\n1,Lamp\n", "item_type": "lamp", "dry_run": True},
     ("text", "bytes", "format", "item_type", "filename", "columns", "key", "encoding", "delimiter", "decimal", "dates", "dry_run",
      "op_id", "user_id")),
    ({"type": "import", "upload": "never", "dry_run": True}, ("upload", "part", "more")),
    ({"type": "export", "item_type": "nothing"}, ("format", "item_type")),
    ({"type": "attach", "run_id": "run-none"}, ("run_id", "thread_id", "after")),
    ({"type": "cancel", "run_id": "run-none"}, ("run_id", "thread_id", "mode")),
    ({"type": "undo", "run_id": "run-none"}, ("run_id", "seq", "op_id", "user_id")),
    ({"type": "respond", "interrupt_id": "interrupt-none", "decision": "approve"},
     ("interrupt_id", "decision", "value", "user_id", "approved", "modified_args")),
    ({"type": "respond", "interrupt_id": "interrupt-none", "approved": True}, ("approved", "modified_args")),
    ({"type": "list_interrupts"}, ("thread_id",)),
    ({"type": "list_threads", "query": "nowhere"}, ("query", "status", "user_id", "limit", "before")),
    ({"type": "usage"}, ("first_day", "last_day", "by", "agent", "user_id", "limit")),
    ({"type": "list_runs"}, ("statuses", "agent", "user_id", "thread_id", "trigger", "limit", "before")),
    ({"type": "forget_user", "user_id": "nobody"}, ("user_id", "everywhere")),
    ({"type": "thread", "thread_id": "never", "action": "rename", "title": "T"}, ("title",)),
    ({"type": "thread", "thread_id": "never"}, ("thread_id", "action", "checkpoint_id", "limit", "before")),
    ({"type": "thread", "thread_id": "never", "action": "update", "values": {}}, ("values", "values.x", "as_node")),
    ({"type": "thread", "thread_id": "never", "action": "rewind", "checkpoint_id": "none"}, ("checkpoint_id",)),
    ({"type": "thread", "thread_id": "never", "action": "fork"}, ("checkpoint_id", "to_thread_id")),
    ({"type": "memory", "query": "lamps"}, ("action", "agent", "query", "kinds", "limit", "user_id")),
    ({"type": "memory", "action": "set_preference", "key": "units", "value": "metric", "user_id": "ann"},
     ("key", "value", "user_id")),
    ({"type": "memory", "action": "clear"}, ("agent", "kinds", "user_id")),
    ({"type": "get_progress"}, ("agents", "history")),
    ({"type": "describe"}, ("what",)),
]  # fmt: skip
"""A message, and the fields of it to be spoilt."""

ODD: Final[Sequence[Message]] = [
    {"type": "dance"},
    {"type": "x" * 150},
    {"type": "user_request"},
    {"type": "user_request", "user_input": "  ", "context": {}},
    {"type": "user_request", "context": "{"},
    {"type": "user_request", "context": "[1]"},
    {"type": "user_request", "context": {"action": "dance"}, "user_input": "Go on"},
    {"type": "user_request", "context": {"action": "remove"}},
    {"type": "user_request", "context": {"action": "remove", "criteria": "nothing_known"}},
    {"type": "user_request", "context": {"operation": "add_multiple", "items": "["}},
    {"type": "user_request", "context": {"operation": "add_multiple", "items": [1]}},
    {"type": "user_request", "context": {"operation": "update_multiple", "items": [{"id": "nowhere", "a": 1}]}},
    {"type": "user_request", "context": {"operation": "remove_multiple", "items": ["nowhere"], "atomic": True}},
    {"type": "user_request", "context": {"item_type": "inventory", "count": 0}},
    {"type": "user_request", "context": {"item_type": "inventory", "count": 10**6}},
    {"type": "user_request", "user_input": "Forecast demand", "context": {"historical_data": [{"historical_demand": ["x"]}]}},
    {"type": "user_request", "user_input": "Forecast demand", "context": {"historical_data": [], "forecast_periods": 0}},
    {"type": "user_request", "user_input": "Analyze the stock", "context": {"inventory_data": 3}},
    {"type": "multi_agent_request", "request": {"query": "Why?", "coordination_mode": "loud"}},
    {"type": "multi_agent_request", "request": {"query": "Why?", "supporting_agents": ["nobody"]}},
    {"type": "multi_agent_request", "request": {"query": "Why?", "supporting_agents": ["research"] * 17}},
    {"type": "add_item", "id": "a", "item": {**ITEM, "id": "b"}},
    {"type": "add_item", "item": {**ITEM, "": 1}},
    {"type": "add_item", "item": {**ITEM, "x" * 129: 1}},
    {"type": "add_item", "item": {f"f{number}": 1 for number in range(257)}},
    {"type": "add_item", "item": {**ITEM, "deep": deep(32)}},
    {"type": "add_item", "item": {**ITEM, "text": "é" * 32_769}},
    {"type": "add_item", "item": {"type": "inventory", "name": "Bolt", "current_stock": -1}},
    {"type": "add_item", "item": {"type": "inventory", "name": "Bolt", "current_stock": "many"}},
    {"type": "add_item", "item": {"type": "order", "name": "PO", "order_date": "yesterday"}},
    {"type": "add_item", "item": {"type": "supplier", "name": "Olea", "certifications": "one"}},
    {"type": "change_item", "item_id": "lamp"},
    {"type": "change_item", "item_id": "nowhere", "set": {"a": 1}},
    {"type": "change_item", "item_id": "gone", "set": {"a": 1}},
    {"type": "get_item", "item_id": "gone"},
    {"type": "remove_item", "item_id": "gone"},
    {"type": "add_item", "id": "lamp", "item": ITEM},
    {"type": "change_item", "item_id": "lamp", "inc": {"name": 1}},
    {"type": "change_item", "item_id": "lamp", "add_to_set": {"name": [1]}},
    {"type": "change_item", "item_id": "lamp", "set": {"name": None}},
    {"type": "change_item", "item_id": "lamp", "set": {"a": 2}, "on_conflict": "reject"},
    {"type": "change_item", "item_id": "lamp", "set": {"a": 2}, "base": 10**6},
    {"type": "remove_item", "item_id": "lamp", "reason": "x" * 501},
    {"type": "bulk", "operation": "update_multiple", "items": [{"id": "lamp", "set": {"a": 3}}, "lamp"]},
    {"type": "publish", "event_type": "item_added", "data": {}},
    {"type": "list_items", "where": [["a", "~", 1]]},
    {"type": "list_items", "where": [["a", "<", 1]] * 33},
    {"type": "list_items", "where": [["a", "==", "x" * 501]]},
    {"type": "list_items", "item_type": "inventory", "where": [["current_stock", "<", "max_stock * x"]]},
    {"type": "list_items", "item_type": "inventory", "criterion": "low_stok"},
    {"type": "list_items", "criterion": "low_stock"},
    {"type": "import", "text": ",".join(f"c{n}" for n in range(5_000)) + "\n1\n"},
    {"type": "import", "text": "one column\n"},
    {"type": "import", "text": "a,b\n1,2\n"},
    {"type": "undo", "run_id": "run-none", "seq": 1},
    {"type": "undo", "seq": 10**6},
    {"type": "respond", "interrupt_id": "interrupt-none", "decision": "approve", "approved": False},
    {"type": "respond", "interrupt_id": "interrupt-none", "decision": "edit"},
    {"type": "thread", "thread_id": "never", "action": "update"},
    {"type": "thread", "thread_id": "never", "action": "rewind"},
    {"type": "memory"},
    {"type": "memory", "query": "x" * 2001},
    {"type": "memory", "action": "set_preference", "key": "k", "value": "x" * 65_535},
    {"type": "memory", "action": "list", "kinds": ["dream"]},
    {"type": "hello", "workspace": "a b"},
    {"type": "hello", "token": "x" * 8193},
    {"type": "hello", "since": 10**6, "epoch": "another"},
    {"type": "subscribe", "topics": ["items", "dreams"]},
    {"type": "subscribe", "event_types": [f"e{number}" for number in range(101)]},
]  # fmt: skip
"""Messages whose fields go ill with each other, or with what there is."""

NO_MESSAGE: Final[Mapping[str, bytes]] = {
    "no JSON": b"hello?", "half of it": b'{"type":', "nothing": b"", "a blank": b" ", "a list": b"[]", "a text": b'"ping"',
    "a number": b"1", "null": b"null", "two": b'{"type":"ping"}{"type":"ping"}', "NaN": b'{"type":"ping","request_id":NaN}',
    "a comma": b'{"type":"ping",}', "a byte order mark": b'\xef\xbb\xbf{"type":"ping"}', "too deep": b"[" * 2000 + b"]" * 2000,
    "a lone surrogate": b'{"type":"ping","request_id":"\\ud800"}', "a key twice": b'{"type":"dance","type":"ping"}',
    "a number with a fraction": b'{"type":"ping","request_id":1.5}', "minus nothing": b'{"type":"ping","request_id":-0.0}',
    "too large": b'{"type":"ping","request_id":1e400}', "beyond 64 bits": b'{"type":"ping","request_id":18446744073709551616}',
    "no type": b"{}", "a type of a wrong kind": b'{"type":1}',
}  # fmt: skip
"""Frames that are no message, or hardly."""


def spoilt(message: Message, path: str, value: object) -> Message | None:
    """The message with another value there; None where there is no such place."""
    whole: Any = {"": deepcopy(message)}
    inner: Any = whole
    key: str | int = ""
    for part in re.findall(r"[^.\[\]]+", path):
        held = inner[key]
        if held is None and isinstance(inner, dict):
            held = inner[key] = {}
        if part.isdigit():
            if isinstance(held, dict) and not held:
                held = inner[key] = []
            while len(held) <= int(part):
                held.append({})
            inner, key = held, int(part)
        else:
            held.setdefault(part, None)
            inner, key = held, part
    if value is not _ABSENT:
        inner[key] = value
    elif isinstance(inner, dict):
        del inner[key]
    else:
        return None
    spoiled: Message = whole[""]
    return spoiled


async def lines(daemon: Daemon) -> list[Message]:
    """Everything that is said and what is answered to it, a line each."""
    found: list[Message] = []
    for message, fields in MESSAGES:
        async with daemon.client(workspace="mistakes", user_id="ann") as client:
            found.append({"message": message, "plain": await answer(client, message)})
            found += await _spoilt(
                client, message, "request_id", VALUES if message["type"] == "ping" else IDS
            )
            for field in fields:
                found += await _spoilt(client, message, field, VALUES)
    async with daemon.client(workspace="odd", user_id="ann") as client:
        await client.ask(type="add_item", id="lamp", item=ITEM)
        await client.ask(type="add_item", id="gone", item=ITEM)
        await client.ask(type="remove_item", item_id="gone")
        for message in ODD:
            found.append({"message": shown(message), "answer": await answer(client, message)})
    async with daemon.client(workspace="no-message", user_id="ann") as client:
        for name, frame in NO_MESSAGE.items():
            await client.socket.send(frame, text=True)
            found.append({"frame": name, "answer": await _heard(client, "")})
    return found


async def _spoilt(
    client: Client, message: Message, field: str, values: Mapping[str, object]
) -> list[Message]:
    """The answers for one field, and which values got them."""
    answers: dict[bytes, list[str]] = {}
    for name, value in values.items():
        wrong = spoilt(message, field, value)
        if wrong is not None:
            got = orjson.dumps(await answer(client, wrong), option=orjson.OPT_SORT_KEYS)
            answers.setdefault(got, []).append(name)
    return [
        {"type": message["type"], "field": field, "values": ", ".join(values), "answer": orjson.loads(got)}
        for got, values in answers.items()
    ]


async def answer(client: Client, message: Message) -> Any:
    """What is answered, without what is different each time."""
    await client.send(**message)
    return await _heard(client, message["type"])


async def _heard(client: Client, kind: object) -> Any:
    def is_answer(message: Message) -> bool:
        # A snapshot that nobody asked for comes when it comes.
        others = {"position"} if kind == "snapshot" else {"position", "snapshot"}
        return "event_type" not in message and message["type"] not in others

    heard = [await client.until(is_answer)]
    while not _is_over(heard[-1]):
        heard.append(await client.until(is_answer))
    await client.send(type="ping", request_id="barrier")
    while (more := await client.until(is_answer)).get("request_id") != "barrier":
        heard.append(more)
    return [_short(message) for message in _told(heard)]


def _is_over(message: Message) -> bool:
    if "run_seq" in message:
        return message["type"] in LAST
    return message["type"] != "progress" and not message.get("more", False)


def _told(heard: list[Message]) -> list[Message]:
    """Of a run its end alone, in short: more is told elsewhere."""
    told = [story([message])[0] for message in heard if "run_seq" in message]
    ends = [
        {
            **{key: one[key] for key in ("type", "code", "message", "path", "retryable", "request_id") if key in one},
            **{key: (one.get("data") or {})[key] for key in ("refusal", "problems") if key in (one.get("data") or {})},
        }
        for one in told[-1:]
    ]  # fmt: skip
    return [message for message in heard if "run_seq" not in message] + ends


def _short(message: Message) -> Any:
    return shown(_unnumbered(plain(without(message, "timestamp", "connection_id"), Names(numbered=False))))


def _unnumbered(value: Any) -> Any:
    """Without positions: they move when something is said before."""
    match value:
        case Mapping():
            return {
                key: "<n>" if key in ("seq", "version", "epoch") else _unnumbered(one)
                for key, one in value.items()
            }
        case list():
            return [_unnumbered(one) for one in value]
        case _:
            return value


def shown(value: Any) -> Any:
    """The value with long texts and lists made short."""
    match value:
        case str() if len(value) > 300:
            return f"{value[:20]}… ({len(value)})"
        case Mapping() if len(value) > 50:
            return f"({len(value)} keys)"
        case Mapping():
            return {shown(key): shown(one) for key, one in value.items()}
        case list() if len(value) > 16:
            return [shown(value[0]), f"… ({len(value)})"]
        case list():
            return [shown(one) for one in value]
        case _:
            return value
