"""The life of a run: routing, start, resume, approval, cancellation, recovery; and its threads and interrupts.

`Runs` starts, finds and ends runs; `Interrupts` takes people's answers; `Threads` reads and changes threads' states;
`forget_user` takes a user's words out, `start_triggered` starts the runs of triggers.
"""

from streamd.engine.lifecycle.admission import start_triggered
from streamd.engine.lifecycle.forgetting import Forgotten, forget_user
from streamd.engine.lifecycle.interrupts import Interrupts
from streamd.engine.lifecycle.question_broadcasts import broadcast_closing
from streamd.engine.lifecycle.recovery import recover
from streamd.engine.lifecycle.repeated_requests import begun_before, run_id_of
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.lifecycle.thread_history import Threads

__all__ = [
    "Forgotten",
    "Interrupts",
    "Runs",
    "Threads",
    "begun_before",
    "broadcast_closing",
    "forget_user",
    "recover",
    "run_id_of",
    "start_triggered",
]
