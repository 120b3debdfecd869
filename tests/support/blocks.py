"""What comes in blocks, as one list."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def all_of(blocks: AsyncGenerator[Sequence[T], None]) -> list[T]:
    """Everything in all blocks."""
    async with aclosing(blocks):
        return [one async for block in blocks for one in block]
