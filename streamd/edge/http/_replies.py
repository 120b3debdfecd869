"""Replies of the protocol as responses."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final, TypeVar

import orjson
from starlette.responses import Response, StreamingResponse

T = TypeVar("T")

NOT_KEPT: Final[Mapping[str, str]] = {"cache-control": "no-store"}
"""Nothing of an answer may be kept by caches."""


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that is encoded already."""
    return Response(body, status, {**NOT_KEPT, **(headers or {})}, media_type="application/json")


async def listed(
    empty: bytes,
    key: str,
    found: AsyncGenerator[Sequence[T], None],
    encode: Callable[[T], bytes],
    *,
    counts: bool = False,
) -> Response:
    """Answer with a reply whose list under this key may be long: it is written as it is read.

    `empty` is the reply without members; `counts` says whether its `count` is how many there are.
    """
    first = await anext(found, None)  # a refusal comes before the answer begins

    async def body() -> AsyncIterator[bytes]:
        number = 0
        yield b'{"' + key.encode() + b'":['
        async with aclosing(found):
            block = first
            while block is not None:
                if block:
                    yield (b"," if number else b"") + b",".join(map(encode, block))
                    number += len(block)
                block = await anext(found, None)
        rest = {name: value for name, value in orjson.loads(empty).items() if name != key}
        yield b"]," + orjson.dumps({**rest, **({"count": number} if counts else {})})[1:]

    return StreamingResponse(body(), headers=NOT_KEPT, media_type="application/json")
