"""The chain of runs that one resumes: an answered question continues the run that asked it."""

from streamd.core.run import RunId, RunRecord
from streamd.ports.store import RunStore


async def chain_of(store: RunStore, record: RunRecord) -> list[RunId]:
    """A run and those that it resumes, the oldest first."""
    chain = [record.run_id]
    before = record.resumes_run_id
    while before is not None and before not in chain:
        chain.insert(0, before)
        found = await store.run(record.workspace, before)
        before = None if found is None else found.resumes_run_id
    return chain
