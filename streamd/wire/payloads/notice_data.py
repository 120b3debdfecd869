"""The keys of notices: responses about the waiting of a run."""

from typing import Literal, NotRequired

from streamd.wire.payloads.agent_response_data import TimedResponse


class NoticeResponse(TimedResponse):
    """The run waits, or goes on otherwise than usual. Of the moment: it may be absent, and nothing rests on it."""

    about: Literal["queued", "retrying", "writing", "offline"]
    """`queued`: it waits for its turn, or for another run of its thread; `retrying`: the language model failed and is asked
    again; `writing`: the model writes a call of a tool; `offline`: rules answer in place of the model."""
    place: NotRequired[int]
    """Of `queued`: its place in the line, from 1, told again when it has halved."""
    waits_for: NotRequired[str]
    """Of `queued`: that run."""
    kind: NotRequired[str]
    """How the language model failed, as in `model_failed`, or `budget_spent`."""
    attempt: NotRequired[int]
    """Of `retrying`: the number of the next attempt."""
    seconds: NotRequired[float]
    """Of `retrying`: until the next attempt."""
    tool: NotRequired[str]
    size_bytes: NotRequired[int]
    """Of `writing`: how much of the call there is; told again when it has doubled."""
