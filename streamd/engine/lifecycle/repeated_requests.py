"""Requests that are sent again: the run that the first of them began."""

from streamd.core.run import RunId, RunRecord, RunRequest
from streamd.core.values import equal
from streamd.engine.lifecycle.runs import Runs
from streamd.errors import OpIdReusedError
from streamd.ids import derived_id


def run_id_of(request: RunRequest, scope: str, op_id: str) -> RunId:
    """Derive the id of the run that a repeatable request begins; `scope` is that of the `op_id`."""
    return RunId(derived_id("run", request.workspace, scope, op_id))


async def begun_before(runs: Runs, request: RunRequest, run_id: RunId) -> RunRecord | None:
    """Return the run that the same request has begun, going on or ended; None where none has.

    A run that goes on with an answer in words, or retries one that failed, has the request of that run, so it is the same by
    its id alone.

    Raises:
        OpIdReusedError: another request has begun it.

    """
    live = runs.find(run_id)
    record = live.record if live is not None else await runs.services.store.run(request.workspace, run_id)
    is_in_words = record is not None and (
        record.resumes_run_id is not None or runs.services.language.is_retry(request.user_input)
    )
    if record is None or is_in_words or _is_same(record.request, request):
        return record
    raise OpIdReusedError("this op_id was used for another request; nothing was begun, choose another")


def _is_same(one: RunRequest, other: RunRequest) -> bool:
    return (
        (one.user_input, one.user_id, one.thread_id, one.agent)
        == (other.user_input, other.user_id, other.thread_id, other.agent)
        and one.options == other.options
        and equal(one.context, other.context)
    )
