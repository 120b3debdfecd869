"""Forgetting a user: takes their words out of a workspace."""

from typing import Final

import attrs

from streamd.core.item import START, Seq
from streamd.core.memory import MemoryFilter
from streamd.core.position import progress_stream, quality_stream, workspace_stream
from streamd.core.thread import ThreadFilter
from streamd.engine.journal import delete_memories
from streamd.engine.lifecycle.thread_history import Threads
from streamd.engine.live import RunServices
from streamd.facts import define
from streamd.ports.store import Removal

_POSITIONS: Final = 10_000
"""Positions that are searched at once."""


@define
class Forgotten:
    """Numbers of what went."""

    threads: int = 0
    runs: int = 0
    memories: int = 0
    events: int = 0
    """Events that keep what they changed, but not whose they are."""
    op_results: int = 0
    """Stored results of edits, for repetitions."""
    workspaces: int = 0
    """Workspaces that were searched; 0 where it was one that was named."""

    def add(self, other: "Forgotten") -> None:
        """Add what went elsewhere."""
        for field in attrs.fields(Forgotten):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


async def forget_user(
    services: RunServices, threads: Threads, workspace: str, user_id: str, scope: str, by: str
) -> Forgotten:
    """Delete every thread in which a user asked something, their memories and the results in the scope of their edits.

    What language models used for them counts on, under no name. Events stay, as items rest on them, without their author; those that change no item lose their data, too. The
    workspace's past broadcasts of progress and quality go, whoever they were about: they quote requests. Raises
    BusyError, and goes on where it stopped when it is called again: a run is active in one of the threads.
    """
    store, journal, gone = services.store, services.journal, Forgotten()
    await journal.flushed(workspace)
    while found := await store.threads(workspace, ThreadFilter(user_id=user_id), 1):
        gone.runs += await threads.delete(workspace, found[0].thread_id, by)
        gone.threads += 1
    await journal.room(workspace)
    await journal.remove([Removal(workspace, unnamed_users=[user_id])])
    gone.memories = await delete_memories(journal, store.memories, MemoryFilter(workspace, user_id=user_id))
    span = await store.span(workspace_stream(workspace))
    after = max(START, Seq(span.oldest - 1))
    while after < span.top:
        upto = Seq(min(after + _POSITIONS, span.top))
        removal = await store.author_removal(workspace, user_id, scope, after, upto)
        gone.events += len(removal.authored)
        gone.op_results += len(removal.results)
        if removal.authored or removal.results:
            await journal.room(workspace)
            await journal.remove([removal])
        after = upto
    for feed in (progress_stream(workspace), quality_stream(workspace)):
        told = await store.span(feed)
        if told.oldest <= told.top:
            await journal.room(workspace)
            await journal.remove([Removal(workspace, streams={feed: Seq(told.top + 1)})])
    return gone
