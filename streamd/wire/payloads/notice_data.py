"""The keys of notices: responses about the waiting of a run."""

from typing import Literal, NotRequired

from streamd.wire.payloads.agent_response_data import TimedResponse


class NoticeResponse(TimedResponse):
    """The run waits, or goes on otherwise than usual. Of the moment: it may be absent, and nothing rests on it."""

    reason: Literal["queued", "model_retry", "node_retry", "tool_call", "offline"]
    """`queued`: it waits for its turn, or for another run of its thread; `model_retry`: the language model failed and is asked
    again; `node_retry`: a node failed and is tried again; `tool_call`: the model writes a call of a tool; `offline`: rules answer
    in place of the model."""
    place: NotRequired[int]
    """Of `queued`: its place in the line, from 1, told again when it has halved."""
    waits_for: NotRequired[str]
    """Of `queued`: that run."""
    kind: NotRequired[str]
    """Of `model_retry` and `offline`: how the language model failed, as in `model_failed`, or `budget_spent`."""
    node: NotRequired[str]
    """Of `node_retry`: the node, one of `agent`."""
    attempt: NotRequired[int]
    """Of retries: the attempt that comes, counted from 1."""
    attempts: NotRequired[int]
    """Of `node_retry`: attempts in all."""
    wait_ms: NotRequired[int]
    """Of retries: until that attempt."""
    tool: NotRequired[str]
    size_bytes: NotRequired[int]
    """Of `tool_call`: how much of the call there is; told again when it has doubled."""
