"""A server that speaks the Messages API, and the model that asks it through the real library."""

from collections.abc import AsyncGenerator

import pytest

from streamd.core.usage import Price
from streamd.models.anthropic import AgentModel, Settings, open_anthropic
from streamd.models.anthropic._anthropic_model import AnthropicModel
from tests.models.asking import KEY, MODEL
from tests.support.messages_api import MessagesApi


@pytest.fixture
async def api() -> AsyncGenerator[MessagesApi, None]:
    async with MessagesApi() as opened:
        yield opened


@pytest.fixture
def settings(api: MessagesApi) -> Settings:
    return Settings(
        api_key=KEY,
        base_url=api.url,
        default=AgentModel(MODEL, effort="low", max_output_tokens=1000),
        agents={"terse": AgentModel("claude-haiku-5-5", max_output_tokens=50, thinking=False)},
        prices={MODEL: Price(2.0, 10.0, 2.5, 0.2)},
    )


@pytest.fixture
async def model(settings: Settings) -> AsyncGenerator[AnthropicModel, None]:
    async with open_anthropic(settings) as opened:
        yield opened
