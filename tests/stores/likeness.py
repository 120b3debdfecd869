"""All stores side by side, asked the same."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from streamd.errors import StoreError
from streamd.ports.store import Batch, Store
from tests.stores.conftest import STORES


class Stores(RuleBasedStateMachine):
    """One of every kind, empty."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.stores: list[Store] = []
        for open_store in STORES.values():
            self.stores.append(
                self.runner.run(self.stack.enter_async_context(open_store(Path(self.directory.name))))
            )

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.directory.cleanup()

    def alike(self, ask: Callable[[Store], Awaitable[object]]) -> object:
        """Ask every store; all must give the same answer or raise the same."""

        async def answers() -> list[object]:
            given: list[object] = []
            for store in self.stores:
                try:
                    given.append(await ask(store))
                except StoreError as error:
                    given.append(type(error))
            return given

        first, *others = self.runner.run(answers())
        assert all(other == first for other in others), (first, others)
        return first

    def commit(self, *batches: Batch) -> None:
        async def verdicts(store: Store) -> object:
            return [type(verdict) for verdict in await store.commit(batches)]

        self.alike(verdicts)
