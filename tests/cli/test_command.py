import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from streamd.cli import COMMANDS, command, main
from streamd.config import load
from tests.conftest import Streamd


def test_the_version_is_one_line(streamd: Streamd) -> None:
    done = streamd("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, "streamd 0.1.0\n", "")


def test_the_version_of_the_package_is_that_of_the_project(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]

    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"streamd {project['version']}\n"


def test_starting_the_command_imports_nothing_that_takes_time(root: Path) -> None:
    code = "import streamd.cli, sys; print(*sorted(sys.modules))"

    imported = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {"asyncio", "attr", "structlog", "websockets", "orjson", "sqlite3", "tomllib", "streamd.config"}
    assert heavy.isdisjoint(imported)


def test_every_command_is_in_the_help(streamd: Streamd) -> None:
    told = " ".join(streamd("--help").stdout.split())

    assert [name for name in COMMANDS if f" {name} {command(name).HELP}" not in told] == []


def test_without_a_command_the_usage_is_told(streamd: Streamd) -> None:
    done = streamd()

    assert done.returncode == 2
    assert done.stderr.startswith("usage: streamd")


def test_mistakes_are_told_on_stderr_one_a_line_without_a_traceback(streamd: Streamd, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[ws]\nprot = 1\n[item_types.book]\nfeilds = {}\n")

    done = streamd("serve", "--config", file, "--port", "http")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "streamd: the configuration cannot be used",
        "  ws.prot (line 2): there is no such option; did you mean ws.port?",
        '  --port: must be a whole number, not "http"',
        "  item_types.book.feilds (line 4): there is no such option; did you mean fields?",
    ]


def test_what_check_config_prints_is_the_same_configuration_again(streamd: Streamd, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[ws]\nallowed_origins = ['https://ü.example']\n[drain]\nseconds = 1.5\n"
    )
    done = streamd("check-config", "--port", "0", environ={"STREAMD_LOG__LEVEL": "debug"})
    again = tmp_path / "again.toml"
    again.write_text(done.stdout)

    config = load(again, environ={})

    assert (done.returncode, done.stderr) == (0, "")
    assert (config.ws.port, config.ws.allowed_origins) == (0, ("https://ü.example",))
    assert (config.drain.seconds, config.log.level) == (1.5, "debug")


def test_check_config_says_where_each_option_was_set(streamd: Streamd, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[drain]\nseconds = 1.5\n")

    told = streamd("check-config", "--db", "x.db", environ={"STREAMD_WS__PORT": "1"}).stdout.splitlines()

    assert told[0] == "# from config.toml"
    assert {"seconds = 1.5  # config.toml", 'path = "x.db"  # --db', "port = 1  # STREAMD_WS__PORT"} <= set(
        told
    )
    assert 'host = "127.0.0.1"' in told


def test_a_reader_that_has_seen_enough_is_no_error(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "streamd", "check-config"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
