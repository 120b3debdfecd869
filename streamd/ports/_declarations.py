"""Checks of what agents declare: names, nodes, phrases and types of responses."""

import functools
import inspect
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, get_type_hints, is_typeddict

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.event import PERSON
from streamd.core.run import ENGINE_TYPES
from streamd.core.triggers.trigger import Trigger

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_AGENT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def agent_name(given: str) -> str:
    """A name or an id that can stand in requests, events and the configuration. Raises ValueError."""
    if not _AGENT_NAME.fullmatch(given):
        raise ValueError(
            f"{given!r} cannot be the name or the id of an agent: begin with a letter, and use at most 64 letters, "
            "digits, _, - and ."
        )
    if given == PERSON:
        raise ValueError(f"an agent cannot be called {PERSON!r}: events name people so; give it another name")
    return given


def node_from(given: Callable[..., Any]) -> Callable[..., AsyncGenerator[Any, None]]:
    """A node as an async generator; a plain `async def` function that yields nothing is one, too. Raises ValueError."""
    called = (
        given if inspect.isroutine(given) or isinstance(given, functools.partial) else type(given).__call__
    )
    if inspect.isasyncgenfunction(called):
        return given
    if inspect.iscoroutinefunction(called):
        return _yielding_nothing(given)
    name = getattr(given, "__name__", repr(given))
    raise ValueError(f"{name} cannot be a node: define it with `async def`, and yield responses in it")


def nodes_from(
    given: Mapping[str, Callable[..., Any]],
) -> Mapping[str, Callable[..., AsyncGenerator[Any, None]]]:
    """Nodes by name, as `node_from` makes each. Raises ValueError."""
    return {name: node_from(node) for name, node in given.items()}


def _yielding_nothing(function: Callable[..., Awaitable[object]]) -> Callable[..., AsyncGenerator[Any, None]]:
    @functools.wraps(function)
    async def steps(run: object) -> AsyncGenerator[Any, None]:
        await function(run)
        for response in tuple[Any, ...]():
            yield response

    return steps


def names_in(given: Iterable[str]) -> frozenset[str]:
    """Several names, given as any collection. Raises ValueError."""
    return frozenset(texts_in(given))


def texts_in(given: Iterable[str]) -> tuple[str, ...]:
    """Several texts in order; one alone would be taken for its letters. Raises ValueError."""
    if isinstance(given, str):
        raise ValueError(f"{given!r} must stand in a collection, even when it is the only one")  # noqa: TRY004
    return tuple(given)


def triggers_in(given: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """Several triggers, given as any collection."""
    return tuple(given)


def typed_state(given: type[object] | None) -> type[object] | None:
    """A `TypedDict` whose types are there. Raises ValueError."""
    if given is not None:
        if not is_typeddict(given):
            raise ValueError(f"the state of an agent is a TypedDict, and {given!r} is none")
        try:
            get_type_hints(given)
        except NameError as error:
            raise ValueError(
                f"the types in {given.__name__} must be there when the agent is made: {error}"
            ) from None
    return given


def check_declaration(
    agent: str, *, intents: Iterable[str], phrases: Iterable[str], responses: frozenset[str]
) -> None:
    """Refuse what an agent cannot declare. Raises ValueError."""
    for name in sorted({*intents, *responses}):
        if not _NAME.fullmatch(name):
            raise ValueError(f"agent {agent}: {name!r} must be a name of small letters, digits and _")
    if reserved := responses & (ENGINE_TYPES | BRACKET_TYPES):
        raise ValueError(f"agent {agent} cannot emit {', '.join(sorted(reserved))}: only the engine does")
    if not all(any(map(str.isalnum, phrase)) for phrase in phrases):
        raise ValueError(f"agent {agent} has a phrase without a word")
