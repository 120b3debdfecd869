"""What every store promises of the list of workspaces."""

from streamd.core.position import progress_stream, run_stream, workspace_stream
from streamd.ports.store import Batch, Store
from tests.stores.samples import commit, entry


async def test_workspaces_are_those_that_anything_was_written_in(store: Store) -> None:
    assert await store.workspaces() == []
    for stream in (
        workspace_stream("a"),
        run_stream("a", "1"),
        run_stream("a", "2"),
        progress_stream("a-2"),
        workspace_stream("a.x"),
        run_stream("ab", "1"),
    ):
        await commit(store, Batch(stream.split("/")[1], [entry(1, stream)]))

    assert await store.workspaces() == ["a", "a-2", "a.x", "ab"]
