"""Names of streams, and the range of positions that a stream retains."""

from typing import Final, Literal, NewType

from streamd.core.item import Seq
from streamd.facts import frozen

StreamName = NewType("StreamName", str)
"""Starts with its workspace, whose name has no slash: see the functions below."""

Feed = Literal["progress", "quality", "interrupts"]

StreamKind = Literal["workspace", "run", "feed"]

_KINDS: Final[dict[str, StreamKind]] = {
    "run": "run",
    "progress": "feed",
    "quality": "feed",
    "interrupts": "feed",
}


def workspace_stream(workspace: str) -> StreamName:
    """The stream of a workspace's item events: `ws/<workspace>`."""
    return StreamName(f"ws/{workspace}")


def run_stream(workspace: str, run_id: str) -> StreamName:
    """The stream of a run's responses: `ws/<workspace>/run/<run_id>`."""
    return StreamName(f"ws/{workspace}/run/{run_id}")


def progress_stream(workspace: str) -> StreamName:
    """The feed of the agents' progress in a workspace: `ws/<workspace>/progress`."""
    return StreamName(f"ws/{workspace}/progress")


def quality_stream(workspace: str) -> StreamName:
    """The feed of texts in progress and their quality: `ws/<workspace>/quality`."""
    return StreamName(f"ws/{workspace}/quality")


def interrupts_stream(workspace: str) -> StreamName:
    """The feed of questions to people that are asked and closed in a workspace: `ws/<workspace>/interrupts`."""
    return StreamName(f"ws/{workspace}/interrupts")


def feed_of(workspace: str, feed: Feed) -> StreamName:
    """The stream of a feed of a workspace."""
    match feed:
        case "progress":
            return progress_stream(workspace)
        case "quality":
            return quality_stream(workspace)
        case "interrupts":
            return interrupts_stream(workspace)


def workspace_of(stream: StreamName) -> str:
    """The workspace that a stream belongs to."""
    return stream.split("/", 2)[1]


def kind_of(stream: StreamName) -> StreamKind:
    """Kind of a stream: item events, responses of a run, or broadcasts of which only the newest counts."""
    parts = stream.split("/", 3)
    return _KINDS[parts[2]] if len(parts) > 2 else "workspace"


@frozen
class Span:
    """Retained positions of a stream, `oldest` to `top`. Empty when `oldest > top`."""

    oldest: Seq
    top: Seq
    """Position of the newest entry ever written, retained or not."""

    def can_resume(self, after: int) -> bool:
        """Whether every entry after that position is retained, and the position is not in the future."""
        return self.oldest - 1 <= after <= self.top
