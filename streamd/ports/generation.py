"""Streams that an agent iterates: a model's generation, and the consultation of another agent."""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol, TypeAlias

from streamd.core.run import Response
from streamd.errors import StreamdError
from streamd.facts import frozen


@frozen
class Chunk:
    """A chunk of a model's streamed answer."""

    content: str
    reasoning: str
    """Text of the model's thinking; never part of `content`."""
    confidence: float
    """Confidence of the text so far, 0 to 1."""
    at_ms: int
    """Unix time."""
    message_id: str
    """Id of the answer that it belongs to."""


ChunkFormat: TypeAlias = Callable[[Chunk], Response]
"""Formats a chunk as a response; the default are `content` responses."""


class Generation(Protocol):
    """A model's answer to one prompt. Iterate it and yield its responses; then the properties have the whole answer.

    Raises ModelError while it is iterated, when the model failed for good; `text` then is the partial answer.
    """

    @property
    def text(self) -> str:
        """Text of the answer, without the reasoning."""

    @property
    def reasoning(self) -> str:
        """Text of the model's thinking."""

    @property
    def confidence(self) -> float:
        """Confidence of the answer, 0 to 1."""

    @property
    def data(self) -> Mapping[str, object]:
        """The answer as a JSON object if the prompt has a schema; else empty."""

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """Responses to emit while the model streams."""


class Consultation(Protocol):
    """Another agent's work on a query within this run. Iterate it and yield its responses; then the properties are final.

    A failure is not raised: `status` tells it.
    """

    @property
    def agent(self) -> str:
        """Name of the consulted agent."""

    @property
    def query(self) -> str:
        """The query."""

    @property
    def text(self) -> str:
        """Text of its answer."""

    @property
    def data(self) -> Mapping[str, object]:
        """`data` of its responses, by their type, for example `analysis_results`."""

    @property
    def status(self) -> str:
        """`completed`, `failed` or `timed_out`; `running` until it has ended."""

    @property
    def error(self) -> str:
        """Message of its failure, for people."""

    @property
    def failure(self) -> StreamdError | None:
        """Error of its failure, to be raised by an agent that cannot continue without it; None without a failure."""

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """Responses to emit while the agent works."""
