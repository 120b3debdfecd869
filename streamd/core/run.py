"""Runs: one execution of an agent for one request, with its responses."""

from collections.abc import Mapping
from typing import Final, Literal, NewType, TypeAlias, get_args

import attrs

from streamd.core.item import ItemId
from streamd.core.principal import Asker, Flow, Principal
from streamd.core.usage import NOTHING_USED, Usage
from streamd.facts import define, frozen

RunId = NewType("RunId", str)
"""Id of a run."""

RunStatus = Literal["pending", "running", "interrupted", "completed", "failed", "cancelled", "timed_out"]

Multitask = Literal["reject", "enqueue", "interrupt"]
"""Policy for a request while its thread is busy: refuse it, let it wait, or cancel what is going on."""
MULTITASKS: Final[tuple[Multitask, ...]] = get_args(Multitask)

CancelMode = Literal["immediate", "after_turn"]
CANCEL_MODES: Final[tuple[CancelMode, ...]] = get_args(CancelMode)


def run_scope(run_id: str) -> str:
    """Scope of the recorded step results of a run and of the runs that resume it."""
    return f"run/{run_id}"


ResponseType: TypeAlias = str
"""One of `RESPONSE_TYPES`, or a type that an agent declares."""
ENGINE_TYPES: Final = frozenset(
    {
        "start", "intent_analysis", "node", "notice", "complete", "interrupt", "cancelled", "error",
        "item_added", "item_removed", "item_updated", "field_changed", "tool_progress",
    }
)  # fmt: skip
"""Types that only the engine emits: status of a run and its effects on items."""
AGENT_TYPES: Final = frozenset(
    {
        "inventory_analysis", "analysis_results", "supplier_analysis", "supplier_results",
        "forecasting_analysis", "forecast_results", "general_processing", "general_complete",
        "item_creation", "item_removal", "item_update",
        "agent_start", "agent_chunk", "agent_complete", "interaction",
        "headline", "subheadline", "body", "cta", "content", "progress", "attempt_reset",
    }
)  # fmt: skip
"""Types that any agent may emit."""
RESPONSE_TYPES: Final = ENGINE_TYPES | AGENT_TYPES
LAST_TYPES: Final[frozenset[str]] = frozenset({"complete", "interrupt", "cancelled", "error"})
"""Every run emits exactly one of these, as its last response."""
_GIVEN_DATA: Final = ("inventory_data", "supplier_data", "historical_data")


@frozen
class Response:
    """One response of a run, on its stream."""

    type: ResponseType
    message: str = ""
    """Text for people; may be empty."""
    data: Mapping[str, object] | None = None
    extra: Mapping[str, object] = attrs.field(factory=dict)
    """Further keys at the top level, for example `item_id` or `intent`."""
    step: str = ""
    """Step of the run that emits it; set by the engine, not on the wire. When a step is replayed after a crash, the responses
    that it had emitted before are skipped."""


@define
class Outcome:
    """Effects of a run on items, in the order of execution."""

    added: list[ItemId] = attrs.field(factory=list)
    removed: list[ItemId] = attrs.field(factory=list)
    changed: list[ItemId] = attrs.field(factory=list)
    refused: list[str] = attrs.field(factory=list)
    """Refused changes with their reasons, for people."""
    undone: list[str] = attrs.field(factory=list)
    """What the requests had asked for that the run took back."""


@frozen
class Budget:
    """Limits of a run's duration and cost. None: unlimited."""

    seconds: float | None = None
    tokens: int | None = None
    """Input and output together."""
    cost_usd: float | None = None


@frozen
class RunOptions:
    """Options of a request."""

    use_hitl: bool = False
    """Human in the loop: the graph interrupts before the nodes that the agent lists."""
    max_revisions: int | None = None
    multitask: Multitask = "reject"
    """Policy while the thread has an active run: refuse the request, queue it, or cancel the active run."""
    budget: Budget = Budget()


@frozen
class TriggerCause:
    """The reason why a trigger started a run."""

    chain: tuple[str, ...]
    """Names of the triggers that led to it, the first one first: each was fired by what a run of the one before it did."""
    seq: int | None = None
    """Position of the last event that it was started for."""
    due_ms: int | None = None
    """Unix time at which its schedule was due."""

    @property
    def name(self) -> str:
        """The trigger that started the run."""
        return self.chain[-1]


@frozen
class RunRequest:
    """A user's request to an agent."""

    user_input: str
    context: Mapping[str, object] = attrs.field(factory=dict)
    user_id: str = ""
    workspace: str = "default"
    thread_id: str = ""
    agent: str = ""
    """Name of the requested agent; empty: routed by intent."""
    options: RunOptions = RunOptions()
    request_id: object = None
    """Echoed in every response; None when the client sent none."""
    trigger: TriggerCause | None = None
    """Set where no user but a trigger asks."""
    principal: Principal = attrs.field(kw_only=True)
    """Principal whose rights apply, also after a restart and when another user's answer resumes the run. Whoever writes what
    the run continues with limits its rights to what both may."""

    @property
    def asker(self) -> Asker:
        """The asker, who takes turns with others at what there is not enough of."""
        return Asker.of(self.principal, self.workspace, self.user_id)

    @property
    def brings_data(self) -> bool:
        """Whether the context has its own data to analyse, instead of the workspace's items."""
        return any(self.context.get(name) is not None for name in _GIVEN_DATA)


@frozen
class RunRecord:
    """Durable record of a run."""

    run_id: RunId
    thread_id: str
    """Never empty, unlike the request's."""
    request: RunRequest
    agent: str
    """Name of the agent; empty until the request is routed."""
    status: RunStatus
    started_ms: int
    """Unix time."""
    ended_ms: int | None = None
    attempt: int = 1
    """Number of attempts; incremented at each recovery after a crash."""
    scope: str = ""
    """Id of the run under which step results are recorded: its own, or that of the run it resumes."""
    resumes_run_id: RunId | None = None
    """The interrupted run that it resumes."""
    usage: Usage = NOTHING_USED
    owner: str = ""
    """The daemon that does it, by the lease that it holds in the store; empty: one from before there were leases."""

    @property
    def flow(self) -> Flow:
        """The flow that it reads and writes for."""
        return Flow(self.request.asker, self.run_id, is_kept=True)

    @property
    def results_scope(self) -> str:
        """Scope of its recorded step results."""
        return run_scope(self.scope or self.run_id)

    @property
    def trigger(self) -> str | None:
        """Name of the trigger that started it, or None."""
        return None if self.request.trigger is None else self.request.trigger.name

    @property
    def workspace(self) -> str:
        """Workspace of the request."""
        return self.request.workspace

    @property
    def user_id(self) -> str:
        """User of the request."""
        return self.request.user_id


@frozen
class RunFilter:
    """Selects runs of a list. An attribute that is None does not restrict."""

    statuses: frozenset[RunStatus] | None = None
    agent: str | None = None
    user_id: str | None = None
    thread_id: str | None = None
    trigger: str | None = None
    """Name of the trigger that started it."""

    def lets_through(self, run: RunRecord) -> bool:
        """Whether the run is selected."""
        return (
            (self.statuses is None or run.status in self.statuses)
            and self.agent in (None, run.agent)
            and self.user_id in (None, run.user_id)
            and self.thread_id in (None, run.thread_id)
            and self.trigger in (None, run.trigger)
        )
