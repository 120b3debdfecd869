"""Opens the configured model: of Anthropic, of a chat-completions server, of another maker, or the rules."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Final

import attrs
import orjson
import structlog

from streamd.config import Config, ModelOptions
from streamd.core.usage import Price
from streamd.engine.live import INTENT
from streamd.errors import ConfigurationError, Mistake, did_you_mean
from streamd.models.offline import OfflineModel
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.ports.model_maker import GROUP, ModelChoice, ModelSettings, OpenModel

log = structlog.get_logger(__name__)

_BUILT_IN: Final = ("auto", "anthropic", "openai", "offline")
_FOREIGN: Final = frozenset({"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"})
"""Origins of options that are Anthropic's only: no other maker gets its key."""


def check_provider(config: Config) -> None:
    """Check whether the provider of the configuration is installed; another maker's is loaded. Raises ConfigurationError."""
    name = config.models.provider
    if name == "openai" and find_spec("openai") is None:
        told = 'models.provider is "openai", which needs a package: pip install "streamd[openai]"'
        raise ConfigurationError([Mistake("models.provider", told)])
    if name in _BUILT_IN:
        return
    makers = [entry.name for entry in entry_points(group=GROUP)]
    if makers.count(name) != 1:
        known = [*_BUILT_IN, *dict.fromkeys(makers)]
        told = (
            f'is "{name}", which several packages bring; uninstall all but one of them'
            if name in makers
            else f'must be one of {", ".join(known)}, not "{name}"{did_you_mean(name, known)}'
        )
        raise ConfigurationError([Mistake("models.provider", told)])
    _opener(name)


@asynccontextmanager
async def open_model(config: Config, language: Language) -> AsyncIterator[Model]:
    """Open the configured language model, or the offline model when there is no key.

    Raises:
        ConfigurationError: a language model is configured and there is no key, no such maker, or what it needs is not
            installed or cannot be loaded.

    """
    options = config.models
    check_provider(config)
    if options.provider == "offline" or (options.provider == "auto" and not options.api_key):
        yield OfflineModel(language)
    elif options.provider == "openai":
        async with _opened_openai(config) as model:
            yield model
    elif options.provider in ("auto", "anthropic"):
        async with _opened_anthropic(config) as model:
            yield model
    else:
        async with _opener(options.provider)(_settings(config, _choices(options))) as model:
            yield model


@asynccontextmanager
async def _opened_anthropic(config: Config) -> AsyncIterator[Model]:
    options = config.models
    if not options.api_key:
        raise ConfigurationError(
            [Mistake("models.api_key", "is empty; set ANTHROPIC_API_KEY, or models.provider to offline")]
        )
    # Imported lazily: the import takes a second and 45 MB.
    from streamd.models.anthropic import AgentModel, Settings, open_anthropic

    common = _settings(config, _choices(options))
    settings = Settings(
        api_key=options.api_key,
        base_url=options.base_url or None,
        default=AgentModel(**attrs.asdict(common.default)),
        agents={name: AgentModel(**attrs.asdict(choice)) for name, choice in common.agents.items()},
        prices=common.prices,
    )
    async with open_anthropic(settings) as model:
        if options.check_at_start:
            for warning in await model.check_models():
                _warn(warning.model, warning.agents, warning.what)
        yield model


@asynccontextmanager
async def _opened_openai(config: Config) -> AsyncIterator[Model]:
    from streamd.models.openai import ChatServer, open_openai

    options, usual = config.models, ModelOptions()
    # The defaults are names of Anthropic's models; other models have efforts of their own, which they know best.
    intent = options.intent_model if options.intent_model != usual.intent_model else options.model
    effort = options.effort if options.effort != usual.effort else ""
    settings = _settings(config, _choices(attrs.evolve(options, intent_model=intent, effort=effort)))
    server = ChatServer(
        config.openai.base_url,
        config.openai.api_key,
        config.openai.max_tokens_key,
        orjson.loads(config.openai.extra_body or "{}"),
    )
    async with open_openai(settings, server) as model:
        if options.check_at_start:
            for name, what in (await model.missing_models()).items():
                _warn(name, settings.by_model[name], what)
        yield model


def _opener(name: str) -> OpenModel:
    """Import what the entry point of this name names. Raises ConfigurationError."""
    (entry,) = entry_points(group=GROUP, name=name)
    where = f"models.provider {entry.name} ({entry.value})"
    try:
        opener: OpenModel = entry.load()
    except Exception as error:
        told = f"cannot be loaded: {type(error).__name__}: {error}"
        raise ConfigurationError([Mistake(where, told)]) from error
    if not callable(opener):
        raise ConfigurationError([Mistake(where, "must be a function that opens a model")])
    return opener


def _choices(options: ModelOptions) -> tuple[ModelChoice, ModelChoice]:
    """The choice for agents, and that for what classifies requests."""
    default = ModelChoice(
        model=options.model,
        effort=options.effort or None,
        max_output_tokens=options.max_output_tokens,
        thinking=options.thinking,
        stall_seconds=options.stall_seconds,
    )
    return default, attrs.evolve(default, model=options.intent_model, effort=None, thinking=False)


def _settings(config: Config, choices: tuple[ModelChoice, ModelChoice]) -> ModelSettings:
    default, intent = choices
    agents = {INTENT: intent}
    for name, overrides in config.agents.items():
        usual = agents.get(name, default)
        agents[name] = ModelChoice(
            model=usual.model if overrides.model is None else overrides.model,
            effort=usual.effort if overrides.effort is None else overrides.effort or None,
            max_output_tokens=overrides.max_output_tokens or usual.max_output_tokens,
            thinking=usual.thinking if overrides.thinking is None else overrides.thinking,
            stall_seconds=usual.stall_seconds if overrides.stall_seconds is None else overrides.stall_seconds,
        )
    return ModelSettings(
        default=default,
        agents=agents,
        prices=_prices(config),
        base_url=_own(config, "models.base_url", config.models.base_url),
        api_key=_own(config, "models.api_key", config.models.api_key),
    )


def _prices(config: Config) -> Mapping[str, Price]:
    return {
        model: Price(price.input, price.output, price.cache_write, price.cache_read)
        for model, price in config.prices.items()
    }


def _own(config: Config, path: str, value: str) -> str:
    return "" if config.origins.get(path) in _FOREIGN else value


def _warn(model: str, agents: tuple[str, ...], what: str) -> None:
    log.warning("model_check_warning", model=model, agents=list(agents), what=what)
