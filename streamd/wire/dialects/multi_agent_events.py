"""Translates the responses of a coordinated run to the events that clients of `/api/streaming/multi-agent/stream` read.

There is no event for a question to a person: a `complete` holds it as its `response`, and the `thread_id` in which the
answer is to be given. Whatever else a run ends with is an `error`, so the last event is always one of these two.
"""

from collections.abc import Mapping
from typing import Final, cast

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "agent_start": ("agent", "query"),
    "agent_chunk": ("agent", "chunk"),
    "agent_complete": ("agent", "response", "metadata"),
    "interaction": ("from_agent", "to_agent", "query", "response", "metadata"),
    "progress": ("progress", "message"),
}
"""The keys of each event that is a response of the run by the same name."""
_COORDINATOR: Final = "coordinator"


def multi_agent_event(response: Mapping[str, object]) -> tuple[str, Mapping[str, object]] | None:
    """Return the name and the keys of the event; None for a response that these clients do not know.

    `internal` is there, and true, in events of agents that only help.
    """
    kind = str(response.get("type"))
    match kind:
        case "complete" | "interrupt":
            return "complete", _completed(response)
        case "error" | "cancelled":
            return "error", {
                "error": response.get("message", ""),
                "agent": response.get("agent", _COORDINATOR),
                "code": response.get("code", kind),
            }
        case _:
            pass
    if kind not in _KEYS or response.get("chunk") == "":
        return None
    keys = {key: response[key] for key in _KEYS[kind] if key in response}
    return kind, {**keys, "internal": True} if response.get("internal") else keys


def multi_agent_answer(last: Mapping[str, object]) -> Mapping[str, object]:
    """Return the answer in one piece, from the last response of a run that ended with `complete` or `interrupt`."""
    told = _completed(last)
    metadata = cast("Mapping[str, object]", told["metadata"])
    return {
        "response": told["response"],
        "primary_agent": metadata["primary_agent"],
        "agent_interactions": told["interactions"],
        "metadata": metadata,
    }


def _completed(last: Mapping[str, object]) -> Mapping[str, object]:
    metadata: dict[str, object] = {
        "primary_agent": _COORDINATOR,
        **cast("Mapping[str, object]", last.get("metadata", {})),
        "run_id": last.get("run_id"),
        "thread_id": last.get("thread_id"),
    }
    if "interrupt" in last:
        metadata |= {"status": "interrupted", "interrupt": last["interrupt"]}
    return {
        "response": last.get("response") or last.get("message", ""),
        "interactions": last.get("interactions", []),
        "metadata": metadata,
    }
