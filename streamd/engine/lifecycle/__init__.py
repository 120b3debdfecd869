"""From a request to its one last response: routing, start, resume, approval, cancel, recovery; threads and interrupts.

`Runs` starts, finds and ends runs; `Interrupts` takes the answers of people; `Threads` shows and changes where threads stand.
"""

from streamd.engine.lifecycle.interrupts import Interrupts
from streamd.engine.lifecycle.recovery import recover
from streamd.engine.lifecycle.routing import INTENT
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.lifecycle.thread_history import Threads

__all__ = [
    "INTENT",
    "Interrupts",
    "Runs",
    "Threads",
    "recover",
]
