"""How fast the machine is that runs the tests."""

import time


def calibrated() -> float:
    """How many times as long as that this machine takes just now; at least once."""
    start = time.thread_time()
    for _ in range(4):
        {n: [str(n)] for n in range(100_000)}
    return max(1.0, (time.thread_time() - start) / 0.1)
