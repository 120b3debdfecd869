"""The keys of responses that agents emit: findings, words, and what they ask each other."""

from typing import NotRequired, TypedDict

from streamd.analysis import AnalysisResultsData, SupplierResultsData
from streamd.forecasting import ForecastResultsData


class ResponseData(TypedDict):
    """The keys of every response."""

    run_seq: int
    """Its position on the run's stream: ascending, with gaps."""
    run_id: str
    thread_id: str
    request_id: NotRequired[str | int | float | bool]
    """Of the message that started the run."""
    replayed: NotRequired[bool]
    """True: it was sent before this client attached."""
    message: NotRequired[str]
    """For people."""
    agent_id: NotRequired[str]
    """The agent that emits it, as events name it."""
    agent: NotRequired[str]
    """The agent that works on another's behalf, or that speaks."""
    internal: NotRequired[bool]
    """True: of an agent that only helps."""
    more: NotRequired[bool]
    """Whether a further message follows; absent where one has everything."""


class TimedResponse(ResponseData):
    """A response of an agent, with the time at which it was emitted."""

    timestamp: str
    """RFC 3339, in UTC."""


class AnalysisResultsResponse(TimedResponse):
    """Findings about stock."""

    data: AnalysisResultsData


class SupplierResultsResponse(TimedResponse):
    """Findings about suppliers."""

    data: SupplierResultsData


class ForecastResultsResponse(TimedResponse):
    """The expected demand."""

    data: ForecastResultsData


class ContentResponse(ResponseData):
    """Words of an agent as they come."""

    content: str
    """New words; may be empty."""
    reasoning: NotRequired[str]
    """What the model thinks; never part of the words."""
    confidence: NotRequired[float]
    """0 to 1: how sure the text so far sounds."""
    message_id: NotRequired[str]
    """The same for all words of one answer of a model; absent where an agent writes the words itself."""
    node: NotRequired[str]
    """The node that they come from."""
    timestamp: int
    """Unix time in milliseconds."""


class AgentStartResponse(TimedResponse):
    """An agent starts to help."""

    query: str


class AgentChunkResponse(TimedResponse):
    """Words of a named agent as they come."""

    chunk: str
    """New words; may be empty."""
    reasoning: NotRequired[str]
    """What the model thinks; never part of the words."""
    confidence: NotRequired[float]
    """0 to 1: how sure the text so far sounds."""
    message_id: NotRequired[str]
    """The same for all words of one answer of a model; absent where an agent writes the words itself."""
    node: NotRequired[str]


class OwnPartData(TypedDict):
    """The failure of an agent's own part, before its answer."""

    status: str
    error: str


class ConsultationData(TypedDict):
    """The ending of a consultation."""

    status: str
    """`completed`, `failed`, `timed_out` or `skipped`."""
    seconds: NotRequired[float]
    model: NotRequired[str]
    error: NotRequired[str]
    """For people: what went wrong."""
    own_part: NotRequired[OwnPartData]


class AgentCompleteResponse(TimedResponse):
    """A named agent is done."""

    response: str
    metadata: ConsultationData


class InteractionData(TypedDict):
    """One agent asked another."""

    from_agent: str
    to_agent: str
    query: str
    response: str
    metadata: ConsultationData


class InteractionResponse(TimedResponse, InteractionData):
    """One agent asked another."""


class SectionChunkData(TypedDict):
    """About words of a section."""

    confidence: float
    """0 to 1."""
    reasoning: str
    timestamp: int
    """Unix time in milliseconds."""


class SectionResponse(TimedResponse):
    """Words of a section of a content as they come."""

    content: str
    metadata: SectionChunkData
    message_id: str
