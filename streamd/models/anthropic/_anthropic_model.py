"""Anthropic's models behind the port: one client for all streams, a watchdog for each.

A stream fails when no byte is received for `stall_seconds`, or nothing but pings for `pings_only_seconds`. There are two
bounds because the library swallows the service's pings: a timeout between events would kill long thinking, a timeout
between bytes would wait for ever on a service that pings and never answers. The first bound is the read timeout of the
connection, which every byte resets.
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
from streamd.facts import define
from streamd.models.anthropic import _request as request
from streamd.models.anthropic._failures import model_error, truncated
from streamd.models.anthropic._lifecycle import ModelWarning, check_models
from streamd.models.anthropic._message_accumulator import MessageAccumulator
from streamd.models.anthropic.settings import AgentModel, Settings
from streamd.ports.model import ModelStreamEvent

_LIMITS: Final = httpx2.Limits(max_connections=2000, max_keepalive_connections=32, keepalive_expiry=60.0)
"""More connections than concurrent runs, as coordinators use several streams at once; further streams wait."""
_NO_PROXY: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
_EVENTS_AT_ONCE: Final = 4
"""Events of one stream before it yields to the event loop."""
_LAST_BYTES_SECONDS: Final = 0.5


@define(eq=False)
class AnthropicModel:
    """Implements `streamd.ports.model.Model` with the Messages API."""

    settings: Settings
    _client: AsyncAnthropic = attrs.field(repr=False)
    _turnstile: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    @classmethod
    def opened(cls, settings: Settings) -> "AnthropicModel":
        """Create the model and its client; to be closed."""
        client = AsyncAnthropic(
            api_key=settings.api_key,
            base_url=settings.base_url or None,
            max_retries=0,  # the engine retries: only it knows which text was shown already
            http_client=DefaultAsyncHttpxClient(limits=_LIMITS, mounts=_NO_PROXY),
            open_telemetry=False,  # prompts must not be exported in traces
        )
        return cls(settings, client)

    @property
    def is_offline(self) -> bool:
        """False: it is a language model."""
        return False

    def name(self, agent: str) -> str:
        """Name of the model for an agent's prompts."""
        return self.settings.of(agent).model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Stream the response to a prompt. Raises ModelError while it is iterated."""
        options = self.settings.of(prompt.agent)
        accumulator = MessageAccumulator(prompt, options, self.settings.prices)
        await self._one_at_a_time()
        async with await self._open_stream(prompt, options) as events:  # its exit closes the connection
            for number in itertools.count(1):
                for delta in await _next(events, accumulator):
                    yield delta
                if accumulator.is_complete:
                    break
                if not number % _EVENTS_AT_ONCE:
                    # A burst of a thousand buffered events never suspends by itself.
                    await asyncio.sleep(0)
            await self._one_at_a_time()
            await _read_to_the_end(events)
        yield accumulator.turn()

    async def check_models(self, within_seconds: float = 5.0) -> tuple[ModelWarning, ...]:
        """Check whether the models of the settings exist, when they retire, and whether they support their options.

        Never raises: a check that fails or times out is one of the warnings.
        """
        return await check_models(self._client, self.settings, within_seconds)

    async def close(self) -> None:
        """Close all connections; open streams fail."""
        await self._client.close()

    async def _one_at_a_time(self) -> None:
        """Let one stream start or end per iteration of the event loop: two hundred at once would block it for long."""
        async with self._turnstile:
            await asyncio.sleep(0)

    async def _open_stream(self, prompt: Prompt, options: AgentModel) -> AsyncStream[RawMessageStreamEvent]:
        try:
            async with asyncio.timeout(options.pings_only_seconds):
                return await self._client.messages.create(
                    stream=True,
                    model=options.model,
                    max_tokens=options.max_output_tokens,
                    system=request.system(prompt) or omit,
                    tools=request.tools(prompt) or omit,
                    tool_choice=request.tool_choice(prompt) or omit,
                    messages=request.messages(prompt),
                    thinking=request.thinking(options) or omit,
                    output_config=request.output_config(prompt, options) or omit,
                    timeout=httpx2.Timeout(options.stall_seconds, connect=options.connect_seconds),
                )
        except Exception as error:  # noqa: BLE001 - every failure of the library becomes a ModelError
            raise model_error(error, options.model) from None  # the original text may contain the key


async def _next(
    events: AsyncStream[RawMessageStreamEvent], accumulator: MessageAccumulator
) -> tuple[ModelStreamEvent, ...]:
    """Wait for the next event; returns what to yield for it."""
    model = accumulator.options.model
    try:
        async with asyncio.timeout(accumulator.options.pings_only_seconds):
            return accumulator.add(await anext(events))
    except StopAsyncIteration:
        raise truncated(model) from None
    except Exception as error:  # noqa: BLE001 - as above
        raise model_error(error, model) from None


async def _read_to_the_end(events: AsyncStream[RawMessageStreamEvent]) -> None:
    """Read the rest of the response: only a connection that was read to its end is reused."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_LAST_BYTES_SECONDS):
            await anext(events)
