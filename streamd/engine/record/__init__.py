"""Records the results of a run's steps, so that a resumed run replays them instead of repeating the steps.

`Replay` is the past of one run: results by step, and the responses each step had emitted.
"""

from streamd.engine.record.earlier_requests import last_changing_request
from streamd.engine.record.json_check import check_encodable, check_state
from streamd.engine.record.recorded_calls import RecordedCall, RecordedCalls, call_as_written_now
from streamd.engine.record.recorded_consultations import ConsultationOutcome, RecordedFailure
from streamd.engine.record.recorded_results import RecordedResult
from streamd.engine.record.recorded_turns import RecordedTurn, Shown, pieces_as_json, pieces_from_json
from streamd.engine.record.replay import OPENING, Replay
from streamd.engine.record.run_chain import chain_of, used_before
from streamd.engine.record.stream_checkpoints import is_intact, stream_checkpoint

__all__ = [
    "OPENING",
    "ConsultationOutcome",
    "RecordedCall",
    "RecordedCalls",
    "RecordedFailure",
    "RecordedResult",
    "RecordedTurn",
    "Replay",
    "Shown",
    "call_as_written_now",
    "chain_of",
    "check_encodable",
    "check_state",
    "is_intact",
    "last_changing_request",
    "pieces_as_json",
    "pieces_from_json",
    "stream_checkpoint",
    "used_before",
]
