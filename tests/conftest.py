"""What tests of every room may need: long or short loops, the command, clients that are not ours, and their order."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
import structlog
from hypothesis import is_hypothesis_test, settings

from tests.support.forked import TESTS_MEASURE

ROOT = Path(__file__).parent.parent
SOAKING = os.environ.get("STREAMD_SOAK", "") not in ("", "0")

# Neither the tests nor the daemons that they start see what the developer has set for a daemon of their own.
for variable in [name for name in os.environ if name.startswith("STREAMD_")]:
    del os.environ[variable]

# Machines that do other work at the same time make deadlines a matter of luck.
settings.register_profile("short", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=5000, stateful_step_count=200)
settings.load_profile("soak" if SOAKING else "short")


# As the daemon writes them. structlog's own choice, where it finds rich, takes seconds for one traceback.
structlog.configure(
    processors=[
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Measure the coverage of some daemons, too, where that of the tests is."""
    if config.pluginmanager.hasplugin("_cov"):
        os.environ[TESTS_MEASURE] = "1"


def is_alone(item: pytest.Item) -> bool:
    """Whether it measures, so that nothing else may run meanwhile."""
    return item.get_closest_marker("alone") is not None


def is_long(item: pytest.Item) -> bool:
    """Whether it goes over the same lines thousands of times: tracing takes thrice as long as the test."""
    return item.get_closest_marker("long") is not None or is_hypothesis_test(getattr(item, "obj", None))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first, so that no process waits for one at the end, and the tests that measure last.

    No line of either is traced: of those that measure it would be measured, too, and those that are long show no line that
    shorter ones do not.
    """
    for item in items:
        if is_alone(item) or is_long(item):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: (is_alone(item), not is_long(item)))


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hold a lock that both processes share: beside another test, or without one for a test that is alone."""
    if not hasattr(request.config, "workerinput"):
        yield
        return
    with (tmp_path_factory.getbasetemp().parent / "turn.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if is_alone(request.node) else fcntl.LOCK_SH)
        yield


@pytest.fixture(scope="session")
def soak() -> Callable[[int, int], int]:
    """How often to go round: `soak(50, 2000)` is 50, and 2000 under `scripts/soak`."""
    return lambda short, full: full if SOAKING else short


@pytest.fixture(scope="session")
def root() -> Path:
    """Where the repository is."""
    return ROOT


class Streamd(Protocol):
    """Runs `streamd` with arguments until it ends, as somebody in a shell would."""

    def __call__(
        self, *arguments: str | Path, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def streamd(tmp_path: Path) -> Streamd:
    """The command, in an empty directory, with further variables if a test gives some."""

    def run(
        *arguments: str | Path, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "streamd", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def npm_client() -> Callable[[str], Path]:
    """Where a client from npm is: `npm_client("wscat")` is a command, `npm_client("ws")` a package to import."""

    def find(name: str) -> Path:
        modules = ROOT / "tests" / "npm" / "node_modules"
        for place in (modules / ".bin" / name, modules / name):
            if place.exists():
                return place
        pytest.skip(f"{name} from npm is not installed; scripts/test installs it where there is npm")

    return find


@pytest.fixture(scope="session")
def chromium() -> str:
    """The command of a browser."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    pytest.skip("there is no chromium; scripts/test installs it where it can")
