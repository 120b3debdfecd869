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
    encode: Callable[[T], bytes],
    message: Callable[[Sequence[bytes], bool | None], bytes],
) -> None:
    """Send what is found in messages of bounded size, as fast as the client reads them.

    A connection gets one such answer after the other. A block is read where there is room for it, and encoded at once: what
    waits is bytes, and in the account. `message` takes what one message has, and whether more messages follow: None when it
    is the only one.
    """
    outbox = client.outbox
    part: list[bytes] = []
    size = 0
    more: bool | None = None
    try:
        async with client.answer_turn, aclosing(found):
            await outbox.room()
            async for block in found:
                for body in map(encode, block):
                    if part and size + len(body) > MAX_PAGE_BYTES:
                        client.send(message(part, True))
                        outbox.waiting.remove(size)
                        part, size, more = [], 0, False
                    part.append(body)
                    size += len(body)
                    outbox.waiting.add(len(body))
                await outbox.room()
                if outbox.closed:
                    return
        client.send(message(part, more))
    finally:
        outbox.waiting.remove(size)
