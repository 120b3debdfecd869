"""Checks the configured models at the start: whether they exist, when they retire, and whether they support their options."""

import asyncio
from collections.abc import Iterator
from typing import Final

from anthropic import AsyncAnthropic, NotFoundError
from anthropic.types import ModelCapabilities, ModelInfo

from streamd.facts import frozen
from streamd.models.anthropic._failures import model_error
from streamd.models.anthropic.settings import AgentModel, Settings

_EVERYONE: Final = "*"


@frozen
class ModelWarning:
    """A warning about a configured model, for the operator."""

    model: str
    agents: tuple[str, ...]
    """Agents that use it; `*` stands for all without a model of their own."""
    what: str
    """The problem and what to do; never contains a secret."""

    def __str__(self) -> str:
        return f"{self.model} (for {', '.join(self.agents)}): {self.what}"


async def check_models(
    client: AsyncAnthropic, settings: Settings, within_seconds: float
) -> tuple[ModelWarning, ...]:
    """Check every model of the settings. Never raises: a check that fails or times out is one of the warnings."""
    agents_by_model: dict[str, list[str]] = {}
    for agent, options in _agents(settings):
        agents_by_model.setdefault(options.model, []).append(agent)
    warnings = [
        ModelWarning(
            model, tuple(agents), "it has no price: what it costs is counted as nothing; set prices for it"
        )
        for model, agents in agents_by_model.items()
        if model not in settings.prices
    ]
    for model, agents in agents_by_model.items():
        try:
            async with asyncio.timeout(within_seconds / len(agents_by_model)):
                info = await _info(client, model)
        except Exception as error:  # noqa: BLE001 - the daemon starts whatever the service does
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
    """Look a model up by its name or an alias; None when there is no such model."""
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
    """Options of an agent that the model does not support."""
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
