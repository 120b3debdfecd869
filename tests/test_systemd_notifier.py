import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamd.systemd_notifier import SystemdNotifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Whom to tell, and the socket where it listens."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@streamd-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(5)
        listening.bind(name if request.param == "path" else "\0" + name[1:])
        yield name, listening


def test_the_manager_is_told_of_every_turn(manager: tuple[str, socket.socket]) -> None:
    name, listening = manager
    service = SystemdNotifier.from_environment({"NOTIFY_SOCKET": name})

    service.ready("serving on ws://127.0.0.1:8765")
    service.alive()
    service.status("two lines\nbecome one")
    service.stopping("draining", within_seconds=12.5)

    assert [listening.recv(4096).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=serving on ws://127.0.0.1:8765",
        "WATCHDOG=1",
        "STATUS=two lines become one",
        "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=12500000",
    ]


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens-here", "vsock:2:1"])
def test_telling_nobody_does_no_harm(address: str) -> None:
    SystemdNotifier(address).ready("serving")


def test_a_manager_that_does_not_read_stops_nobody(manager: tuple[str, socket.socket]) -> None:
    name, _listening = manager
    service = SystemdNotifier(name)

    for _ in range(2000):
        service.status("more than any queue holds " * 40)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time_if_it_is_ours(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert SystemdNotifier.from_environment(environ).watchdog_seconds == seconds
