"""The errors streamd raises, as one tree. Each says whose fault it is and whether trying again can help.

StreamdError
├── ConfigurationError      the configuration cannot be used; carries every mistake at once
├── RefusedError            a wish that the rules do not allow; nothing changed
│   ├── InvalidMessageError     not a message of the protocol (carries the path)
│   ├── NotFoundError · GoneError · ExistsError · ConflictError
│   ├── ForbiddenError · UnauthorizedError · ExpiredError · AnsweredError
│   └── BusyError · DrainingError · RateLimitedError · TooLargeError · UnavailableError
├── StoreError              the store cannot be opened or written
├── ListenError             the address cannot be listened on
└── RunError                a run ended badly: RunTimedOutError, RunAbandonedError, BudgetExceededError, ModelError

A `code` is for machines and never changes its meaning. A message is for people, says what to do next, and never holds
anything that a client must not see.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import attrs

ModelFailure = Literal[
    "unauthorized", "not_allowed", "rate_limited", "overloaded", "server_error", "unreachable",
    "cut_off", "truncated", "stalled", "bad_tool_input", "refused", "max_tokens", "bad_request", "bad_answer",
]  # fmt: skip


class StreamdError(Exception):
    """Root of all errors that streamd raises on purpose."""

    code: ClassVar[str] = "internal"
    retryable: bool = False
    """Whether the same may succeed later."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details
        """Further keys of the error message on the wire; JSON values only."""


@attrs.frozen
class Mistake:
    """One thing that is wrong in the configuration."""

    where: str
    """The option, for example `ws.port`, or the environment variable or flag it came from."""
    what: str
    """What is wrong and what to write instead."""


class ConfigurationError(StreamdError):
    """The configuration cannot be used. Holds every mistake, not just the first."""

    code = "configuration"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{mistake.where}: {mistake.what}" for mistake in mistakes))


class RefusedError(StreamdError):
    """A wish that the rules do not allow. Nothing changed."""

    code = "refused"


class InvalidJsonError(RefusedError):
    """The bytes are not JSON, or not a JSON object."""

    code = "invalid_json"


class UnknownTypeError(RefusedError):
    """The message has a `type` that the protocol does not have."""

    code = "unknown_type"


class InvalidMessageError(RefusedError):
    """A message or an item that breaks a rule of shape. `path` says where."""

    code = "invalid_message"

    def __init__(self, message: str, *, path: str = "", **details: object) -> None:
        super().__init__(message, **({"path": path} if path else {}), **details)
        self.path = path


class NotFoundError(RefusedError):
    """No such item, run, type or criterion."""

    code = "not_found"


class GoneError(RefusedError):
    """The item was there and has been removed."""

    code = "gone"


class ExistsError(RefusedError):
    """An item with this id is there already."""

    code = "exists"


class ConflictError(RefusedError):
    """Somebody changed what you are changing since the state you had seen. Details hold the current values."""

    code = "conflict"


class ForbiddenError(RefusedError):
    """The principal may not do this."""

    code = "forbidden"


class UnauthorizedError(RefusedError):
    """The principal is not known."""

    code = "unauthorized"


class TooLargeError(RefusedError):
    """More than a limit allows."""

    code = "too_large"


class RateLimitedError(RefusedError):
    """Too much in too short a time."""

    code = "rate_limited"
    retryable = True


class ExpiredError(RefusedError):
    """The question was open too long ago to be answered."""

    code = "expired"


class AnsweredError(RefusedError):
    """The question has been answered otherwise. Details hold the decision and who made it."""

    code = "answered"


class BusyError(RefusedError):
    """There is no room for this just now."""

    code = "busy"
    retryable = True


class DrainingError(RefusedError):
    """The daemon is stopping; come back in a moment."""

    code = "draining"
    retryable = True


class UnavailableError(RefusedError):
    """The store cannot write just now: disk full, file gone. What was asked is not done."""

    code = "unavailable"
    retryable = True


class StoreError(StreamdError):
    """The store cannot be opened, read or written. The message tells the operator what to do."""

    code = "store"


class ListenError(StreamdError):
    """The address cannot be listened on just now. The message tells the operator what to do."""

    code = "listen"


class RunError(StreamdError):
    """A run ended badly."""

    code = "run_failed"


class RunTimedOutError(RunError):
    """A run took longer than it may."""

    code = "timed_out"


class RunAbandonedError(RunError):
    """The daemon stopped in the middle of a run."""

    code = "abandoned"
    retryable = True


class BudgetExceededError(RunError):
    """A run used more tokens or money than it may."""

    code = "budget_exceeded"


class ModelError(RunError):
    """A model could not answer. `kind` says in which way, for the log and for tests."""

    code = "model_failed"

    def __init__(
        self, message: str, *, kind: ModelFailure, retryable: bool, retry_after_seconds: float | None = None
    ) -> None:
        told: dict[str, object] = {"kind": kind}
        if retry_after_seconds is not None:
            told["retry_after_ms"] = round(retry_after_seconds * 1000)
        super().__init__(message, **told)
        self.kind: ModelFailure = kind
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        """When the vendor says so."""
