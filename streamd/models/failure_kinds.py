"""Kinds of failures that every vendor's models have, with what clients are told of them, and pauses that a vendor asks for."""

import email.utils
import math
import time
from collections.abc import Mapping
from typing import Final

from streamd.errors import ModelError, ModelFailure
from streamd.facts import frozen


@frozen
class FailureKind:
    """One kind of failure."""

    kind: ModelFailure
    retryable: bool
    """Whether a retry can succeed."""
    message: str
    """Message for clients; `{model}` is the name of the model."""

    def error(
        self,
        model: str,
        *,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
        measured: tuple[int, int] | None = None,
    ) -> ModelError:
        """Make an error of this kind; `retryable` where this one is not as usual."""
        return ModelError(
            self.message.format(model=model),
            kind=self.kind,
            retryable=self.retryable if retryable is None else retryable,
            retry_after_seconds=retry_after_seconds,
            measured=measured,
        )


NOT_ALLOWED: Final = FailureKind(
    "not_allowed", False,
    "the key's account has spent what it may: raise its spend limit or add credit, and then ask again",
)  # fmt: skip
RATE_LIMITED: Final = FailureKind(
    "rate_limited", True, "the language model takes no more requests just now; wait a little and ask again"
)
OVERLOADED: Final = FailureKind(
    "overloaded", True, "the language model is overloaded; wait a little and ask again"
)
SERVER_ERROR: Final = FailureKind(
    "server_error", True, "the language model's service failed; wait a little and ask again"
)
CUT_OFF: Final = FailureKind("cut_off", True, "the connection to the language model broke; ask again")
TRUNCATED: Final = FailureKind("truncated", True, "the language model's answer ended too early; ask again")
STALLED: Final = FailureKind("stalled", True, "the language model said nothing for too long; ask again")
BAD_ANSWER: Final = FailureKind(
    "bad_answer", True, "the language model's answer could not be read; ask again"
)
TOO_LARGE: Final = FailureKind(
    "too_long",
    False,
    "this is more than the language model can read at once; begin a new thread or give it less",
)


def bad_tool_input(tool: str) -> ModelError:
    """The failure of a turn that calls a tool with something that is no JSON object."""
    return ModelError(
        f"the model asked for the tool {tool} with an input that is no JSON object; ask again",
        kind="bad_tool_input", retryable=True,
    )  # fmt: skip


def no_object() -> ModelError:
    """The failure of a turn that should be a JSON object and is none."""
    return ModelError(
        "the model's answer is not the JSON object that it was asked for; ask again",
        kind="bad_answer", retryable=True,
    )  # fmt: skip


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Pause before a retry: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3)."""
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / per_second
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())
