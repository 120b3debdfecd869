"""Chat-completions servers behind the port: one client for all streams, a watchdog for each.

A stream fails when no byte is received for `stall_seconds`, or nothing but comments for `silence_seconds`. A parameter that a
server refuses in words is left out and the request made again at once, before anything is shown: servers know different
parts of the protocol, and say so only when they are asked.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from typing import Any, Final, NoReturn

import attrs
import httpx2
import structlog
from openai import (
    APIError,
    AsyncOpenAI,
    AsyncStream,
    BadRequestError,
    DefaultAsyncHttpxClient,
    Omit,
    UnprocessableEntityError,
)

from streamd.core.prompt import Prompt
from streamd.facts import define
from streamd.models.openai._chunk_accumulator import ChunkAccumulator
from streamd.models.openai._failures import model_error, truncated, words_of
from streamd.models.openai._refused_parameters import RefusedParameters
from streamd.models.openai._request import request_body, sizes
from streamd.models.openai.settings import ChatServer
from streamd.ports.model import ModelStreamEvent
from streamd.ports.model_maker import ModelChoice, ModelSettings

log = structlog.get_logger(__name__)

_LIMITS: Final = httpx2.Limits(max_connections=2000, max_keepalive_connections=32, keepalive_expiry=60.0)
"""More connections than concurrent runs, as coordinators use several streams at once; further streams wait."""
_NO_PROXY: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
_CHUNKS_AT_ONCE: Final = 4
"""Chunks of one stream before it yields to the event loop."""
_REST_SECONDS: Final = 2.0
"""For what follows the reason for a stream's end: its usage and its last mark, which not every server sends."""
_NO_KEY: Final = "none"


@define(eq=False)
class ChatModel:
    """Implements `streamd.ports.model.Model` with the chat-completions protocol."""

    settings: ModelSettings
    server: ChatServer
    _client: AsyncOpenAI = attrs.field(repr=False)
    _refused: dict[str, RefusedParameters] = attrs.field(factory=dict)
    """By model."""

    @classmethod
    def opened(cls, settings: ModelSettings, server: ChatServer) -> "ChatModel":
        """Create the model and its client; to be closed."""
        client = AsyncOpenAI(
            api_key=server.api_key or _NO_KEY,
            base_url=server.base_url or "https://api.openai.com/v1",
            max_retries=0,  # the engine retries: only it knows which text was shown already
            http_client=DefaultAsyncHttpxClient(limits=_LIMITS, mounts=_NO_PROXY),
        )
        return cls(settings, server, client)

    @property
    def is_offline(self) -> bool:
        """False: it is a language model."""
        return False

    def name(self, agent: str) -> str:
        """Name of the model for an agent's prompts."""
        return self.settings.of(agent).model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Stream the response to a prompt. Raises ModelError while it is iterated."""
        choice = self.settings.of(prompt.agent)
        chunks, body = await self._opened(prompt, choice)
        accumulator = ChunkAccumulator(prompt, choice.model, self.settings.prices, sizes(body))
        async with chunks:  # its exit closes the connection
            if chunks.response.headers.get("content-type", "").startswith("application/json"):
                for event in accumulator.add(await self._whole(chunks, choice)):
                    yield event
            else:
                for number in itertools.count(1):
                    chunk = await self._next(chunks, choice, is_rest=accumulator.is_complete)
                    if chunk is None:
                        break
                    for event in accumulator.add(chunk):
                        yield event
                    if not number % _CHUNKS_AT_ONCE:
                        # A burst of a thousand buffered chunks never suspends by itself.
                        await asyncio.sleep(0)
        if not accumulator.is_complete:
            raise truncated(choice.model)
        yield accumulator.turn()

    async def missing_models(self, within_seconds: float = 5.0) -> dict[str, str]:
        """Look for the models of the settings in the server's list: what is wrong with each that is not there.

        Never raises: a list that cannot be had says so for each model.
        """
        models = tuple(self.settings.by_model)
        try:
            async with asyncio.timeout(within_seconds):
                page = await self._client.models.list(extra_headers=self._headers())
            listed = {str(model.id) for model in page.data}
        except Exception as error:  # noqa: BLE001 - the daemon starts whatever the server does
            return {one: f"it could not be checked: {model_error(error, one).message}" for one in models}
        # Some servers name a model with its variety: `llama3.2:latest`.
        known = listed | {one.partition(":")[0] for one in listed}
        told = "the server does not list it; set one that it has, or load it there"
        return {one: told for one in models if one not in known}

    async def close(self) -> None:
        """Close all connections; open streams fail."""
        await self._client.close()

    async def _opened(
        self, prompt: Prompt, choice: ModelChoice
    ) -> tuple[AsyncStream[object], dict[str, Any]]:
        """Send the request; again without a parameter that the server refuses in words."""
        refused = self._refused.setdefault(choice.model, RefusedParameters())
        while True:
            body = request_body(prompt, choice, self.server, refused)
            try:
                async with asyncio.timeout(self.server.silence_seconds):
                    return await self._post(body, choice), body
            except (BadRequestError, UnprocessableEntityError) as error:
                left_out = refused.learn(body, words_of(error), error.param)
                if left_out is None:
                    raise model_error(error, choice.model) from None
                log.info("model_parameter_left_out", model=choice.model, parameter=left_out)
            except Exception as error:  # noqa: BLE001 - every failure of the library becomes a ModelError
                raise model_error(error, choice.model) from None  # the original text may contain the key

    async def _post(self, body: dict[str, Any], choice: ModelChoice) -> AsyncStream[object]:
        # As JSON instead of the library's classes: servers leave out or change what those take for granted.
        timeout = httpx2.Timeout(choice.stall_seconds, connect=self.server.connect_seconds)
        return await self._client.post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options={"headers": self._headers(), "timeout": timeout},
            stream=True,
            stream_cls=AsyncStream[object],
        )

    async def _next(
        self, chunks: AsyncStream[object], choice: ModelChoice, *, is_rest: bool
    ) -> object | None:
        """Wait for the next chunk; None at the end."""
        try:
            async with asyncio.timeout(_REST_SECONDS if is_rest else self.server.silence_seconds):
                chunk = await anext(chunks)
            if isinstance(chunk, dict) and chunk.get("object") == "error":  # as vLLM tells it
                _raise_told(chunk, chunks)
        except StopAsyncIteration:
            return None
        except Exception as error:  # noqa: BLE001 - as above
            if is_rest:
                return None  # the answer is whole
            raise model_error(error, choice.model) from None
        else:
            return chunk

    async def _whole(self, chunks: AsyncStream[object], choice: ModelChoice) -> object:
        """Read the answer of a server that does not stream."""
        try:
            async with asyncio.timeout(self.server.silence_seconds):
                await chunks.response.aread()
            answer: object = chunks.response.json()
            if isinstance(answer, dict) and (told := answer.get("error")):
                _raise_told(told, chunks)
        except Exception as error:  # noqa: BLE001 - as above
            raise model_error(error, choice.model) from None
        return answer

    def _headers(self) -> dict[str, str | Omit]:
        """Headers of each request: no key where there is none."""
        return {} if self.server.api_key else {"Authorization": Omit()}


def _raise_told(told: object, chunks: AsyncStream[object]) -> NoReturn:
    raise APIError(str(told), chunks.response.request, body=told)
