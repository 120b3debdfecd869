"""Recorded consultations: what came of an agent's work for another one, so that it stays the same after a restart."""

from collections.abc import Mapping
from typing import cast

import attrs
import orjson

from streamd.core.json import json_codec
from streamd.errors import ModelError, ModelFailure, RefusedError, RunError, StreamdError
from streamd.facts import define, frozen


@frozen
class RecordedFailure:
    """An error of streamd as it can be kept: by its code, which never changes."""

    code: str
    message: str
    details: Mapping[str, object]
    retryable: bool
    retry_after_seconds: float | None = None

    @classmethod
    def of(cls, error: StreamdError) -> "RecordedFailure":
        """Record an error."""
        pause = error.retry_after_seconds if isinstance(error, ModelError) else None
        return cls(error.code, error.message, error.details, error.retryable, pause)

    def error(self) -> StreamdError:
        """Make the same error again."""
        kind = _class_of(self.code)
        if issubclass(kind, ModelError):
            error: StreamdError = ModelError(
                self.message,
                kind=cast("ModelFailure", self.details["kind"]),
                retryable=self.retryable,
                retry_after_seconds=self.retry_after_seconds,
            )
        else:
            error = kind(self.message)
        error.details = self.details
        return error


def _class_of(code: str) -> type[StreamdError]:
    kinds: list[type[StreamdError]] = [RefusedError, RunError]
    for kind in kinds:
        if kind.code == code:
            return kind
        kinds += [one for one in kind.__subclasses__() if one.__module__ == StreamdError.__module__]
    return StreamdError


@define
class ConsultationOutcome:
    """The outcome of a consultation, as far as it is known."""

    status: str = "running"
    error: str = ""
    text: str = ""
    data: dict[str, object] = attrs.field(factory=dict)
    seconds: float = 0.0
    orders_changes: bool | None = None
    """Whether the query asks to change items; None where it was not read."""
    failure: RecordedFailure | None = None

    def encode(self) -> bytes:
        """Encode the outcome as a JSON object."""
        return json_codec.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "ConsultationOutcome":
        """Decode an outcome that this version or an earlier one encoded: streamd 0.1 wrote a list of the first five."""
        read = orjson.loads(body)
        if isinstance(read, list):
            return cls(*read)
        return json_codec.from_json(cls, read)
