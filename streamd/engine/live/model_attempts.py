"""Attempts at one turn of a model: which failure is the last one, and how long to wait after the others."""

import random
from typing import Final

import structlog

from streamd.engine.live.live_run import LiveRun
from streamd.errors import ModelError
from streamd.facts import define

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_SECONDS: Final = 60.0
_JITTER: Final = 0.25
_REFITS: Final = 3
"""Attempts to cut a prompt that the model refuses as too long."""


@define
class ModelAttempts:
    """The attempts at one turn that failed."""

    run: LiveRun
    key: str
    most: int
    """Failures that may count; the last of them is raised."""
    count: int = 0
    pause: float = 0.0
    """Seconds before the next attempt, beside those that all wait who ask the model."""
    _counted: int = 0
    """Failures that count: to be told to wait is none, however often, nor is a prompt that is cut."""
    _refits: int = 0

    def take(self, error: ModelError, model: str, asked_at: float, prompt_tokens: int, shown: int) -> None:
        """Take in a failure of a model that was asked then with so long a prompt. Raises it where no attempt can help."""
        run, services = self.run, self.run.services
        self.count += 1
        log.warning(
            "model_stream_failed",
            run=run.record.run_id, step=self.key, kind=error.kind, attempt=self.count, shown=shown,
        )  # fmt: skip
        if error.retryable and error.retry_after_seconds is not None:
            services.paces.refused(model, asked_at, error.retry_after_seconds)
            self.pause = 0.0
            run.notices.model_retries(error.kind, self.count + 1, error.retry_after_seconds)
        elif error.measured is not None and self._refits < _REFITS:
            self._refits += 1
            services.windows.learn(model, prompt_tokens, error.measured)
            self.pause = 0.0
        else:
            self._counted += 1
            if not error.retryable or self._counted >= self.most:
                raise error
            base: float = services.model_options.retry_base_seconds * 2 ** (self._counted - 1)
            jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
            self.pause = min(base, _LONGEST_PAUSE_SECONDS) * jitter
            run.notices.model_retries(error.kind, self.count + 1, self.pause)
            if error.kind == "rate_limited":  # the service names no time: all wait as long as this one would
                services.paces.refused(model, asked_at, self.pause)
                self.pause = 0.0
