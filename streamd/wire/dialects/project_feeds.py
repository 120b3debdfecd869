"""Translates the broadcasts of feeds to what clients of a project read; a project is a workspace.

Each function takes the broadcast as a feed has it (`streamd.wire.entries.feed_body`), and gives None for one that its
clients do not know.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from streamd.core.agent_progress import WorkspaceProgress

FeedKeys: TypeAlias = Mapping[str, object]
"""A broadcast as a feed has it, or the keys that a client reads of it."""

_NAMES: Final[Mapping[object, str]] = {
    "running": "agent:progress",
    "completed": "agent:complete",
    "failed": "agent:error",
    "cancelled": "agent:cancelled",
    "interrupted": "agent:interrupt",
}
"""The name of the event by the status of the agent."""


def agent_update(broadcast: FeedKeys) -> FeedKeys | None:
    """Return how far an agent is: the keys of its progress, `progress` as another name of `percentage`, and `projectId`."""
    if broadcast["event_type"] != "agent_progress":
        return None
    data = _data(broadcast)
    return {**data, "progress": data["percentage"], "projectId": broadcast["workspace"]}


def agent_event_name(update: FeedKeys) -> str:
    """Return the name under which an `agent_update` is heard where events have names."""
    return _NAMES[update["status"]]


def preview_update(broadcast: FeedKeys) -> FeedKeys | None:
    """Return a section as far as it is written: `{id, sectionId, updates: {…, complete}}`.

    Clients merge `updates` into the section with this id. One that they do not have yet they take as it is, so all keys
    of `updates` are beside it, too.
    """
    if broadcast["event_type"] != "section_updated":
        return None
    data = _data(broadcast)
    name = data.get("section")
    section = data.get("id", name)
    updates = {
        "type": name,
        "content": data.get("content", ""),
        "complete": data.get("complete", False),
        **cast("FeedKeys", data.get("updates", {})),
    }
    return {**updates, **data, "id": section, "sectionId": section, "updates": updates, **_origin(broadcast)}


def quality_update(broadcast: FeedKeys) -> FeedKeys | None:
    """Return how good a section has become: `{id, sectionId, section, score, components}`."""
    if broadcast["event_type"] != "quality_updated":
        return None
    data = _data(broadcast)
    section = data.get("id", data.get("section"))
    return {**data, "id": section, "sectionId": section, **_origin(broadcast)}


def project_progress(progress: WorkspaceProgress, history: Sequence[FeedKeys] | None) -> FeedKeys:
    """Return the progress of a project: `{overall, agents: [{agentId, …}], estimatedCompletion}`.

    `history` are past broadcasts, oldest first; None leaves the key out. `estimatedCompletion` is Unix time in
    milliseconds, null while no agent is running.
    """
    told = {**progress.as_data(), "agents": list(progress.agents.values())}
    if history is not None:
        told["history"] = [point for broadcast in history if (point := _point(broadcast)) is not None]
    return told


def _point(broadcast: FeedKeys) -> FeedKeys | None:
    """One point of the history of an agent."""
    if broadcast["event_type"] != "agent_progress":
        return None
    data = _data(broadcast)
    return {
        "agentId": data["agentId"],
        "status": data["status"],
        "percentage": data["percentage"],
        "timestamp": data["lastUpdated"],
        "run_id": data.get("run_id"),
    }


def _origin(broadcast: FeedKeys) -> FeedKeys:
    return {
        "agentId": broadcast["agent_id"],
        "projectId": broadcast["workspace"],
        "timestamp": broadcast["timestamp"],
    }


def _data(broadcast: FeedKeys) -> FeedKeys:
    return cast("FeedKeys", broadcast["data"])
