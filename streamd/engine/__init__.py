"""The engine: everything between a use case and the store, started and stopped in order.

asyncio, but no sockets, no SQL, no vendors, and no frames. Its six rooms, from the top: lifecycle, steps, live, delivery,
journal and record.
"""

from streamd.engine.clock import SystemClock
from streamd.engine.engine import Engine, open_engine

__all__ = [
    "Engine",
    "SystemClock",
    "open_engine",
]
