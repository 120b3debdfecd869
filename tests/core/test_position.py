"""Streams say by their names what they are and where they belong, whatever a workspace is called."""

import pytest

from streamd.core.position import (
    StreamKind,
    StreamName,
    kind_of,
    progress_stream,
    quality_stream,
    run_stream,
    workspace_of,
    workspace_stream,
)


@pytest.mark.parametrize("workspace", ["hall", "run", "progress", "ws", "a.b-c_d", "Büro"])
def test_a_stream_says_what_it_is_and_where_it_belongs(workspace: str) -> None:
    streams: dict[StreamName, StreamKind] = {
        workspace_stream(workspace): "workspace",
        run_stream(workspace, "run-1"): "run",
        progress_stream(workspace): "feed",
        quality_stream(workspace): "feed",
    }
    assert len(streams) == 4
    assert {stream: kind_of(stream) for stream in streams} == streams
    assert {workspace_of(stream) for stream in streams} == {workspace}
