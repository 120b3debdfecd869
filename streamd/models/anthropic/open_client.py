"""Opens the client that all streams share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from streamd.models.anthropic.settings import Settings

if TYPE_CHECKING:
    from streamd.models.anthropic._anthropic_model import AnthropicModel

log = structlog.get_logger(__name__)

_CLOSE_SECONDS: Final = 2.0


@asynccontextmanager
async def open_anthropic(settings: Settings) -> AsyncIterator["AnthropicModel"]:
    """Open the model: import the library and create its client. Sends no request, so a wrong key shows later."""
    # Import and certificates take about a second of work: in a thread, so that the event loop is not blocked.
    model = await asyncio.to_thread(_model, settings)
    try:
        yield model
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await model.close()
        except TimeoutError:
            log.warning("model_client_close_timed_out", seconds=_CLOSE_SECONDS)


def _model(settings: Settings) -> "AnthropicModel":
    from streamd.models.anthropic._anthropic_model import AnthropicModel

    return AnthropicModel.opened(settings)
