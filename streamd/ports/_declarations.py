"""Checks of what agents declare: names, phrases and types of responses."""

import re
from collections.abc import Iterable
from typing import Final

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


def names_in(given: Iterable[str]) -> frozenset[str]:
    """Several names, given as any collection. Raises ValueError."""
    return frozenset(texts_in(given))


def texts_in(given: Iterable[str]) -> tuple[str, ...]:
    """Several texts in order; one alone would be taken for its letters. Raises ValueError."""
    if isinstance(given, str):
        raise ValueError(f"{given!r} must stand in a collection, even when it is the only one")  # noqa: TRY004
    return tuple(given)


def triggers_in(given: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """Several triggers, given as any collection. Raises ValueError."""
    found = (None,) if isinstance(given, Trigger) else tuple(given)
    if not all(isinstance(one, Trigger) for one in found):
        raise ValueError("triggers are a collection of Trigger(…)")
    return tuple(given)


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
