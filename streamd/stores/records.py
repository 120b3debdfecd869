"""Facts about runs and threads as JSON, and back.

Keys that a newer streamd added are passed over; what an older one did not know has its default.
"""

from collections.abc import Mapping
from typing import TypeVar, cast

import attrs
import orjson

from streamd.core.principal import Principal, Right
from streamd.core.run import Budget, RunOptions, RunRequest
from streamd.core.thread import Checkpoint, Interrupt, InterruptAnswer, StreamCheckpoint
from streamd.core.usage import Usage
from streamd.errors import StoreError

T = TypeVar("T")
Fact = RunRequest | Usage | Checkpoint | Interrupt | StreamCheckpoint
Json = Mapping[str, object]


def fact_json(fact: Fact | Json) -> bytes:
    """A fact as a JSON object. Raises StoreError when something in it is not JSON."""
    try:
        return orjson.dumps(fact, default=_plain)
    except TypeError as error:
        raise StoreError(f"a {type(fact).__name__} cannot be kept: {error}") from error


def _plain(value: object) -> object:
    kind = type(value)
    if attrs.has(kind):
        return {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def request_of(json: Json) -> RunRequest:
    """A run's request again."""
    options = _part(json, "options")
    budget = _fact(Budget, _part(options, "budget"))
    return _fact(
        RunRequest,
        {
            **json,
            "options": _fact(RunOptions, {**options, "budget": budget}),
            "principal": _principal(_part(json, "principal")),
        },
    )


def _principal(json: Json) -> Principal:
    """Runs of older versions have none: everybody was anonymous and might do everything."""
    workspaces, rights = json.get("workspaces"), json.get("rights")
    return _fact(
        Principal,
        {
            **json,
            "workspaces": None if workspaces is None else frozenset(cast("list[str]", workspaces)),
            "rights": Principal().rights if rights is None else frozenset(cast("list[Right]", rights)),
        },
    )


def usage_of(json: Json) -> Usage:
    """What a run used."""
    return _fact(Usage, json)


def checkpoint_of(json: Json) -> Checkpoint:
    """A thread's checkpoint again."""
    following = cast("list[str]", json.get("next") or [])
    return _fact(Checkpoint, {**json, "next": tuple(following)})


def interrupt_of(json: Json) -> Interrupt:
    """An interrupt again."""
    answer = json.get("answer")
    answered = None if answer is None else _fact(InterruptAnswer, _part(json, "answer"))
    return _fact(Interrupt, {**json, "answer": answered})


def stream_checkpoint_of(json: Json) -> StreamCheckpoint:
    """A stream's checkpoint again."""
    return _fact(StreamCheckpoint, json)


def _part(json: Json, key: str) -> Json:
    return cast("Json", json.get(key) or {})


def _fact(kind: type[T], json: Json) -> T:
    names = [field.name for field in attrs.fields(cast("type[attrs.AttrsInstance]", kind))]
    try:
        return kind(**{name: json[name] for name in names if name in json})
    except TypeError as error:
        raise StoreError(
            f"a {kind.__name__} in the store is incomplete; restore a backup ({error})"
        ) from error
