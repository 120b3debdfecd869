"""Errors of streamd, as one tree. The class tells whose fault it is, `retryable` whether a retry can succeed.

StreamdError
├── ConfigurationError      the configuration cannot be used; carries every mistake at once
├── RefusedError            a request that the rules do not allow; nothing changed
│   ├── InvalidMessageError     not a message of the protocol (carries the path)
│   ├── NotFoundError · GoneError · ExistsError · ConflictError · ReferencedError · OpIdReusedError
│   ├── ForbiddenError · UnauthorizedError · ExpiredError · AnsweredError · DamagedError
│   └── BusyError · DrainingError · RateLimitedError · TooLargeError · UnavailableError
├── StoreError              the store cannot be opened or written
├── ListenError             the address cannot be listened on
└── RunError                a run ended badly: RunTimedOutError, RunAbandonedError, BudgetExceededError, BudgetSpentError, ModelError

A `code` is for machines and never changes its meaning. A message is for people, says what to do next, and is safe to
send to any client.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import ClassVar, Final, Literal

import attrs

ModelFailure = Literal[
    "unauthorized", "not_allowed", "rate_limited", "overloaded", "server_error", "unreachable",
    "cut_off", "truncated", "stalled", "bad_tool_input", "refused", "max_tokens", "too_long", "bad_request", "bad_answer",
]  # fmt: skip


class StreamdError(Exception):
    """Root of all errors that streamd raises on purpose."""

    code: ClassVar[str] = "internal"
    retryable: bool = False
    """Whether the same request may succeed later."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details
        """Further keys of the error message on the wire; JSON values only."""


@attrs.frozen
class Mistake:
    """One mistake in the configuration."""

    where: str
    """The option, for example `ws.port`, or the environment variable or flag that sets it."""
    what: str
    """What is wrong and what to write instead."""
    line: int | None = None
    """Its line in the file."""

    @property
    def text(self) -> str:
        """The mistake in one line for people."""
        return f"{self.where}{'' if self.line is None else f' (line {self.line})'}: {self.what}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the known name that is most like a misspelled word: the end of a sentence, empty when none is like it."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(word: str, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """Return the known name that a word is nearest to, None when none is at least so much alike (0 to 1)."""
    if len(word) > _LONGEST_NAME:
        return None
    names = [name for name in islice(known, _MOST_NAMES) if len(name) <= _LONGEST_NAME]
    import difflib

    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=alike)), None)


_LONGEST_NAME: Final = 100
_MOST_NAMES: Final = 1_000
"""Bounds of what a suggestion may cost: names are compared letter by letter."""


class ConfigurationError(StreamdError):
    """The configuration cannot be used. Carries every mistake, not just the first."""

    code = "configuration"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistake.text for mistake in mistakes))


class RefusedError(StreamdError):
    """A request that the rules do not allow. Nothing changed."""

    code = "refused"
    change: int | None = None
    """The place of the change that is refused among those of its write, where that is known."""


class InvalidJsonError(RefusedError):
    """The bytes are not JSON, or not a JSON object."""

    code = "invalid_json"


class UnknownTypeError(RefusedError):
    """The message has a `type` that the protocol does not have."""

    code = "unknown_type"


class InvalidMessageError(RefusedError):
    """A message or an item that violates its schema. `path` says where."""

    code = "invalid_message"

    def __init__(self, message: str, *, path: str = "", **details: object) -> None:
        super().__init__(message, **({"path": path} if path else {}), **details)
        self.path = path


class NotFoundError(RefusedError):
    """There is no such item, run, type or criterion."""

    code = "not_found"


class GoneError(RefusedError):
    """The item has been removed."""

    code = "gone"


class ExistsError(RefusedError):
    """An item with this id exists already."""

    code = "exists"


class ConflictError(RefusedError):
    """The item changed after the writer's base. Details hold the current values."""

    code = "conflict"


class ReferencedError(RefusedError):
    """Other items refer to the item. Details name them, and say whether consent would clear their references."""

    code = "referenced"


class OpIdReusedError(RefusedError):
    """The idempotency key was used before, for something else."""

    code = "op_id_reused"


class ForbiddenError(RefusedError):
    """The principal lacks the right to do this."""

    code = "forbidden"


class UnauthorizedError(RefusedError):
    """The principal could not be authenticated."""

    code = "unauthorized"


class TooLargeError(RefusedError):
    """The request exceeds a size limit."""

    code = "too_large"


class RateLimitedError(RefusedError):
    """The client exceeds a rate limit."""

    code = "rate_limited"
    retryable = True


class ExpiredError(RefusedError):
    """The interrupt expired before it was answered."""

    code = "expired"


class AnsweredError(RefusedError):
    """The interrupt has another answer already. Details hold the decision and its user."""

    code = "answered"


class BusyError(RefusedError):
    """A queue is full or a thread is busy; the request may be repeated later."""

    code = "busy"
    retryable = True


class DrainingError(RefusedError):
    """The daemon is stopping; clients reconnect after its restart."""

    code = "draining"
    retryable = True


class DamagedError(RefusedError):
    """A stored record cannot be read. The log names the row."""

    code = "damaged"


class UnavailableError(RefusedError):
    """The store cannot write at the moment (disk full, file gone). Nothing was changed."""

    code = "unavailable"
    retryable = True


class StoreError(StreamdError):
    """The store cannot be opened, read or written. The message tells the operator what to do."""

    code = "store"


class ListenError(StreamdError):
    """The address cannot be listened on just now. The message tells the operator what to do."""

    code = "listen"


class RunError(StreamdError):
    """A run failed."""

    code = "run_failed"


class RunTimedOutError(RunError):
    """A run exceeded its time limit."""

    code = "timed_out"


class RunAbandonedError(RunError):
    """The daemon stopped in the middle of a run."""

    code = "abandoned"
    retryable = True


class TriggerChainError(RunError):
    """A trigger would have started one more run in a chain that is as long as it may be."""

    code = "trigger_chain"


class BudgetExceededError(RunError):
    """A run exceeded its budget of tokens or money."""

    code = "budget_exceeded"


class BudgetSpentError(RunError):
    """A user or a workspace has used what language models may use in a day or a month. Details say which, and until when."""

    code = "budget_spent"
    retryable = True


class AgentError(RunError):
    """An agent cannot go on, for a reason that its message tells the requester: `raise AgentError("the price service is down")`."""

    def __init__(self, message: str, *, retryable: bool = False, **details: object) -> None:
        """`retryable`: whether the same request may succeed later; `details`: further keys of the response."""
        super().__init__(message, **details)
        self.retryable = retryable


class ModelError(RunError):
    """A model call failed. `kind` classifies the failure, for the log and for tests."""

    code = "model_failed"

    def __init__(
        self,
        message: str,
        *,
        kind: ModelFailure,
        retryable: bool,
        retry_after_seconds: float | None = None,
        measured: tuple[int, int] | None = None,
    ) -> None:
        details: dict[str, object] = {"kind": kind}
        if retry_after_seconds is not None:
            details["retry_after_ms"] = round(retry_after_seconds * 1000)
        super().__init__(message, **details)
        self.kind: ModelFailure = kind
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        """Pause that the vendor asks for; None: it names none."""
        self.measured = measured
        """Of a prompt that is too long: how many tokens it has, and how many it may have, if the vendor says so."""
