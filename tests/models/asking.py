"""How tests ask a model, and what they make of its pieces."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any, Final

import pytest

from streamd.core.prompt import Message, Prompt, Text
from streamd.errors import ModelError
from streamd.ports.model import Model, ModelStreamEvent, TextDelta, Turn

KEY: Final = "sk-very-secret"
MODEL: Final = "claude-sonnet-5-5"
BOUND_SECONDS: Final = 60.0


def prompt(text: str = "How many bolts?", **more: Any) -> Prompt:
    """One question, by an agent that has no model of its own."""
    return Prompt(**{"agent": "general", "system": "You are terse.", "messages": (user(text),), **more})


def user(text: str) -> Message:
    """Something that a person says."""
    return Message("user", (Text(text),))


async def ask(model: Model, question: Prompt | None = None) -> list[ModelStreamEvent]:
    """All pieces of the answer."""
    async with asyncio.timeout(BOUND_SECONDS), aclosing(model.stream(question or prompt())) as pieces:
        return [piece async for piece in pieces]


async def failure(model: Model, question: Prompt | None = None) -> tuple[ModelError, list[ModelStreamEvent]]:
    """How it fails, and the pieces until then."""
    before: list[ModelStreamEvent] = []
    try:
        async with asyncio.timeout(BOUND_SECONDS), aclosing(model.stream(question or prompt())) as pieces:
            async for piece in pieces:
                before.append(piece)
    except ModelError as error:
        return error, before
    pytest.fail("it did not fail")


def words(pieces: Iterable[ModelStreamEvent]) -> list[str]:
    """What was said, piece by piece."""
    return [piece.text for piece in pieces if isinstance(piece, TextDelta)]


def turn(pieces: list[ModelStreamEvent]) -> Turn:
    """The last piece."""
    last = pieces[-1]
    assert isinstance(last, Turn)
    return last
