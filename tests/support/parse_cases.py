"""What parsing makes of client messages, key by key: one line a key and an outcome, with the values that come to it.

`tests/wire/golden_parse.jsonl` holds the lines as the code wrote them before the message classes were declared the way
they are now; `tests/wire/test_golden_parse.py` compares. A message that is added adds lines, and an old line changes
only where the protocol is meant to change:

    python -m tests.support.parse_cases > tests/wire/golden_parse.jsonl

A line with a `message` has one that is valid and, as `parsed`, the attributes of what it becomes. The lines below it put
other `values` in the place of one `key` (`absent`: nothing): `refused` is the code, text and path of the error, `parsed`
has the attributes that are not as above, or says `as given` where the attribute of that name has the very value. Long
texts, lists and objects are shown by their beginning and length.
"""

import itertools
import sys
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

import attrs
import orjson

from streamd.core.memory import MEMORY_KINDS
from streamd.core.run import CANCEL_MODES, MULTITASKS
from streamd.core.thread import DECISIONS
from streamd.errors import RefusedError
from streamd.wire.codec import parse
from streamd.wire.replies import error

Path: TypeAlias = tuple[str | int, ...]

CHANGE: Final = {
    "item_id": "a",
    "set": {"x": 1},
    "unset": ["y"],
    "inc": {"z": 1},
    "add_to_set": {"t": ["x"]},
    "base": 1,
    "on_conflict": "merge",
}
OPTIONS: Final = {
    "use_hitl": True,
    "max_revisions": 2,
    "multitask": "enqueue",
    "budget": {"seconds": 1.5, "tokens": 10, "cost_usd": 0.1},
}

VALID: Final[list[dict[str, object]]] = [
    {
        "type": "user_request", "user_input": "Add 5", "context": {"a": [1]}, "user_id": "u", "thread_id": "t",
        "agent": "a", "options": OPTIONS, "op_id": "o",
    },
    {"type": "user_request", "user_input": "Add 5"},
    {"type": "user_request", "context": {"a": 1}},
    {
        "type": "multi_agent_request",
        "user_id": "v",
        "request": {
            "query": "q", "coordination_mode": "m", "primary_agent": "p", "supporting_agents": ["a", "b"],
            "context": {"a": 1}, "product_id": "x", "thread_id": "t", "user_id": "u", "options": OPTIONS, "op_id": "o",
        },
    },
    {"type": "multi_agent_request", "request": {"query": "q"}},
    {"type": "ping"},
    {
        "type": "hello", "token": "t", "workspace": "w", "since": 1, "epoch": "e", "snapshot": True,
        "client": {"name": "n"}, "user_id": "u",
    },
    {"type": "hello"},
    {"type": "hello", "item_types": ["note"], "where": "low"},
    {"type": "hello", "types": ["note"]},
    {"type": "hello", "item_type": "note", "where": [["a", "==", 1]]},
    {"type": "snapshot", "item_types": ["note"], "where": [["a", "==", 1]]},
    {"type": "snapshot", "types": ["note"]},
    {"type": "snapshot", "item_type": "note"},
    {"type": "snapshot", "item_types": ["a"], "types": ["b"], "item_type": "c"},
    {
        "type": "subscribe", "topics": ["items"], "item_types": ["a"], "event_types": ["b"], "agents": ["c"],
        "where": "low", "snapshot": True,
    },
    {"type": "subscribe", "types": ["a"]},
    {"type": "subscribe", "item_type": "a"},
    {
        "type": "unsubscribe", "topics": ["items"], "item_types": ["a"], "event_types": ["b"], "agents": ["c"],
        "where": True,
    },
    {"type": "unsubscribe", "types": ["a"]},
    {"type": "unsubscribe", "item_type": "a"},
    {"type": "add_item", "item": {"type": "note", "name": "n", "tags": ["x"]}, "id": "a"},
    {"type": "add_item", "item": {"type": "note", "name": "n"}, "item_id": "a"},
    {"type": "add_item", "item": {"type": "note", "id": "a"}},
    {"type": "add_item", "item": {"id": "x"}, "id": "x", "item_id": "x"},
    {"type": "change_item", **CHANGE},
    {"type": "change_item", "item_id": "a", "set": {"x": 1}},
    {"type": "change_item", "item_id": "a", "unset": ["x"]},
    {"type": "change_item", "item_id": "a", "inc": {"x": 1}},
    {"type": "change_item", "item_id": "a", "add_to_set": {"x": 1}},
    {"type": "remove_item", "item_id": "a", "reason": "r", "base": 1},
    {"type": "bulk", "operation": "add_multiple", "items": [{"name": "x", "id": "a"}, {"name": "y"}]},
    {"type": "bulk", "operation": "add_multiple", "items": [{"name": "x", "id": "a"}], "atomic": True},
    {"type": "bulk", "operation": "update_multiple", "items": [CHANGE, {"id": "b", "set": {"x": 1}}]},
    {"type": "bulk", "operation": "update_multiple", "items": [CHANGE], "atomic": True},
    {
        "type": "bulk", "operation": "remove_multiple",
        "items": [{"item_id": "a", "id": "b", "reason": "r", "base": 1}, "b", {"id": "c"}],
    },
    {"type": "bulk", "operation": "remove_multiple", "items": [{"item_id": "a"}, "b"], "atomic": True},
    {
        "type": "list_items", "item_type": "a", "where": [["a", "<", 1]], "criterion": "c", "after": 1, "limit": 5,
    },
    {"type": "list_items"},
    {"type": "list_items", "at": 5},
    {
        "type": "list_items", "where": {"any": [["a", "<", 1], {"not": ["b", "==", 1]}, {"criterion": "c"}]},
        "search": "words", "sort": ["a", "-b"], "total": True, "group_by": "a", "sum": ["b"],
    },
    {"type": "history", "item_id": "a", "before": 5, "limit": 5},
    {"type": "get_item", "item_id": "a"},
    {"type": "publish", "event_type": "e", "data": {"a": 1}, "item_id": "a"},
    {"type": "import", "format": "csv", "text": "a", "item_type": "t", "filename": "f", "dry_run": False},
    {
        "type": "import", "bytes": "YQ==", "upload": "u", "part": 2, "columns": {"a": "name", "b": None}, "key": "a",
        "encoding": "cp1252", "delimiter": ";", "decimal": "comma", "dates": "dmy",
    },
    {"type": "import", "text": "a", "upload": "u", "part": 1, "more": True},
    {"type": "import", "upload": "u", "dry_run": True},
    {"type": "export", "format": "csv", "item_type": "a"},
    {"type": "attach", "run_id": "r", "after": 0},
    {"type": "attach", "thread_id": "t"},
    {"type": "cancel", "run_id": "r", "thread_id": "t", "mode": "after_turn"},
    {"type": "cancel", "thread_id": "t"},
    {"type": "undo", "run_id": "r", "op_id": "o"},
    {"type": "undo", "seq": 5},
    {"type": "get_progress", "agents": ["a"], "history": 5},
    {"type": "get_progress"},
    {"type": "respond", "interrupt_id": "i", "decision": "edit", "value": {"a": [1]}},
    {"type": "respond", "interrupt_id": "i", "approved": True, "modified_args": {"a": 1}},
    {"type": "list_interrupts", "thread_id": "t"},
    {"type": "thread", "thread_id": "t"},
    {"type": "thread", "thread_id": "t", "action": "update", "values": {"a": 1}, "as_node": "n"},
    {"type": "thread", "thread_id": "t", "action": "history", "limit": 5, "before": "c"},
    {"type": "thread", "thread_id": "t", "action": "rewind", "checkpoint_id": "c"},
    {"type": "thread", "thread_id": "t", "action": "fork", "checkpoint_id": "c", "to_thread_id": "u"},
    {"type": "thread", "thread_id": "t", "action": "rename", "title": "T"},
    {"type": "thread", "thread_id": "t", "action": "delete"},
    {"type": "list_threads", "query": "q", "status": "idle", "user_id": "u", "limit": 5, "before": "10/t"},
    {"type": "usage"},
    {"type": "usage", "first_day": "2026-11-01", "last_day": "2026-11-30", "by": ["day", "user_id", "agent"], "agent": "a", "user_id": "u", "limit": 5},
    {"type": "list_runs", "statuses": ["running"], "agent": "a", "user_id": "u", "thread_id": "t", "limit": 5, "before": "r"},
    {"type": "list_runs", "trigger": "w"},
    {"type": "forget_user", "user_id": "u"},
    {"type": "forget_user", "user_id": "u", "everywhere": True},
    {"type": "memory", "query": "q", "agent": "a", "kinds": ["insight"], "limit": 3},
    {"type": "memory", "action": "set_preference", "key": "k", "value": ["v"]},
    {"type": "memory", "action": "list"},
    {"type": "disconnect"},
    {"type": "describe", "what": ["item_types", "limits"]},
    {"type": "describe", "what": "schemas"},
    {"type": "describe"},
]  # fmt: skip
"""Valid messages: each type at its fullest, then others whose keys have other rules."""

EVERYWHERE: Final = ("request_id", "op_id", "user_id")
FREE: Final = (
    "columns",
    "context",
    "item",
    "set",
    "inc",
    "add_to_set",
    "data",
    "client",
    "values",
    "value",
    "modified_args",
)
"""Objects whose keys are not the protocol's."""

DEEP: Final[object] = orjson.loads(b"[" * 40 + b"]" * 40)
VALUES: Final[tuple[object, ...]] = (
    None, "", " ", "x", "a\nb", "a b",
    *("x" * size for size in (100, 101, 200, 201, 255, 256, 500, 501, 2000, 2001, 8192, 8193, 65_536, 65_537)),
    True, False, 0, 1, -1, 2, 1.5, 20, 21, 1000, 1001, 2**53 - 1, 2**53, -(2**53), 1e300,
    [], ["x"], ["x", "x"], [""], [5], [None], ["x" * 201], ["a\nb"], [str(n) for n in range(17)],
    *([str(n) for n in range(size)] for size in (100, 101, 256, 257)),
    {}, {"x": 1}, {"x": None}, {"x": "1"}, {"x": True}, {"x": 2**53}, {"x": [1, None]}, {"x": "x" * 65_537},
    {"id": "x"}, {"id": 5}, {"": 1}, {"a\nb": 1}, {"x" * 129: 1}, {str(n): n for n in range(257)},
    DEEP, {"x": DEEP},
)  # fmt: skip
"""What is put in the place of every key."""

LARGE: Final = {str(index): "x" * 60_000 for index in range(17)}
MORE_VALUES: Final[Mapping[str, tuple[object, ...]]] = {
    "topics": (["items", "runs", "progress", "quality"], ["items", "news"]),
    "on_conflict": ("overwrite", "reject"),
    "operation": ("add_multiple", "remove_multiple", "update_multiple"),
    "where": (
        [["a", "=", 1]], [["a", "==", 1], ["b", "in", [1]]], [["a", "=="]], [["a", "==", 1]] * 33,
        [["a", "==", "x" * 501]], [["a", "==", "x" * 500]], [["a", "==", None]], [[5, "==", 1]],
    ),
    "format": ("csv", "CSV", "xlsx"),
    "mode": CANCEL_MODES,
    "multitask": MULTITASKS,
    "context": ("null", "[1]", '{"a":1}', "{", '{"a":9007199254740992}'),
    "decision": DECISIONS,
    "value": ("x" * 65_534, "x" * 65_535, LARGE),
    "modified_args": (LARGE,),
    "values": (LARGE,),
    "action": ("state", "history", "update", "rewind", "fork", "search", "list", "set_preference", "clear", "export"),
    "kinds": (list(MEMORY_KINDS), ["insight", "dream"]),
    "items": (["a", 5, {}, {"item_id": "a"}], ["x"] * 10_001, [DEEP]),
    "snapshot": ("1", "true"),
    "what": ("limits", ["agents", "models", "agents"], ["limits", "weather"]),
}  # fmt: skip

ABSENT: Final = object()

TOGETHER: Final[Mapping[str, Mapping[str, tuple[object, ...]]]] = {
    "user_request": {"user_input": (ABSENT, "", " ", "x"), "context": (ABSENT, "", "{}", {}, {"a": 1})},
    "snapshot": {
        "item_types": (ABSENT, [], ["a"], 5), "types": (ABSENT, ["b"], 5), "item_type": (ABSENT, "", "c", 5),
    },
    "add_item": {"item": ({"x": 1}, {"id": "a"}, {"id": None}), "id": (ABSENT, "a"), "item_id": (ABSENT, "a", "b")},
    "attach": {"run_id": (ABSENT, "", "r"), "thread_id": (ABSENT, "", "t")},
    "cancel": {"run_id": (ABSENT, "", "r"), "thread_id": (ABSENT, "", "t")},
    "undo": {"run_id": (ABSENT, "", "r"), "seq": (ABSENT, 1)},
    "respond": {
        "interrupt_id": ("i",),
        "decision": (ABSENT, *DECISIONS),
        "approved": (ABSENT, True, False),
        "value": (ABSENT, 0, {"a": 1}),
        "modified_args": (ABSENT, {}, {"b": 1}),
    },
    "thread": {
        "thread_id": ("t",),
        "action": (ABSENT, "state", "history", "update", "rewind", "fork", "rename", "delete"),
        "title": (ABSENT, "", "T"),
        "values": (ABSENT, {}, {"a": 1}),
        "checkpoint_id": (ABSENT, "", "c"),
    },
    "memory": {
        "action": (ABSENT, "search", "list", "set_preference", "clear", "export"),
        "query": (ABSENT, "", " ", "q"),
        "key": (ABSENT, "", "k"),
    },
}  # fmt: skip
"""Keys whose rules are about each other, in all combinations."""


def lines() -> Iterator[str]:
    """Every line of the golden file."""
    tried: set[tuple[object, ...]] = set()
    for message in VALID:
        valid = outcome(message)
        yield line(message=message, parsed=cast("dict[str, object]", valid["parsed"]))
        for path in [*places(message), *((key,) for key in EVERYWHERE if key not in message)]:
            place = (message["type"], message.get("operation"), message.get("atomic"), path)
            values = (
                (ABSENT, None) if place in tried else (ABSENT, *VALUES, *MORE_VALUES.get(str(path[-1]), ()))
            )
            tried.add(place)
            yield from grouped(message, path, values, valid)
    for kind, keys in TOGETHER.items():
        for values in itertools.product(*keys.values()):
            given = {key: value for key, value in zip(keys, values, strict=True) if value is not ABSENT}
            yield line(message={"type": kind, **given}, **outcome({"type": kind, **given}))


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """The keys of an object, of the objects in it whose keys are the protocol's, and of the first row of `items`."""
    if path and path[-1] in FREE:
        return
    match value:
        case dict():
            for key, inner in value.items():
                if key != "type":
                    yield (*path, key)
                    yield from places(inner, (*path, key))
        case [dict() as row, *_]:
            yield from places(row, (*path, 0))
        case _:
            pass


def grouped(
    message: dict[str, object], path: Path, values: tuple[object, ...], valid: Mapping[str, object]
) -> Iterator[str]:
    """One line for all values that come to the same."""
    found: dict[bytes, list[object]] = {}
    before = cast("dict[str, object]", valid["parsed"])
    for value in values:
        came = outcome(put(message, path, value))
        if "parsed" in came:
            parsed = cast("dict[str, object]", came["parsed"])
            changed = {key: it for key, it in parsed.items() if dumped(it) != dumped(before.get(key))}
            as_given = value is not ABSENT and dumped(changed) == dumped({path[0]: shown(value)})
            came = {"parsed": "as given" if as_given else changed}
        found.setdefault(dumped(came), []).append("absent" if value is ABSENT else value)
    key = ".".join(str(part) for part in path)
    for came_as_json, those in found.items():
        yield line(key=key, values=those, **orjson.loads(came_as_json))


def put(value: object, path: Path, new: object) -> object:
    """A copy with something else at a place."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, list):
        return [
            put(member, tuple(rest), new) if index == first else member for index, member in enumerate(value)
        ]
    assert isinstance(value, dict)
    if not rest and new is ABSENT:
        return {key: inner for key, inner in value.items() if key != first}
    return {**value, first: put(value.get(first), tuple(rest), new)}


def outcome(message: object) -> dict[str, object]:
    """What comes of a message."""
    try:
        parsed = parse(orjson.dumps(message))
    except RefusedError as refusal:
        return refused(refusal)
    return {"parsed": shown(parsed)}


def refused(refusal: RefusedError) -> dict[str, object]:
    """The code, the text and the other keys of a refusal."""
    told = orjson.loads(error(refusal))
    others = [told[key] for key in sorted(told.keys() - {"type", "code", "message", "retryable"})]
    return {"refused": [told["code"], told["message"], *others]}


def line(**keys: object) -> str:
    return dumped({key: value if key == "refused" else shown(value) for key, value in keys.items()}).decode()


def dumped(value: object) -> bytes:
    """As JSON, which knows 1 from true."""
    return orjson.dumps(value)


def shown(value: object, depth: int = 0) -> object:
    """A value as JSON that one can read. The names of classes do not count, those of attributes do."""
    match value:
        case RefusedError():
            return refused(value)
        case _ if attrs.has(kind := type(value)):
            names = sorted(field.name for field in attrs.fields(kind))
            return {name: shown(getattr(value, name), depth) for name in names}
        case str():
            return value if len(value) <= 99 else f"{value[0]}… {len(value)} long"
        case bytes():
            return f"bytes {value.hex()}"
        case frozenset():
            return shown(sorted(value), depth)
        case Mapping() | list() | tuple() if depth > 8:
            return "…"
        case Mapping():
            members = {
                shown(key): shown(inner, depth + 1) for key, inner in itertools.islice(value.items(), 9)
            }
            return members | ({"…": f"{len(value)} long"} if len(value) > 9 else {})
        case list() | tuple():
            return [shown(one, depth + 1) for one in value[:9]] + (
                [f"… {len(value)} long"] if len(value) > 9 else []
            )
        case _:
            return value


if __name__ == "__main__":
    sys.stdout.writelines(f"{one}\n" for one in lines())
