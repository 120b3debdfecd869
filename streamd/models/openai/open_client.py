"""Opens the client that all streams share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from streamd.models.openai.settings import ChatServer
from streamd.ports.model_maker import ModelSettings

if TYPE_CHECKING:
    from streamd.models.openai._chat_model import ChatModel

log = structlog.get_logger(__name__)

_CLOSE_SECONDS: Final = 2.0


@asynccontextmanager
async def open_openai(settings: ModelSettings, server: ChatServer) -> AsyncIterator["ChatModel"]:
    """Open the model: import the library and create its client. Sends no request, so a wrong key shows later.

    Raises ImportError where the extra is not installed.
    """
    # Import and certificates take about a second of work: in a thread, so that the event loop is not blocked.
    model = await asyncio.to_thread(_model, settings, server)
    try:
        yield model
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await model.close()
        except TimeoutError:
            log.warning("model_client_close_timed_out", seconds=_CLOSE_SECONDS)


def _model(settings: ModelSettings, server: ChatServer) -> "ChatModel":
    from streamd.models.openai._chat_model import ChatModel

    return ChatModel.opened(settings, server)
