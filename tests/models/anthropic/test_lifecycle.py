"""At its start the daemon is told about models that it should not rely on, and starts whatever the service does."""

import attrs
import pytest

from streamd.core.usage import Price
from streamd.models.anthropic import AgentModel, Settings, open_anthropic
from streamd.models.anthropic._anthropic_model import AnthropicModel
from tests.models.asking import KEY, MODEL
from tests.support.messages_api import MessagesApi, closed_port, model_info
from tests.support.model_replies import BEFORE_THE_HEAD, Reply, failed

HAIKU = "claude-haiku-5-5"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return attrs.evolve(settings, prices={MODEL: Price(), HAIKU: Price()})


async def told(model: AnthropicModel) -> list[tuple[str, tuple[str, ...], str]]:
    return [(warning.model, warning.agents, warning.what) for warning in await model.check_models()]


async def test_there_is_nothing_to_say_of_models_that_are_well(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.models = [model_info(MODEL), model_info(HAIKU)]

    assert await told(model) == []


async def test_models_that_are_gone_or_going_or_unknown_are_named_with_who_asks_them(
    api: MessagesApi, settings: Settings
) -> None:
    api.models = [
        model_info(MODEL, "deprecated", retires_at="2027-01-31T00:00:00Z"),
        model_info("claude-old", "retired"),
    ]
    agents = {**settings.agents, "critic": AgentModel("claude-old"), "other": AgentModel("claude-old")}
    prices = {**settings.prices, "claude-old": Price()}
    async with open_anthropic(attrs.evolve(settings, agents=agents, prices=prices)) as model:
        assert await told(model) == [
            (MODEL, ("*",), "it will be retired on 2027-01-31; set another before"),
            (HAIKU, ("terse",), "there is no such model for this key; set another"),
            ("claude-old", ("critic", "other"), "it is retired and answers no more; set another"),
        ]


async def test_what_a_model_does_not_know_is_told_for_each_agent(
    api: MessagesApi, settings: Settings
) -> None:
    no = {"supported": False}
    less = model_info(MODEL, max_tokens=500)
    less["capabilities"]["thinking"]["types"]["adaptive"] = no
    less["capabilities"]["effort"]["low"] = no
    api.models = [less, model_info(HAIKU)]
    async with open_anthropic(settings) as model:
        assert [(agents, what.split(";")[0]) for _, agents, what in await told(model)] == [
            (("*",), "max_output_tokens is 1000 and it takes at most 500"),
            (("*",), "it cannot think as it sees fit"),
            (("*",), 'it does not know the effort "low"'),
        ]


async def test_a_model_of_which_little_is_known_is_not_complained_about(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.models = [model_info(MODEL, capabilities=None, max_tokens=None), model_info(HAIKU)]

    assert await told(model) == []


async def test_a_model_without_a_price_is_told(api: MessagesApi, settings: Settings) -> None:
    api.models = [model_info(MODEL), model_info(HAIKU)]
    async with open_anthropic(attrs.evolve(settings, prices={MODEL: Price()})) as model:
        (warning,) = await model.check_models()

    assert str(warning).startswith(f"{HAIKU} (for terse): it has no price")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(holds=frozenset({BEFORE_THE_HEAD})), "said nothing for too long"),
        (failed(401, "authentication_error"), "the key for the language model was refused"),
        (failed(500, "api_error"), "service failed"),
    ],
    ids=["silent", "refused", "broken"],
)
async def test_a_service_that_cannot_be_asked_is_a_warning(
    api: MessagesApi, model: AnthropicModel, reply: Reply, why: str
) -> None:
    api.models_reply = reply

    warnings = await model.check_models(within_seconds=0.2)

    assert [warning.model for warning in warnings] == [MODEL, HAIKU]
    assert all(why in warning.what and KEY not in warning.what for warning in warnings)


async def test_a_service_that_is_not_there_is_a_warning(settings: Settings) -> None:
    async with open_anthropic(attrs.evolve(settings, base_url=closed_port())) as model:
        warnings = await model.check_models()

    assert all("cannot be reached" in warning.what for warning in warnings)
    assert len(warnings) == 2
