"""What the scripts do before anything is installed, and when nothing has to be."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

TOOLS = ("bash", "basename", "cat", "cksum", "dirname", "env")
LOCK = "scripts/requirements/runtime.txt"


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    """As much of a fresh clone as the scripts look at, in a directory whose name has a blank."""
    clone = tmp_path / "fresh clone"
    shutil.copytree(root / "scripts", clone / "scripts", ignore=shutil.ignore_patterns("bench*"))
    shutil.copy(root / "pyproject.toml", clone)
    return clone


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A directory with the commands that every machine has, and no Python."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (commands / name).symlink_to(found)
    return commands


def command(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


def run(script: Path, arguments: Sequence[str], *, cwd: Path, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_python_that_is_new_enough_it_says_what_to_install(clone: Path, path: Path) -> None:
    command(path / "python3", "exit 1")

    done = run(clone / "scripts" / "serve", [], cwd=clone, path=path)

    assert done.returncode == 1
    assert "serve: needs Python 3.11" in done.stderr
    assert "apt install python3" in done.stderr


def test_without_ensurepip_it_says_what_to_install(clone: Path, path: Path) -> None:
    command(path / "python3", 'case "$*" in *ensurepip*) exit 1 ;; *"print("*) echo 3.12 ;; esac')

    done = run(clone / "scripts" / "serve", [], cwd=clone, path=path)

    assert done.returncode == 1
    assert "apt install python3.12-venv" in done.stderr


@pytest.fixture
def installed(clone: Path) -> Path:
    """The clone after an installation, with a command that tells how it was called."""
    text = (clone / "pyproject.toml").read_text() + (clone / LOCK).read_text()
    wanted = subprocess.run(["cksum"], input=text, capture_output=True, text=True, check=True).stdout.strip()
    command(clone / ".venv" / "bin" / "streamd", 'printf "%s|" "$PWD" "$@"')
    (clone / ".venv" / ".streamd-runtime").write_text(f"{clone} {wanted}\n")
    return clone


def test_what_is_installed_is_not_installed_again_and_serves_where_it_was_called(
    installed: Path, path: Path, tmp_path: Path
) -> None:
    done = run(installed / "scripts" / "serve", ["--db", "a b.db"], cwd=tmp_path, path=path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path}|serve|--db|a b.db|"


@pytest.mark.parametrize("change", ["pyproject.toml", LOCK, "moved"])
def test_a_change_of_what_is_wanted_or_a_move_installs_again(
    installed: Path, path: Path, change: str
) -> None:
    if change == "moved":
        installed = installed.rename(installed.with_name("moved"))
    else:
        with (installed / change).open("a") as wanted:
            wanted.write("\n# another dependency\n")

    done = run(installed / "scripts" / "serve", [], cwd=installed, path=path)

    assert done.returncode == 1, "there is no Python here to install with"
    assert "needs Python" in done.stderr


@pytest.mark.parametrize(
    ("name", "argument", "status"),
    [
        ("lock", "--help", 0),
        ("lock", "-h", 0),
        ("lock", "--newest", 1),
        ("docs", "--help", 0),
        ("docs", "--open", 1),
        ("test", "--help", 0),
    ],
)
def test_a_script_tells_how_it_is_called_and_installs_nothing_meanwhile(
    clone: Path, path: Path, name: str, argument: str, status: int
) -> None:
    done = run(clone / "scripts" / name, [argument], cwd=clone, path=path)

    assert done.returncode == status
    assert done.stdout.startswith(f"usage: scripts/{name} [")
    assert done.stderr == ""
