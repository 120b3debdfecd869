"""A server that speaks the chat-completions protocol, and the model that asks it through the real library."""

from collections.abc import AsyncGenerator
from typing import Final

import pytest

from streamd.core.usage import Price
from streamd.models.openai import ChatServer, open_openai
from streamd.models.openai._chat_model import ChatModel
from streamd.ports.model_maker import ModelChoice, ModelSettings
from tests.support.chat_api import ChatApi

KEY: Final = "sk-very-secret"
MODEL: Final = "qwen3"


@pytest.fixture
async def api() -> AsyncGenerator[ChatApi, None]:
    async with ChatApi() as opened:
        yield opened


@pytest.fixture
def settings() -> ModelSettings:
    return ModelSettings(
        ModelChoice(MODEL, max_output_tokens=1000),
        agents={"terse": ModelChoice("llama3.2", "max", max_output_tokens=50)},
        prices={MODEL: Price(2.0, 10.0, 2.5, 0.2)},
    )


@pytest.fixture
def server(api: ChatApi) -> ChatServer:
    return ChatServer(api.base_url, KEY)


@pytest.fixture
async def model(settings: ModelSettings, server: ChatServer) -> AsyncGenerator[ChatModel, None]:
    async with open_openai(settings, server) as opened:
        yield opened
