"""What models and consulted agents say, as an agent hears it."""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol, TypeAlias

import attrs

from streamd.core.run import Response
from streamd.errors import StreamdError


@attrs.frozen
class Chunk:
    """A piece of what a model says, as it comes."""

    content: str
    reasoning: str
    """What the model thinks; never part of `content`."""
    confidence: float
    """0 to 1, of the text so far."""
    at_ms: int
    """Unix time."""
    message_id: str
    """Which answer it belongs to."""


ChunkFormat: TypeAlias = Callable[[Chunk], Response]
"""How a chunk is told: `content` responses, unless the agent says otherwise."""


class Generation(Protocol):
    """What a model says to one question. Iterate it and yield what comes; then the whole is there.

    Raises ModelError while it is iterated, when the model failed for good; `text` then is what had come.
    """

    @property
    def text(self) -> str:
        """All of it, without the reasoning."""

    @property
    def reasoning(self) -> str:
        """What it thought."""

    @property
    def confidence(self) -> float:
        """0 to 1."""

    @property
    def data(self) -> Mapping[str, object]:
        """The answer as JSON, where a schema was given; else empty."""

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """What to tell while it speaks."""


class Consultation(Protocol):
    """Another agent at work on a question within this run. Iterate it and yield what comes; then the whole is there.

    It fails in itself: then `status` says so and nothing is raised.
    """

    @property
    def agent(self) -> str:
        """Who is asked."""

    @property
    def query(self) -> str:
        """What."""

    @property
    def text(self) -> str:
        """What it has to say, in words."""

    @property
    def data(self) -> Mapping[str, object]:
        """What it told as `data`, by the type of the response: for example `analysis_results`."""

    @property
    def status(self) -> str:
        """`completed`, `failed` or `timed_out`; `running` until it has ended."""

    @property
    def error(self) -> str:
        """For people: why it failed."""

    @property
    def failure(self) -> StreamdError | None:
        """What it failed with, for whoever cannot go on without it; None while it has not failed."""

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """What it tells."""
