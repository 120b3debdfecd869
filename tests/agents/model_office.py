"""An office whose agents ask a language model: the real library, and the local Messages API with what a test tells it to say."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs

from streamd.config import AgentOptions, BudgetOptions, Config, ModelOptions, RunsOptions
from streamd.core.values import Value
from streamd.models.anthropic import AgentModel, Settings, open_anthropic
from tests.agents.office import Office, office
from tests.support.messages_api import MessagesApi, Request
from tests.support.scripted_model import Scripted

MODEL: Final = "claude-sonnet-5-5"


@attrs.frozen
class ModelOffice(Office):
    """The office, and what its model says."""

    model: Scripted

    @property
    def api(self) -> MessagesApi:
        return self.model.api


@asynccontextmanager
async def model_office(
    *items: Mapping[str, Value],
    window_tokens: int = 200_000,
    runs: RunsOptions | None = None,
    budget: BudgetOptions | None = None,
    agents: Mapping[str, AgentOptions] | None = None,
    **models: Any,
) -> AsyncIterator[ModelOffice]:
    """All agents on a model with such a window; failed attempts are repeated at once."""
    config = Config(
        models=ModelOptions(**{"retry_base_seconds": 0.0, **models}),
        runs=runs or RunsOptions(),
        budget=budget or BudgetOptions(),
        agents=agents or {},
    )
    async with (
        MessagesApi(window_tokens=window_tokens) as api,
        open_anthropic(Settings("sk-of-a-test", AgentModel(MODEL), base_url=api.url)) as model,
        office(*items, model=model, config=config) as place,
    ):
        yield ModelOffice(place.engine, Scripted(api))


def texts(request: Request) -> list[str]:
    """(role: text) of everything that a request says, results of tools as well."""
    return [
        f"{message['role']}: {block.get('text') or block.get('content') or block.get('name') or block['type']}"
        for message in request.body["messages"]
        for block in message["content"]
    ]
