"""Positions and streams: where something stands in what was told."""

from typing import Final, Literal, NewType

import attrs

from streamd.core.item import Seq

StreamName = NewType("StreamName", str)
"""`workspace/<name>`: item events; `run/<run_id>`: what a run tells; `progress/<workspace>`, `quality/<workspace>`: feeds."""

StreamKind = Literal["workspace", "run", "feed"]
_KINDS: Final[dict[str, StreamKind]] = {"workspace": "workspace", "run": "run"}


def stream_kind(name: StreamName) -> StreamKind:
    """What kind of stream it is: the beginning of its name says so."""
    return _KINDS.get(name.split("/", 1)[0], "feed")


def workspace_stream(workspace: str) -> StreamName:
    """The stream of a workspace's item events."""
    return StreamName(f"workspace/{workspace}")


def run_stream(run_id: str) -> StreamName:
    """The stream of what a run tells."""
    return StreamName(f"run/{run_id}")


def progress_stream(workspace: str) -> StreamName:
    """The feed of how far a workspace's agents are."""
    return StreamName(f"progress/{workspace}")


def quality_stream(workspace: str) -> StreamName:
    """The feed of contents as they grow and of their quality."""
    return StreamName(f"quality/{workspace}")


@attrs.frozen
class Span:
    """What of a stream is still there: positions `oldest` to `top`. Empty when `oldest > top`."""

    oldest: Seq
    top: Seq
    """Position of the newest entry ever written, kept or not."""

    def can_resume(self, after: int) -> bool:
        """Whether everything after that position is still there (and the position is not in the future)."""
        return self.oldest - 1 <= after <= self.top
