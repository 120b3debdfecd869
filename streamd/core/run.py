"""Runs: one execution of an agent for one request, and what it tells."""

from collections.abc import Mapping
from typing import Final, Literal, NewType, TypeAlias, get_args

import attrs

from streamd.core.item import ItemId
from streamd.core.principal import ANONYMOUS_PRINCIPAL, Principal
from streamd.core.usage import NOTHING_USED, Usage

RunId = NewType("RunId", str)

RunStatus = Literal["pending", "running", "interrupted", "completed", "failed", "cancelled", "timed_out"]

Multitask = Literal["reject", "enqueue", "interrupt"]
MULTITASKS: Final[tuple[Multitask, ...]] = get_args(Multitask)

CancelMode = Literal["immediate", "after_turn"]
CANCEL_MODES: Final[tuple[CancelMode, ...]] = get_args(CancelMode)


def run_scope(run_id: str) -> str:
    """The scope of results of the steps of a run and of those that resume it."""
    return f"run/{run_id}"


ResponseType: TypeAlias = str
"""What a response is about: one of `RESPONSE_TYPES`, or a type that an agent declares as its own."""
ENGINE_TYPES: Final = frozenset(
    {
        "start", "intent_analysis", "node", "complete", "interrupt", "cancelled", "error",
        "item_added", "item_removed", "item_updated", "field_changed",
    }
)  # fmt: skip
"""Only the engine emits these: they say how a run stands and what it did to items."""
AGENT_TYPES: Final = frozenset(
    {
        "inventory_analysis", "analysis_results", "supplier_analysis", "supplier_results",
        "forecasting_analysis", "forecast_results", "general_processing", "general_complete",
        "item_creation", "item_removal", "item_update",
        "agent_start", "agent_chunk", "agent_complete", "interaction",
        "headline", "subheadline", "body", "cta", "content", "progress", "attempt_reset",
    }
)  # fmt: skip
"""Any agent may emit these."""
RESPONSE_TYPES: Final = ENGINE_TYPES | AGENT_TYPES
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
    step: str = ""
    """Which step of the run tells it; set by the engine, not on the wire. What a step had told before a crash is not told
    again when the step is done again."""


@attrs.define
class Outcome:
    """What a run did to items, in the order it was done."""

    added: list[ItemId] = attrs.field(factory=list)
    removed: list[ItemId] = attrs.field(factory=list)
    changed: list[ItemId] = attrs.field(factory=list)
    refused: list[str] = attrs.field(factory=list)
    """For people: what was not done, and why."""


@attrs.frozen
class Budget:
    """What a run may cost. None does not restrict."""

    seconds: float | None = None
    tokens: int | None = None
    """Input and output together."""
    cost_usd: float | None = None


@attrs.frozen
class RunOptions:
    """How a request wants to be treated."""

    use_hitl: bool = False
    """Human in the loop: the graph pauses before the nodes that its agent names."""
    max_revisions: int | None = None
    multitask: Multitask = "reject"
    """What to do when the thread is busy: refuse, wait for it, or stop what is going on there."""
    budget: Budget = Budget()


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
    options: RunOptions = RunOptions()
    request_id: object = None
    """Repeated in every response; None when the client sent none."""
    principal: Principal = ANONYMOUS_PRINCIPAL
    """With whose rights the run works, also after a restart and when somebody else's answer resumes it."""


@attrs.frozen
class RunRecord:
    """A run as the store keeps it."""

    run_id: RunId
    thread_id: str
    """Never empty, unlike the request's."""
    request: RunRequest
    agent: str
    """Who does it; empty until that is known."""
    status: RunStatus
    started_ms: int
    """Unix time."""
    ended_ms: int | None = None
    attempt: int = 1
    """How often it was begun: once more after each time the daemon stopped in the middle of it."""
    scope: str = ""
    """Under which the results of its steps are kept: its own id, or that of the run it resumes."""
    resumes_run_id: RunId | None = None
    """The run that was interrupted and is gone on with here."""
    usage: Usage = NOTHING_USED
    owner: str = ""
    """The daemon that does it, by the lease that it holds in the store; empty: one from before there were leases."""

    @property
    def results_scope(self) -> str:
        """The scope of the results of its steps."""
        return run_scope(self.scope or self.run_id)

    @property
    def workspace(self) -> str:
        """Where it works."""
        return self.request.workspace

    @property
    def user_id(self) -> str:
        """Who asked for it."""
        return self.request.user_id
