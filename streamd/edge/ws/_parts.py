"""Sends replies that may be long in several messages."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from streamd.edge.ws._client import Client
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES

T = TypeVar("T")


async def send_in_parts(
    client: Client,
    found: AsyncGenerator[Sequence[T], None],
    size_of: Callable[[T], int],
    encode: Callable[[Sequence[T], bool | None], bytes],
) -> None:
    """Send what is found in messages of bounded size, as fast as the client reads them.

    `encode` takes what one message has, and whether more messages follow: None when it is the only one.
    """
    part: list[T] = []
    size = 0
    more: bool | None = None
    async with aclosing(found):
        async for block in found:
            for one in block:
                length = size_of(one)
                if part and size + length > MAX_PAGE_BYTES:
                    client.send(encode(part, True))
                    part, size, more = [], 0, False
                    await client.outbox.room()
                    if client.outbox.closed:
                        return
                part.append(one)
                size += length
    client.send(encode(part, more))
