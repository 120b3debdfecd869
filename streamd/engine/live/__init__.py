"""State, limits and output of a running run.

`LiveRun` has four parts: its durable state, its output, the control of its task, and the meter of its usage.
"""

from streamd.engine.live.fallback import falls_back, fell_back, is_understood, kind_of, leave_to_rules
from streamd.engine.live.intent_routes import INTENT, IntentRoutes
from streamd.engine.live.item_vocabularies import ItemVocabularies
from streamd.engine.live.live_run import LiveRun
from streamd.engine.live.local_times import local_time
from streamd.engine.live.loop_watch import AT_WORK, LoopWatch, NodeAtWork, raised_at
from streamd.engine.live.meter import Meter, budget_for
from streamd.engine.live.model_attempts import ModelAttempts
from streamd.engine.live.model_paces import ModelPaces
from streamd.engine.live.model_windows import ModelWindows
from streamd.engine.live.preload import Preload
from streamd.engine.live.progress_board import ProgressBoard
from streamd.engine.live.questions import ask, asked_before, check_schema
from streamd.engine.live.run_changes import RunChanges
from streamd.engine.live.run_control import (
    ENDS_ALL,
    InterruptRaisedError,
    RunControl,
    RunSignal,
    StopAfterTurnError,
)
from streamd.engine.live.run_notices import Notices
from streamd.engine.live.run_output import RunOutput
from streamd.engine.live.run_services import RunServices
from streamd.engine.live.run_state import NOT_UNDERSTOOD, RunProgress, RunState
from streamd.engine.live.shared_items import Reading, SharedItems
from streamd.engine.live.spending import Allowance, Spending

__all__ = [
    "AT_WORK",
    "ENDS_ALL",
    "INTENT",
    "NOT_UNDERSTOOD",
    "Allowance",
    "IntentRoutes",
    "InterruptRaisedError",
    "ItemVocabularies",
    "LiveRun",
    "LoopWatch",
    "Meter",
    "ModelAttempts",
    "ModelPaces",
    "ModelWindows",
    "NodeAtWork",
    "Notices",
    "Preload",
    "ProgressBoard",
    "Reading",
    "RunChanges",
    "RunControl",
    "RunOutput",
    "RunProgress",
    "RunServices",
    "RunSignal",
    "RunState",
    "SharedItems",
    "Spending",
    "StopAfterTurnError",
    "ask",
    "asked_before",
    "budget_for",
    "check_schema",
    "falls_back",
    "fell_back",
    "is_understood",
    "kind_of",
    "leave_to_rules",
    "local_time",
    "raised_at",
]
