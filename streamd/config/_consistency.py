"""Checks across options: values that are valid alone and contradict each other."""

from collections.abc import Iterator

from streamd.config.checks import is_loopback
from streamd.config.model_options import ModelOptions
from streamd.config.options import Config
from streamd.errors import Mistake


def contradictions(config: Config) -> Iterator[Mistake]:
    """Find options whose values contradict each other."""
    ws, drain = config.ws, config.drain
    if not ws.allow_public and not is_loopback(ws.host):
        yield Mistake(
            "ws.host",
            f'anybody who reaches "{ws.host}" could connect, because there is no authentication; '
            "listen on 127.0.0.1, or set ws.allow_public = true if a proxy or a firewall decides who may",
        )
    if ws.idle_timeout_seconds <= ws.ping_interval_seconds:
        yield Mistake(
            "ws.idle_timeout_seconds",
            f"must be more than ws.ping_interval_seconds ({ws.ping_interval_seconds:g}), "
            "or quiet clients are dropped before they could answer a ping",
        )
    if config.models.provider == "anthropic" and not config.models.api_key:
        yield Mistake(
            "models.api_key",
            'models.provider is "anthropic", which needs a key: set ANTHROPIC_API_KEY, '
            'or models.provider = "offline" to do without',
        )
    if config.models.provider == "openai" and config.models.model == ModelOptions().model:
        yield Mistake(
            "models.model",
            f'models.provider is "openai", which has no {config.models.model}: set models.model to a model of its server',
        )
    if drain.retry_max_ms < drain.retry_min_ms:
        yield Mistake("drain.retry_max_ms", f"must be at least drain.retry_min_ms ({drain.retry_min_ms})")
