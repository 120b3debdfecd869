"""The chain of runs that a run resumes: the answer to an interrupt resumes the run that raised it."""

from streamd.core.run import RunId, RunRecord
from streamd.core.usage import NOTHING_USED, Usage
from streamd.ports.store import RunStore


async def chain_of(store: RunStore, record: RunRecord) -> list[RunId]:
    """Return a run and those that it resumes, the oldest first."""
    chain = [record.run_id]
    before = record.resumes_run_id
    while before is not None and before not in chain:
        chain.insert(0, before)
        found = await store.run(record.workspace, before)
        before = None if found is None else found.resumes_run_id
    return chain


async def used_before(store: RunStore, record: RunRecord) -> Usage:
    """Add up what the runs used that a run resumes."""
    before = [await store.run(record.workspace, run_id) for run_id in (await chain_of(store, record))[:-1]]
    return sum((one.usage for one in before if one is not None), NOTHING_USED)
