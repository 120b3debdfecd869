import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamd.config import Config

pytestmark = pytest.mark.requirement("E1")


class Unit(configparser.RawConfigParser):
    """A unit file, of whose repeated keys the last counts."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def service(root: Path) -> configparser.SectionProxy:
    unit = Unit(strict=False, delimiters=("=",), comment_prefixes=("#",))
    unit.read(root / "systemd" / "streamd.service")
    return unit["Service"]


def test_the_daemon_says_itself_when_it_is_ready_and_alive(service: configparser.SectionProxy) -> None:
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 0


def test_stopping_is_given_more_time_than_draining_takes(service: configparser.SectionProxy) -> None:
    assert int(service["TimeoutStopSec"]) > Config().drain.seconds * 2


def test_it_comes_back_after_a_crash_but_not_with_a_configuration_that_cannot_be_used(
    service: configparser.SectionProxy,
) -> None:
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "2"


def test_the_default_database_lies_where_the_service_may_write(service: configparser.SectionProxy) -> None:
    assert not Path(Config().store.path).is_absolute()
    assert service["WorkingDirectory"] == f"%S/{service['StateDirectory']}"


def test_files_and_sockets_are_enough_for_all_connections(service: configparser.SectionProxy) -> None:
    assert int(service["LimitNOFILE"]) > Config().ws.max_connections * 2


@pytest.fixture
def runnable(root: Path, tmp_path: Path) -> Path:
    """The unit with a command that exists here, which the check insists on."""
    text = (root / "systemd" / "streamd.service").read_text()
    unit = tmp_path / "streamd.service"
    unit.write_text(text.replace("/opt/streamd/bin/streamd", sys.executable))
    return unit


@pytest.fixture
def systemd_analyze() -> str:
    return shutil.which("systemd-analyze") or pytest.skip("there is no systemd-analyze")


def test_systemd_finds_nothing_wrong_with_the_unit(systemd_analyze: str, runnable: Path) -> None:
    done = subprocess.run(
        [systemd_analyze, "verify", runnable], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_the_service_well_confined(systemd_analyze: str, runnable: Path) -> None:
    done = subprocess.run(
        [systemd_analyze, "security", "--offline=true", "--threshold=15", runnable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-200:]
