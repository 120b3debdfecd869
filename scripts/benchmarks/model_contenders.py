"""Who reads a model's streams: the daemon, the SDK with `websockets` behind it, and the SDK alone."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from scripts.benchmarks.contenders import CONFIGURATION, STREAMD, THE_DAEMON, Contender
from scripts.benchmarks.loop_lag import FILE
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.processes import Server, cores, free_port, python

BARE = "limit: the SDK alone"
SENDING = "the SDK, a websockets send each"

_MOST_RUNS = 2000
_LAG = "lag.txt"


@contextlib.contextmanager
def model_service(plan: Plan, *parts: object) -> Iterator[str]:
    """The service that all of them ask, on the clients' core; its address."""
    port, pair = free_port(), cores()
    command = python("-m", "scripts.benchmarks.servers.model_service", str(port))
    if pair is not None:
        command.append(str(pair[1]))
    with Server(command, port, plan.folder("service", *parts) / "log.txt", {}):
        yield f"http://127.0.0.1:{port}"


def contenders(url: str) -> tuple[Contender, ...]:
    """All of them, asking the service at this address."""
    return (_reader(BARE, "bare", url), _reader(SENDING, "send", url), _daemon(url, _plain))


def probed(url: str) -> tuple[Contender, ...]:
    """All of them, each measuring how long its event loop is held up; see `lag_file`."""
    readers = (_reader(BARE, "bare", url), _reader(SENDING, "send", url))
    return tuple(map(_measuring, (*readers, _daemon(url, _probed))))


def lag_file(scratch: Path) -> Path:
    """Where a probed contender with this folder puts its measurements."""
    return scratch / _LAG


def _asking(url: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "bench"}


def _reader(name: str, way: str, url: str) -> Contender:
    return Contender(
        name,
        lambda port, _build: python("-m", "scripts.benchmarks.servers.model_reader", str(port), way),
        lambda _port, _scratch: _asking(url),
    )


def _plain(port: int, build: Path) -> list[str]:
    return THE_DAEMON.command(port, build)


def _probed(_port: int, _build: Path) -> list[str]:
    return python("-m", "scripts.benchmarks.servers.probed_daemon", "serve", "--config", str(CONFIGURATION))


def _daemon(url: str, command: Callable[[int, Path], list[str]]) -> Contender:
    def additions(port: int, scratch: Path) -> Mapping[str, str]:
        return {
            **THE_DAEMON.additions(port, scratch),
            **_asking(url),
            "STREAMD_MODELS__PROVIDER": "anthropic",
            "STREAMD_MODELS__CHECK_AT_START": "false",
            "STREAMD_RUNS__MAX_CONCURRENT": str(_MOST_RUNS),
            "STREAMD_RUNS__MAX_CONCURRENT_PER_USER": str(_MOST_RUNS),
        }

    return Contender(STREAMD, command, additions)


def _measuring(contender: Contender) -> Contender:
    def additions(port: int, scratch: Path) -> Mapping[str, str]:
        return {**contender.additions(port, scratch), FILE: str(lag_file(scratch))}

    return attrs.evolve(contender, additions=additions)
