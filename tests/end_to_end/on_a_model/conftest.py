"""A daemon in a process of its own, and the service that it asks in this one: a pair for each module."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.daemon import Client, Daemon, running
from tests.support.messages_api import MessagesApi
from tests.support.scripted_model import Scripted, environ

_workspaces = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api() -> AsyncIterator[MessagesApi]:
    async with MessagesApi() as one:
        yield one


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Of the daemon, with what the module gives as FILES."""
    made = tmp_path_factory.mktemp("daemon")
    for name, content in getattr(request.module, "FILES", {}).items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(content)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(api: MessagesApi, directory: Path, request: pytest.FixtureRequest) -> AsyncIterator[Daemon]:
    """With the variables that the module gives as VARIABLES."""
    async with running(directory, **environ(api.url), **getattr(request.module, "VARIABLES", {})) as one:
        yield one


@pytest.fixture
def workspace() -> str:
    """One of the test's own."""
    return f"workspace-{next(_workspaces)}"


@pytest_asyncio.fixture(loop_scope="module")
async def client(daemon: Daemon, workspace: str) -> AsyncIterator[Client]:
    async with daemon.client(workspace=workspace) as one:
        yield one


@pytest.fixture
def model(api: MessagesApi) -> Scripted:
    return Scripted(api)
