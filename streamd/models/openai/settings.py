"""Settings of a chat-completions server."""

from collections.abc import Mapping
from typing import Literal

import attrs

from streamd.facts import frozen


@frozen
class ChatServer:
    """Address of the server, and what it wants otherwise than others."""

    base_url: str = ""
    """For example `http://localhost:11434/v1`. Empty: OpenAI's own."""
    api_key: str = attrs.field(default="", repr=False)
    """Empty: none is sent, as local servers need none."""
    max_tokens_key: Literal["auto", "max_tokens", "max_completion_tokens"] = "auto"
    """The parameter for the most tokens of an answer. `auto`: the new one for OpenAI's own, the old one for all others."""
    extra_body: Mapping[str, object] = attrs.field(factory=dict)
    """Further parameters of each request."""
    connect_seconds: float = 10.0
    """Timeout for connecting to the server."""
    silence_seconds: float = 300.0
    """Timeout between two events of a stream; comments that keep the connection alive are none."""

    @property
    def tokens_key(self) -> str:
        """The parameter for the most tokens of an answer."""
        if self.max_tokens_key != "auto":
            return self.max_tokens_key
        return "max_tokens" if self.base_url else "max_completion_tokens"
