"""Introductions: where a token is asked for, and the handshake brought none that is known, the client has one more try."""

import asyncio

from streamd.edge.ws._client import Client
from streamd.edge.ws._inbox import Inbox
from streamd.errors import RefusedError, UnauthorizedError
from streamd.wire.codec import parse
from streamd.wire.codes import CloseCode
from streamd.wire.messages.connection_messages import HelloMessage


async def introduced(
    client: Client, inbox: Inbox, token: str | None, refusal: UnauthorizedError, seconds: float
) -> bytes | str | None:
    """Admit a client by the token of its address, or of its first message, which is returned to be dispatched.

    Raises UnauthorizedError where that message is no `hello` with a token, does not come in time, or opens nothing.
    """
    if token is not None:
        await client.admit(token)  # it may have been made a moment ago
        return None
    try:
        async with asyncio.timeout(seconds):
            raw = await inbox.next()
        hello = parse(raw)
    except (TimeoutError, RefusedError):
        raise refusal from None
    if not isinstance(hello, HelloMessage) or not hello.token:
        raise refusal
    await client.admit(hello.token)
    return raw


def close_code_of(error: UnauthorizedError) -> CloseCode:
    """The code to close a connection with whose token opens nothing."""
    return CloseCode.TOKEN_EXPIRED if error.details.get("reason") == "expired" else CloseCode.BAD_TOKEN
