"""The fallback: rules answer in place of a language model that cannot be asked, where the configuration wants that."""

from typing import Final

import structlog

from streamd.core.prompt import Prompt, ToolResult
from streamd.core.tool_calls import Understanding
from streamd.engine.live.live_run import LiveRun
from streamd.errors import BudgetSpentError, ModelError

log = structlog.get_logger(__name__)

_AWAY: Final = frozenset({"unreachable", "unauthorized", "not_allowed", BudgetSpentError.code})
"""Failures of the service as a whole: whatever is asked, and to ask again at once, would fail as well."""

_NOTHING_KNOWN: Final = 0.5
"""Confidence in an intent without an action or a type of items."""


def kind_of(error: ModelError | BudgetSpentError) -> str:
    """Name the failure of a model, as its error does; `budget_spent` where none may be asked."""
    return error.kind if isinstance(error, ModelError) else error.code


def is_understood(understanding: Understanding) -> bool:
    """Whether the rules understand a request."""
    return not understanding.refusal and understanding.intent.confidence > _NOTHING_KNOWN


def falls_back(run: LiveRun, kind: str) -> bool:
    """Whether the configuration wants rules in place of a language model that fails like this."""
    wants_rules = run.services.model_options.fallback == "offline"
    return wants_rules and not run.model.is_offline and kind in _AWAY


def fell_back(run: LiveRun, prompt: Prompt, error: ModelError | BudgetSpentError, *, is_open: bool) -> bool:
    """Leave a turn, and all later ones of the run, to the rules; returns whether that was done, and tells it.

    It is done where they understand the request, and nothing was shown or done by the model that they would repeat.
    """
    if run.state.by_rules:  # another branch of the run has met the failure
        return is_open
    if not (is_open and falls_back(run, kind_of(error)) and is_understood(run.state.understanding)):
        return False
    has_results = any(
        isinstance(block, ToolResult) for message in prompt.messages for block in message.blocks
    )
    if prompt.task is None or prompt.schema is not None or has_results:
        return False
    leave_to_rules(run, kind_of(error))
    return True


def leave_to_rules(run: LiveRun, kind: str) -> None:
    """Leave all further turns of a run to the rules, and tell it."""
    run.state.by_rules = True
    log.warning("answered_by_rules", run=run.record.run_id, kind=kind)
    run.notices.by_rules(kind)
