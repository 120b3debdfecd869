"""Looks at the start whether the models that are set exist, how long they will, and know what is asked of them."""

import asyncio
from collections.abc import Iterator
from typing import Final

import attrs
from anthropic import AsyncAnthropic, NotFoundError
from anthropic.types import ModelCapabilities, ModelInfo

from streamd.models.anthropic.failures import model_error
from streamd.models.anthropic.settings import AgentModel, Settings

_EVERYONE: Final = "*"


@attrs.frozen
class ModelWarning:
    """Something about a model that somebody should look at."""

    model: str
    agents: tuple[str, ...]
    """Who asks it; `*` stands for all that have no model of their own."""
    what: str
    """What it is and what to do; never a secret."""

    def __str__(self) -> str:
        return f"{self.model} (for {', '.join(self.agents)}): {self.what}"


async def check_models(
    client: AsyncAnthropic, settings: Settings, within_seconds: float
) -> tuple[ModelWarning, ...]:
    """Check every model of the settings. Never fails: what cannot be found out in time is one of the warnings."""
    asked: dict[str, list[str]] = {}
    for agent, options in _agents(settings):
        asked.setdefault(options.model, []).append(agent)
    warnings = [
        ModelWarning(
            model, tuple(agents), "it has no price: what it costs is counted as nothing; set prices for it"
        )
        for model, agents in asked.items()
        if model not in settings.prices
    ]
    for model, agents in asked.items():
        try:
            async with asyncio.timeout(within_seconds / len(asked)):
                info = await _info(client, model)
        except Exception as error:  # noqa: BLE001 - a daemon starts, whatever is wrong with the service
            what = f"it could not be checked: {model_error(error, model).message}"
            warnings.append(ModelWarning(model, tuple(agents), what))
        else:
            warnings += _about(model, agents, info)
            if info is not None:
                warnings += [
                    ModelWarning(model, (agent,), what)
                    for agent, options in _agents(settings)
                    if options.model == model
                    for what in _misfits(options, info)
                ]
    return tuple(warnings)


def _agents(settings: Settings) -> Iterator[tuple[str, AgentModel]]:
    yield _EVERYONE, settings.default
    yield from settings.agents.items()


async def _info(client: AsyncAnthropic, model: str) -> ModelInfo | None:
    """What is known of a model, by its name or an alias; None when there is none."""
    try:
        return await client.models.retrieve(model)
    except NotFoundError:
        return None


def _about(model: str, agents: list[str], info: ModelInfo | None) -> Iterator[ModelWarning]:
    if info is None:
        yield ModelWarning(model, tuple(agents), "there is no such model for this key; set another")
    elif info.lifecycle == "retired":
        yield ModelWarning(model, tuple(agents), "it is retired and answers no more; set another")
    elif info.lifecycle == "deprecated":
        when = "" if info.retires_at is None else f" on {info.retires_at:%Y-%m-%d}"
        yield ModelWarning(model, tuple(agents), f"it will be retired{when}; set another before")


def _misfits(options: AgentModel, info: ModelInfo) -> Iterator[str]:
    """What the model will refuse of what is set for an agent."""
    if info.max_tokens is not None and options.max_output_tokens > info.max_tokens:
        yield f"max_output_tokens is {options.max_output_tokens} and it takes at most {info.max_tokens}"
    if info.capabilities is None:
        return
    if options.thinking and not info.capabilities.thinking.types.adaptive.supported:
        yield "it cannot think as it sees fit; set thinking = false"
    if options.effort and not _knows(info.capabilities, options.effort):
        yield f'it does not know the effort "{options.effort}"; set effort = "" or another'


def _knows(capabilities: ModelCapabilities, effort: str) -> bool:
    level = getattr(capabilities.effort, effort, None)
    return capabilities.effort.supported and level is not None and level.supported
