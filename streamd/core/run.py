"""Runs: one execution of an agent for one request, and what it tells."""

from collections.abc import Mapping
from typing import Final, Literal, NewType, get_args

import attrs

RunId = NewType("RunId", str)

RunStatus = Literal["pending", "running", "interrupted", "completed", "failed", "cancelled", "timed_out"]

ResponseType = Literal[
    "start", "intent_analysis",
    "inventory_analysis", "analysis_results", "supplier_analysis", "supplier_results",
    "forecasting_analysis", "forecast_results", "general_processing", "general_complete",
    "item_creation", "item_added", "item_removal", "item_removed", "item_update", "item_updated", "field_changed",
    "content", "progress", "complete", "interrupt", "cancelled", "error",
]  # fmt: skip
RESPONSE_TYPES: Final[frozenset[str]] = frozenset(get_args(ResponseType))
LAST_TYPES: Final[frozenset[str]] = frozenset({"complete", "interrupt", "cancelled", "error"})
"""Every run tells exactly one of these, as its last."""


@attrs.frozen
class Response:
    """One thing that a run tells whoever watches it."""

    type: ResponseType
    message: str = ""
    """For people; empty where there is nothing to read."""
    data: Mapping[str, object] | None = None
    extra: Mapping[str, object] = attrs.field(factory=dict)
    """Further keys at the top level, for example `item_id` or `intent`."""


@attrs.frozen
class RunRequest:
    """What somebody asked for."""

    user_input: str
    context: Mapping[str, object] = attrs.field(factory=dict)
    user_id: str = ""
    workspace: str = "default"
    thread_id: str = ""
    agent: str = ""
    """Name of the agent to use; empty: the one that the request's intent asks for."""
    request_id: object = None
    """Repeated in every response; None when the client sent none."""


@attrs.frozen
class RunRecord:
    """A run as the store keeps it."""

    run_id: RunId
    workspace: str
    thread_id: str
    user_id: str
    agent: str
    status: RunStatus
    started_ms: int
    """Unix time."""
    ended_ms: int | None = None
    request_id: object = None
