"""The keys of every response of a run, beside those that all have. Tests hold what is sent against them."""

from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

from streamd.core.item import ItemId
from streamd.wire.payloads.agent_response_data import (
    AgentChunkResponse,
    AgentCompleteResponse,
    AgentStartResponse,
    AnalysisResultsResponse,
    ContentResponse,
    ForecastResultsResponse,
    InteractionData,
    InteractionResponse,
    SectionResponse,
    SupplierResultsResponse,
    TimedResponse,
)
from streamd.wire.payloads.event_data import QualityData, RemovalData
from streamd.wire.payloads.notice_data import NoticeResponse
from streamd.wire.payloads.thread_data import InterruptData
from streamd.wire.payloads.usage_data import UsageData


class StartResponse(TimedResponse):
    """The run started."""

    model: str
    """The language model, or `offline`."""
    resumes_run_id: NotRequired[str]
    """The run that had asked a person."""
    withdrawn: NotRequired[list[str]]
    """The questions of its thread that it withdraws: their `interrupt_id`."""


class IntentData(TypedDict):
    """The intent of a request."""

    primary_intent: str
    confidence: float
    """0 to 1."""
    actions: list[str]
    item_types: list[str]
    agent: str
    """The agent that takes the request."""
    steps: NotRequired[list[str]]
    """Where it takes several agents: their intents in order."""


class IntentAnalysisResponse(TimedResponse):
    """The intent of the request."""

    intent: IntentData


class CountData(TypedDict):
    """A number of items."""

    count: int


class ItemsAnnouncedResponse(TimedResponse):
    """Items will be added, removed or changed."""

    data: NotRequired[CountData]


class ItemAddedResponse(TimedResponse):
    """One item was added."""

    item_id: ItemId
    data: dict[str, object]
    """The whole item, flat."""


class ItemRemovedResponse(TimedResponse):
    """One item was removed."""

    item_id: ItemId
    data: RemovalData


class ItemChangedResponse(TimedResponse):
    """One item was changed."""

    item_id: ItemId
    data: dict[str, object]
    """The new values; null: the field is gone."""


class NodeResponse(TimedResponse):
    """One node of the agent's graph is done."""

    node: str
    data: dict[str, object]
    """What it changed in the state."""


class ProgressResponse(TimedResponse):
    """The progress of the run."""

    progress: float
    """0 to 1."""
    step: NotRequired[int]
    total_steps: NotRequired[int]
    eta_seconds: NotRequired[float]
    """Seconds until it is done."""


class ToolProgressResponse(TimedResponse):
    """The progress of one call of a tool, as the tool tells it."""

    tool: str
    """The tool's name."""
    tool_call_id: str
    """The call: the same for a run and for those that resume it."""
    progress: NotRequired[float]
    """0 to 1."""


class AttemptResetResponse(TimedResponse):
    """Earlier text is void."""

    message_id: str
    """The answer that begins again."""
    void: NotRequired[list[int]]
    """Positions of exactly the responses that do not hold; absent: all of the answer."""
    attempt: int
    """How often it was begun: at least 2."""


class OutcomeData(TypedDict):
    """The changes that a run made to items."""

    added: list[ItemId]
    removed: list[ItemId]
    changed: list[ItemId]


class ProblemData(TypedDict):
    """An entry of a request that was left out."""

    index: int
    """Its place in the request, from 0."""
    message: str
    """Why, for people."""
    item_id: str
    """The id in the entry; empty without one."""


class CompleteData(OutcomeData):
    """The changes that a run made, and the parts of the request that it left out."""

    refused: NotRequired[list[str]]
    """Changes that were refused, in words."""
    problems: NotRequired[list[ProblemData]]
    """Parts of the request that were left out."""
    candidates: NotRequired[list[ItemId]]
    """Items that a name may have meant."""
    matched: NotRequired[list[ItemId]]
    """Items that the answer is about."""
    refusal: NotRequired[str]
    """Why nothing was done, in words."""
    usage: NotRequired[UsageData]


class CollaborationData(TypedDict):
    """The agents that worked on a `multi_agent_request`."""

    primary_agent: str
    coordination_mode: str
    supporting_agents: list[str]
    statuses: dict[str, str]
    """How each ended, by the agent's name."""


class CompleteResponse(TimedResponse):
    """The last response: it is over."""

    model: str
    """The language model, or `offline`."""
    data: CompleteData
    response: NotRequired[str]
    """After a `multi_agent_request`: the answer."""
    interactions: NotRequired[list[InteractionData]]
    """After a `multi_agent_request`: who asked whom."""
    metadata: NotRequired[CollaborationData]
    """After a `multi_agent_request`."""
    sections: NotRequired[dict[str, str]]
    """Of the agent `content`: the text of each section."""
    qualities: NotRequired[dict[str, QualityData]]
    """Of the agent `content`: how good each section is."""


class InterruptedData(TypedDict):
    """Usage of a run until it asked."""

    usage: UsageData


class InterruptResponse(TimedResponse):
    """The last response: a person has to decide."""

    interrupt: InterruptData
    next: list[str]
    """The nodes that wait."""
    data: NotRequired[InterruptedData]


class CancelledData(OutcomeData):
    """The changes that a run made until it was stopped."""

    partial: NotRequired[str]
    """What it had said."""
    usage: NotRequired[UsageData]


class CancelledResponse(TimedResponse):
    """The last response: somebody stopped it, or refused what it asked."""

    data: CancelledData


class FailedData(OutcomeData):
    """The changes that a run made until it failed."""

    usage: NotRequired[UsageData]


class FailedResponse(TimedResponse):
    """The last response: it failed. Further keys depend on the code."""

    code: str
    """What to go by."""
    retryable: bool
    """Whether the same request may succeed later."""
    retry_after_ms: NotRequired[float]
    """Milliseconds to wait."""
    partial: NotRequired[str]
    """What it had said."""
    kind: NotRequired[str]
    """How the language model failed."""
    data: NotRequired[FailedData]
    """What it did and used until then."""


RESPONSES: Final[Mapping[str, type[object]]] = {
    "start": StartResponse,
    "intent_analysis": IntentAnalysisResponse,
    "inventory_analysis": TimedResponse,
    "analysis_results": AnalysisResultsResponse,
    "supplier_analysis": TimedResponse,
    "supplier_results": SupplierResultsResponse,
    "forecasting_analysis": TimedResponse,
    "forecast_results": ForecastResultsResponse,
    "general_processing": TimedResponse,
    "general_complete": TimedResponse,
    "item_creation": ItemsAnnouncedResponse,
    "item_added": ItemAddedResponse,
    "item_removal": ItemsAnnouncedResponse,
    "item_removed": ItemRemovedResponse,
    "item_update": ItemsAnnouncedResponse,
    "item_updated": ItemChangedResponse,
    "field_changed": ItemChangedResponse,
    "content": ContentResponse,
    "agent_start": AgentStartResponse,
    "agent_chunk": AgentChunkResponse,
    "agent_complete": AgentCompleteResponse,
    "interaction": InteractionResponse,
    "headline": SectionResponse,
    "subheadline": SectionResponse,
    "body": SectionResponse,
    "cta": SectionResponse,
    "node": NodeResponse,
    "progress": ProgressResponse,
    "notice": NoticeResponse,
    "tool_progress": ToolProgressResponse,
    "attempt_reset": AttemptResetResponse,
    "complete": CompleteResponse,
    "interrupt": InterruptResponse,
    "cancelled": CancelledResponse,
    "error": FailedResponse,
}
