"""Translates the responses of a graph's run to the messages that clients of `/runs/stream` read, and their requests to ours."""

from collections.abc import Mapping
from typing import Final, cast

from streamd.errors import InvalidMessageError

GRAPH_AGENT: Final = "trip_planner"
"""The agent whose graph it is, where a request names none."""
_SHOWN: Final = ("plan", "draft", "critique", "queries", "message")
"""Names in the state of the graph that these clients show."""
_OPTIONS: Final = ("use_hitl", "max_revisions", "multitask", "budget")
_PASSED_ON: Final = ("thread_id", "user_id", "context", "op_id", "request_id")


def graph_event(response: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the message; None for a response that these clients do not know. The last of a run always has one."""
    kind = response.get("type")
    match kind:
        case "node":
            data = cast("Mapping[str, object]", response["data"])
            return {
                "event": "node",
                "node": response["node"],
                "data": {name: data[name] for name in _SHOWN if data.get(name)},
            }
        case "interrupt":
            return {"event": "interrupt", "next": response["next"]}
        case "complete":
            return {"event": "complete"}
        case "error" | "cancelled":
            return {
                "event": "error",
                "error": response.get("message", ""),
                "code": response.get("code", kind),
            }
        case _:
            return None


def graph_request(body: Mapping[str, object]) -> dict[str, object]:
    """Return the keys of the `user_request` that these clients' request is. Raises InvalidMessageError.

    Options stand beside the message, or in `options`.
    """
    if body.get("assistant_id") is not None:
        raise InvalidMessageError(
            "a request here has a message and a thread_id, and no assistant_id", path="assistant_id"
        )
    message = body.get("message")
    if message is not None and not isinstance(message, str):
        raise InvalidMessageError("message must be text", path="message")
    options = body.get("options")
    if options is not None and not isinstance(options, Mapping):
        raise InvalidMessageError("options must be an object", path="options")
    beside = {name: body[name] for name in _OPTIONS if body.get(name) is not None}
    return {
        **{name: body[name] for name in _PASSED_ON if name in body},
        "user_input": message or "",
        "agent": GRAPH_AGENT if body.get("agent") in (None, "") else body["agent"],
        "options": {**(options or {}), **beside},
    }
