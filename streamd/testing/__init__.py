"""Tests of agents: the daemon's engine in memory, without a socket, a file or a language model.

    async def test_the_report_is_kept() -> None:
        async with open_harness(AGENT, items=[{"type": "inventory", "name": "Bolt", "current_stock": 3}]) as harness:
            run = await harness.request("Count the stock")
            assert run.message == "Keep the report as a note?"
            run = await run.approve()
            assert run.message == "Added 1 item: Stock report."
            assert [item.fields["name"] for item in await harness.items("note")] == ["Stock report"]

Everything but the disk, the network and the model is the daemon's own code. `model` scripts a language model, and
`killed_everywhere` kills the daemon at every await of the agent, one after the other, and has it resume. Triggers fire as
they would: `settled` waits for their runs, `triggered` lists them, and a `SetClock` has schedules come due.
"""

import structlog

from streamd.testing.clock import SetClock
from streamd.testing.harness import Harness, open_harness
from streamd.testing.kill_sweep import killed_everywhere
from streamd.testing.results import RunResult
from streamd.testing.script import Reply, Script, call

__all__ = ["Harness", "Reply", "RunResult", "Script", "SetClock", "call", "killed_everywhere", "open_harness"]

# Tracebacks as the daemon writes them: rich, where it is installed, takes half a minute for one.
if not structlog.is_configured():
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )
