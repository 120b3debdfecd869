"""What is wrong with a value of the right type, or with two values together; None or nothing when all is well."""

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from streamd.errors import Mistake

if TYPE_CHECKING:
    from streamd.config.options import Config

_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/:@?#\[\]]+)(:\d{1,5})?")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+\S*")


def not_empty(text: str) -> str | None:
    """Refuse text that is empty or only blanks."""
    return None if text.strip() else "must not be empty"


def only_sqlite(url: str) -> str | None:
    """Refuse every address: this version keeps everything in one SQLite file."""
    return "this version keeps everything in the SQLite file of store.path; leave it empty" if url else None


def no_blanks(text: str) -> str | None:
    """Refuse blanks and line ends, which come along when a key is copied. Does not repeat the text: it may be secret."""
    return "must not contain blanks or line ends" if any(char.isspace() for char in text) else None


def http_address(url: str) -> str | None:
    """Refuse what is not the address of an HTTP server; empty is none."""
    return (
        None if not url or _ADDRESS.fullmatch(url) else "must begin with http:// or https:// and name a host"
    )


def origins(allowed: tuple[str, ...]) -> str | None:
    """Refuse what a browser would never send as an Origin, such as a path or a final slash."""
    for origin in allowed:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            return f'"{origin}" is not an origin; write it like https://example.org or http://localhost:3000, or "*"'
    return None


def together(config: "Config") -> Iterator[Mistake]:
    """What is wrong with options that are right each for itself."""
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
    if drain.retry_max_ms < drain.retry_min_ms:
        yield Mistake("drain.retry_max_ms", f"must be at least drain.retry_min_ms ({drain.retry_min_ms})")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
