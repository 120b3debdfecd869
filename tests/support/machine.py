"""How fast the machine is that runs the tests."""

import gc
import time


def calibrated() -> float:
    """How many times as long as that this machine takes just now; at least once.

    Without the garbage collector, which looks at all that the tests have imported.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        start = time.thread_time()
        for _ in range(4):
            {n: [str(n)] for n in range(100_000)}
        return max(1.0, (time.thread_time() - start) / 0.1)
    finally:
        if collects:
            gc.enable()
