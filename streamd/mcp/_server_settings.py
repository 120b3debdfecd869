"""Settings of one server, with the values of the environment's variables filled in."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from streamd.config import McpOptions
from streamd.facts import frozen

_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


@frozen
class ServerSettings:
    """The way to reach a server: a command to start, or an address."""

    name: str
    command: str
    args: tuple[str, ...]
    env: Mapping[str, str] = attrs.field(repr=False)
    """Variables of the command, beside `PATH`, `HOME` and the like."""
    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    timeout_seconds: float
    """For one call."""
    connect_seconds: float
    """For the start and the handshake."""

    def without_secrets(self, text: str) -> str:
        """Return a text without the values of the variables and headers."""
        for value in (*self.env.values(), *self.headers.values()):
            if len(value) > 3:
                text = text.replace(value, "…")
        return text


def server_settings(name: str, options: McpOptions, environ: Mapping[str, str]) -> ServerSettings:
    """Fill in the values of variables.

    Raises:
        ValueError: a variable is not set, or a header is none; the message is for the operator.

    """
    env: dict[str, str] = {}
    for entry in options.env:
        variable, sets, value = entry.partition("=")
        env[variable] = _filled(value, environ) if sets else _filled(f"${variable}", environ)
    headers: dict[str, str] = {}
    for line in options.headers:
        header, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", header):
            raise ValueError('headers must be written like "Authorization: Bearer $TOKEN"')
        headers[header] = _filled(value.strip(), environ)
    return ServerSettings(
        name, options.command, options.args, env, options.url, headers,
        options.timeout_seconds, options.connect_seconds,
    )  # fmt: skip


def _filled(text: str, environ: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in environ:
            raise ValueError(f"the environment variable {found[1]} is not set")
        return environ[found[1]].strip()

    return _VARIABLE.sub(value, text)
