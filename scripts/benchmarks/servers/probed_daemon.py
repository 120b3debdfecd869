"""The real daemon with one task more in its event loop, which measures how long that is held up."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from scripts.benchmarks.loop_lag import LoopLag

Result = TypeVar("Result")


run_alone = asyncio.Runner.run


def run_beside(runner: asyncio.Runner, main: Coroutine[Any, Any, Result], **options: Any) -> Result:
    async def both() -> Result:
        async with LoopLag():
            return await main

    return run_alone(runner, both(), **options)


if __name__ == "__main__":
    from streamd.cli import main

    asyncio.Runner.run = run_beside
    sys.exit(main())
