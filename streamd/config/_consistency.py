"""Checks across options: values that are valid alone and contradict each other."""

from collections.abc import Iterator

from streamd.config.checks import is_loopback
from streamd.config.model_options import ModelOptions
from streamd.config.options import Config
from streamd.errors import Mistake


def contradictions(config: Config) -> Iterator[Mistake]:
    """Find options whose values contradict each other."""
    ws, http, drain = config.ws, config.http, config.drain
    listening = [("ws.host", ws.host), *(("http.host", host) for host in http.hosts if http.enabled)]
    for where, host in listening:
        if not (ws.allow_public or config.auth.required) and not is_loopback(host):
            yield Mistake(
                where,
                f'anybody who reaches "{host}" could connect, because there is no authentication; listen on 127.0.0.1, '
                "or set auth.required = true and make tokens with `streamd token create`, "
                "or set ws.allow_public = true if a proxy or a firewall decides who may",
            )
    if config.auth.required and config.store.path == ":memory:":
        yield Mistake("auth.required", "needs a store.path that is a file: tokens are kept in it")
    if http.enabled and http.port == ws.port != 0 and ws.host in http.hosts:
        yield Mistake(
            "http.port", f"is ws.port, too ({ws.port}); HTTP has a listener of its own: choose another"
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
