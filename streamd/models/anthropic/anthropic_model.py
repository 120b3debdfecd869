"""The model itself: one client for all streams, a watchdog for each.

A stream is given up when no byte came for `stall_seconds`, and when nothing but pings came for `pings_only_seconds`.
Two bounds, because the library swallows the pings by which the service says that a model still thinks: to count events
only would kill long thoughts, to count bytes only would wait for ever on a service that pings and never answers. The
first bound is the read timeout of the connection, which every byte renews.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator
from typing import Final

import attrs
import httpx2
from anthropic import AsyncAnthropic, AsyncStream, DefaultAsyncHttpxClient, omit
from anthropic.types import RawMessageStreamEvent

from streamd.core.prompt import Prompt
from streamd.models.anthropic import request
from streamd.models.anthropic.failures import model_error, truncated
from streamd.models.anthropic.lifecycle import ModelWarning, check_models
from streamd.models.anthropic.message_accumulator import MessageAccumulator
from streamd.models.anthropic.settings import AgentModel, Settings
from streamd.ports.model import ModelStreamEvent

_LIMITS: Final = httpx2.Limits(max_connections=2000, max_keepalive_connections=32, keepalive_expiry=60.0)
"""More streams than runs there may be, as coordinators ask several models at once; the rest waits for a connection."""
_NO_PROXY: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
_EVENTS_AT_ONCE: Final = 4
"""Of one stream, before the others have their turn."""
_LAST_BYTES_SECONDS: Final = 0.5


@attrs.define(eq=False)
class AnthropicModel:
    """See `streamd.ports.model.Model` for what is promised."""

    settings: Settings
    _client: AsyncAnthropic = attrs.field(repr=False)
    _turnstile: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    @classmethod
    def opened(cls, settings: Settings) -> "AnthropicModel":
        """Make the client. To be closed."""
        client = AsyncAnthropic(
            api_key=settings.api_key,
            base_url=settings.base_url or None,
            max_retries=0,  # who asks retries: only they know what was shown already
            http_client=DefaultAsyncHttpxClient(limits=_LIMITS, mounts=_NO_PROXY),
            open_telemetry=False,  # what people wrote does not go into traces
        )
        return cls(settings, client)

    @property
    def is_offline(self) -> bool:
        """Whether it goes by rules."""
        return False

    def name(self, agent: str) -> str:
        """Which model answers an agent's prompts."""
        return self.settings.of(agent).model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Ask. Raises ModelError while it is iterated."""
        options = self.settings.of(prompt.agent)
        answer = MessageAccumulator(prompt, options, self.settings.prices)
        await self._one_at_a_time()
        async with await self._asked(prompt, options) as events:  # leaving it closes the connection
            for number in itertools.count(1):
                for piece in await _next(events, answer):
                    yield piece
                if answer.is_whole:
                    break
                if not number % _EVENTS_AT_ONCE:
                    await asyncio.sleep(
                        0
                    )  # a burst of a thousand events would not wait for anything by itself
            await self._one_at_a_time()
            await _read_to_the_end(events)
        yield answer.turn()

    async def check_models(self, within_seconds: float = 5.0) -> tuple[ModelWarning, ...]:
        """Ask whether the models of the settings exist, how long they will, and know what is asked of them.

        Never fails: what cannot be found out within that time is one of the warnings.
        """
        return await check_models(self._client, self.settings, within_seconds)

    async def close(self) -> None:
        """Close all connections; streams that go on fail."""
        await self._client.close()

    async def _one_at_a_time(self) -> None:
        """Let one stream begin, or end, in one round of the loop: two hundred at once would hold it up for long."""
        async with self._turnstile:
            await asyncio.sleep(0)

    async def _asked(self, prompt: Prompt, options: AgentModel) -> AsyncStream[RawMessageStreamEvent]:
        try:
            async with asyncio.timeout(options.pings_only_seconds):
                return await self._client.messages.create(
                    stream=True,
                    model=options.model,
                    max_tokens=options.max_output_tokens,
                    system=request.system(prompt) or omit,
                    tools=request.tools(prompt) or omit,
                    messages=request.messages(prompt),
                    thinking=request.thinking(options) or omit,
                    output_config=request.output_config(prompt, options) or omit,
                    timeout=httpx2.Timeout(options.stall_seconds, connect=options.connect_seconds),
                )
        except Exception as error:  # noqa: BLE001 - whatever the library does, who asks is told in one way
            raise model_error(error, options.model) from None  # its text may hold the key


async def _next(
    events: AsyncStream[RawMessageStreamEvent], answer: MessageAccumulator
) -> tuple[ModelStreamEvent, ...]:
    """Wait for the next event, and say what came of it."""
    model = answer.options.model
    try:
        async with asyncio.timeout(answer.options.pings_only_seconds):
            return answer.take(await anext(events))
    except StopAsyncIteration:
        raise truncated(model) from None
    except Exception as error:  # noqa: BLE001 - as above
        raise model_error(error, model) from None


async def _read_to_the_end(events: AsyncStream[RawMessageStreamEvent]) -> None:
    """Read what follows the last event, as only a connection that was read to its end can be used again."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_LAST_BYTES_SECONDS):
            await anext(events)
