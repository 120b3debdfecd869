"""Parameters that a server does not know: they are left out once it has refused them, or sent under their other name."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from streamd.facts import define

_OPTIONAL: Final = (
    "stream_options", "response_format", "reasoning_effort", "tool_choice", "max_completion_tokens", "max_tokens",
)  # fmt: skip
"""What a request can do without; a name that contains another one comes first."""
_OTHER: Final = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}


@define
class RefusedParameters:
    """Parameters that a server has refused for one model since the daemon started."""

    _names: set[str] = attrs.field(factory=set)

    def has(self, name: str) -> bool:
        """Whether a parameter was refused."""
        return name in self._names

    def learn(self, body: Mapping[str, Any], words: str, param: str | None) -> str | None:
        """Take in why a request was refused; returns the parameter that is left out from now on, None where that is none.

        Args:
            body: the request.
            words: the server's explanation.
            param: the parameter that the server names apart from them.

        """
        if "not support thinking" in words:
            param = "reasoning_effort"
        told = param or next((name for name in _OPTIONAL if name in words), None)
        name = next((name for name in _OPTIONAL if told is not None and told.startswith(name)), None)
        if name is None or name not in body or name in self._names:
            return None
        self._names.add(name)
        return name

    def without(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a request without what was refused."""
        for name in self._names & body.keys():
            value, other = body.pop(name), _OTHER.get(name)
            if other is not None and other not in self._names:
                body[other] = value
        return body
